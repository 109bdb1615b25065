"""What the simulated Prometheus scraped: its seventeen targets, their samples and a short history."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from sutaz_tui.simulator import agents, backend, bridge, exposition, kong, monitoring, rabbitmq
from sutaz_tui.simulator.exposition import Family, Sample
from sutaz_tui.simulator.promql_values import Labels, Matcher, Vector, without_name
from sutaz_tui.simulator.scraped_before import Past
from sutaz_tui.simulator.world import AGENTS, World

FRESH = 1.0
"""Seconds for which a scrape is kept: faults show at once, whatever interval the targets page names."""

KEPT_SCRAPES = 720
SPACING = 5.0
SPACING_BEFORE = 15.0
TOLD = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """One scrape target: its job, its address inside the stack, the endpoint behind it and its own labels."""

    job: str
    instance: str
    endpoint: str
    families: Callable[[World], Iterable[Family]]
    component: str
    service: str = ""

    def labels(self) -> Labels:
        own = {"component": self.component, "instance": self.instance, "job": self.job}
        return {**own, "service": self.service} if self.service else own


def _agent(name: str) -> Target:
    return Target(
        "ai-agents", f"sutazai-{name}:8000", name, lambda world: agents.metrics(world, name), "agents"
    )


def _itself(world: World) -> list[Family]:
    build = exposition.gauge("prometheus_build_info", "Build", ({"version": "2.42.0"}, 1.0))
    return [
        build,
        exposition.gauge("prometheus_ready", "Ready", ({}, 1.0)),
        *exposition.process(world, "prometheus"),
    ]


TARGETS = (
    Target("prometheus", "localhost:9090", "prometheus", _itself, "monitoring"),
    Target(
        "node-exporter",
        "sutazai-node-exporter:9100",
        "node-exporter",
        monitoring.node_metrics,
        "infrastructure",
    ),
    Target("cadvisor", "sutazai-cadvisor:8080", "cadvisor", monitoring.cadvisor_metrics, "containers"),
    Target("backend-api", "sutazai-backend:8000", "backend", backend.metrics, "backend", "api"),
    Target("mcp-bridge", "sutazai-mcp-bridge:11100", "mcp-bridge", bridge.metrics, "integration", "mcp"),
    *(_agent(name) for name in AGENTS),
    Target(
        "postgres-exporter",
        "sutazai-postgres-exporter:9187",
        "postgres-exporter",
        monitoring.postgres_exporter_metrics,
        "database",
        "postgres",
    ),
    Target(
        "redis-exporter",
        "sutazai-redis-exporter:9121",
        "redis-exporter",
        monitoring.redis_exporter_metrics,
        "cache",
        "redis",
    ),
    Target("rabbitmq", "sutazai-rabbitmq:15692", "rabbitmq", rabbitmq.metrics, "messaging", "rabbitmq"),
    Target("kong", "sutazai-kong:8001", "kong-admin", kong.kong_metrics, "gateway", "kong"),
)

Key = tuple[tuple[str, str], ...]


Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Scrape:
    """What was scraped at one moment (epoch seconds): values by the place that `index` gives a series."""

    when: float
    index: dict[Key, int]
    values: "array[float]"

    def get(self, key: Key) -> float | None:
        """The value of a series, None where it was not there."""
        at = self.index.get(key)
        return None if at is None else self.values[at]


class Scraper:
    """Scrapes when asked and keeps an hour of samples, before which it tells a likely past; a promql.Samples."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: list[Scrape] = []
        self._times: list[float] = []
        self._labels: dict[Key, Labels] = {}
        self._matched: dict[str, tuple[int, list[Key]]] = {}
        self._pasts: dict[Key, Past] = {}
        self._told: dict[tuple[Key, float], float | None] = {}
        self._lived = 0.0
        self.scraped_at = 0.0
        self._seen: object = None

    def is_up(self, target: Target) -> bool:
        missing = self._world.traits.prometheus_missing_targets
        return self._world.is_reachable(target.endpoint) and not {target.job, target.instance} & set(missing)

    def select(self, matches: Matcher, at: float) -> Vector:
        self._renew()
        found: Vector = []
        scrape = self._at(at)
        for key in self._series(matches):
            value = scrape.get(key) if scrape is not None else self._before(key, at)
            if value is not None:
                found.append((self._labels[key], value))
        return found

    def over(self, function: str, matches: Matcher, at: float, seconds: float) -> Vector:
        found: Vector = []
        for labels, points in self.raw(matches, at, seconds):
            value = _over(function, points, seconds)
            if value is not None:
                found.append((labels if function == "last_over_time" else without_name(labels), value))
        return found

    def raw(self, matches: Matcher, at: float, seconds: float) -> list[tuple[Labels, Points]]:
        """The samples of each series in so many seconds up to a moment."""
        self._renew()
        # A question for the present may have been dated just before the scrape that answers it.
        at = max(at, self.scraped_at) if self.scraped_at - at < FRESH else at
        begin, first = at - seconds, self._times[0]
        inside = self._kept[bisect_left(self._times, begin) : bisect_right(self._times, at)]
        early = int(begin / SPACING_BEFORE + 1) * SPACING_BEFORE
        before = []
        while early < min(first, at):
            before.append(early)
            early += SPACING_BEFORE
        found: list[tuple[Labels, Points]] = []
        for key in self._series(matches):
            points = [(when, value) for when in before if (value := self._before(key, when)) is not None]
            points += [(one.when, value) for one in inside if (value := one.get(key)) is not None]
            if points:
                found.append((self._labels[key], points))
        return found

    def _series(self, matches: Matcher) -> list[Key]:
        """All series that were ever scraped and pass, looked for again only where new ones came."""
        known, found = self._matched.get(matches.text, (0, []))
        if known != len(self._labels):
            found = [key for key, labels in self._labels.items() if matches(labels)]
            if len(self._matched) > 500:
                self._matched.clear()
            self._matched[matches.text] = (len(self._labels), found)
        return found

    def _before(self, key: Key, at: float) -> float | None:
        if (key, at) not in self._told:
            first = self._kept[0].get(key)
            if first is None:
                return None
            past = self._pasts.get(key) or self._pasts.setdefault(key, Past.of(self._labels[key], first))
            if len(self._told) > TOLD:
                self._told.clear()
            self._told[key, at] = past.value(first, self._times[0] - at, self._lived)
        return self._told[key, at]

    def _at(self, at: float) -> Scrape | None:
        """The newest scrape before a moment, None where that is before all of them."""
        if self._world.epoch() - at < FRESH:
            return self._kept[-1]
        place = bisect_right(self._times, at)
        return self._kept[place - 1] if place else None

    def _renew(self) -> None:
        now = self._world.epoch()
        state = (self._world.traits, self._world.faults.as_words())
        every = self._world.traits.scrape_seconds
        if not self._kept or now - self.scraped_at > (every or FRESH) or (not every and state != self._seen):
            self._seen = state
            self._scrape(now)

    def _scrape(self, now: float) -> None:
        self._world.tick()
        samples: dict[Key, float] = {}
        for target in TARGETS:
            up = self.is_up(target)
            own = target.labels()
            samples[_key("up", own)] = float(up)
            samples[_key("scrape_duration_seconds", own)] = 0.008
            if up:
                for family in target.families(self._world):
                    for sample in family.samples:
                        samples[_key(sample.name, _joined(sample, own))] = sample.value
        if len(self._kept) > 1 and now - self._times[-2] < SPACING:
            del self._kept[-1], self._times[-1]
        index = self._kept[-1].index if self._kept else {}
        if [*index] != [*samples]:
            index = {key: place for place, key in enumerate(samples)}
            for key in samples:
                if key not in self._labels:
                    self._labels[key] = dict(key)
        if not self._kept:
            self._lived = self._world.elapsed()
        self._kept.append(Scrape(now, index, array("d", samples.values())))
        self._times.append(now)
        if len(self._kept) > KEPT_SCRAPES:
            del self._kept[0], self._times[0]
            self._pasts.clear()
            self._told.clear()
            self._lived = self._world.elapsed() - (now - self._times[0])
        self.scraped_at = now


SIMPLE: dict[str, Callable[[list[float]], float]] = {
    "avg_over_time": lambda values: sum(values) / len(values),
    "max_over_time": max,
    "min_over_time": min,
    "sum_over_time": sum,
    "count_over_time": lambda values: float(len(values)),
    "last_over_time": lambda values: values[-1],
    "changes": lambda values: float(sum(a != b for a, b in pairwise(values))),
}


def _over(function: str, points: Points, seconds: float) -> float | None:
    """What a function of a range gives for these samples, None where there are too few."""
    values = [value for _, value in points]
    if function in SIMPLE:
        return SIMPLE[function](values)
    if len(points) < 2 or points[-1][0] <= points[0][0]:
        return None
    if function == "irate":
        points, values = points[-2:], values[-2:]
    passed = points[-1][0] - points[0][0]
    if function in ("delta", "deriv"):
        slope = (values[-1] - values[0]) / passed
        return slope * seconds if function == "delta" else slope
    # A counter that fell began anew.
    gained = sum(b - a if b >= a else b for a, b in pairwise(values))
    return gained / passed * (seconds if function == "increase" else 1.0)


def _joined(sample: Sample, target: Labels) -> Labels:
    """A sample's labels beside its target's: one that collides arrives as `exported_…`."""
    own = {f"exported_{name}" if name in target else name: value for name, value in sample.labels.items()}
    return own | target


def _key(name: str, labels: Labels) -> Key:
    return tuple(sorted({**labels, "__name__": name}.items()))


def scraper(world: World) -> Scraper:
    """The world's one scraper."""
    made: Scraper = world.state.setdefault("scraper", Scraper(world))
    return made
