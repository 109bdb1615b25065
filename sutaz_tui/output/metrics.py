"""A picture as Prometheus reads it. No text from outside is in it: labels are ids of the config and words of ours."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from sutaz_tui import __version__
from sutaz_tui.model import Outcome, ServiceState, Snapshot

KIND = "text/plain; version=0.0.4; charset=utf-8"

# Each has the label `service`, and no sample of a service of which it is not known.
OF_SERVICES: Mapping[str, tuple[str, Callable[[ServiceState, Snapshot], float | None]]] = {
    "status": (
        "How the service is: 0 absent, 1 up, 2 unknown, 3 degraded, 4 down.",
        lambda state, _: float(state.status),
    ),
    "known": (
        "1 where its trouble is marked as known, or in quiet hours, else 0.",
        lambda state, _: float(bool(state.known)),
    ),
    "latency_seconds": ("Seconds that its last answer took.", lambda state, _: state.latency),
    "since_timestamp_seconds": (
        "Since when it is so, or before.",
        lambda state, _: state.since.timestamp() if state.since else None,
    ),
    "age_seconds": ("Seconds since it was last asked.", lambda state, snapshot: state.age(snapshot.at)),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one scrape tells.

    `checks` counts by category how its checks ended last, "" for those that never ran; `asked` how many answers of
    services we had ourselves; `answered` our own answers by code.
    """

    snapshot: Snapshot
    is_stale: bool
    is_attached: bool
    checks: Mapping[str, Mapping[str, int]]
    asked: int
    answered: Mapping[int, int]


class Metrics:
    """`look` brings what is told, at each scrape; `label` an id as it may leave."""

    def __init__(self, look: Callable[[], Shown], label: Callable[[str], str]) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Picture(look, label))
        ProcessCollector(registry=registry)
        self._registry = registry

    def text(self) -> bytes:
        """All of it in the text format."""
        return generate_latest(self._registry)


class _Picture(Collector):
    def __init__(self, look: Callable[[], Shown], label: Callable[[str], str]) -> None:
        self._look = look
        self._label = label

    def collect(self) -> Iterator[Metric]:
        shown = self._look()
        snapshot = shown.snapshot
        labels = [[self._label(state.service.id)] for state in snapshot.services]
        for name, (words, value_of) in OF_SERVICES.items():
            family = GaugeMetricFamily(f"sutaz_tui_service_{name}", words, labels=["service"])
            for label, state in zip(labels, snapshot.services, strict=True):
                if (value := value_of(state, snapshot)) is not None:
                    family.add_metric(label, value)
            yield family
        checks = GaugeMetricFamily(
            "sutaz_tui_checks", "Checks of a category by how they ended last.", labels=["category", "outcome"]
        )
        for category, outcomes in shown.checks.items():
            for outcome in ("", *Outcome):
                checks.add_metric(
                    [self._label(category), outcome or "not_run"], float(outcomes.get(outcome, 0))
                )
        yield checks
        yield from _own(shown)


def _own(shown: Shown) -> Iterator[Metric]:
    """What is told of this program and its picture."""
    snapshot = shown.snapshot
    gauges = {
        "causes": ("What is wrong, each with what hangs on it counted once.", len(snapshot.causes)),
        "alerts": (
            "Alerts that fire at those who are asked for them, silenced ones left out.",
            snapshot.alert_count(),
        ),
        "picture_stale": (
            "1 where no service was asked for too long, as /healthz says, else 0.",
            shown.is_stale,
        ),
        "attached": ("1 where a recorder's picture is shown, 0 where we ask ourselves.", shown.is_attached),
        "behind": ("Services that are due and not asked yet.", snapshot.behind),
    }
    for name, (words, value) in gauges.items():
        yield GaugeMetricFamily(f"sutaz_tui_{name}", words, value=float(value))
    if snapshot.round_at is not None:
        age = max(0.0, (snapshot.at - snapshot.round_at).total_seconds())
        yield GaugeMetricFamily(
            "sutaz_tui_picture_age_seconds", "Seconds since any service was last asked.", value=age
        )
    info = GaugeMetricFamily("sutaz_tui_build_info", "The version of this program.", labels=["version"])
    info.add_metric([__version__], 1.0)
    yield info
    yield CounterMetricFamily(
        "sutaz_tui_asks", "Services asked by this program itself.", value=float(shown.asked)
    )
    answers = CounterMetricFamily(
        "sutaz_tui_serve_answers", "Answers of serve by their HTTP status.", labels=["code"]
    )
    # From the start, so that the first refusal is an increase.
    for code, count in sorted({200: 0, 401: 0, **shown.answered}.items()):
        answers.add_metric([str(code)], float(count))
    yield answers
