"""What the simulated Prometheus scraped: its seventeen targets, their samples and a short history."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sutaz_tui.simulator import agents, backend, bridge, exposition, kong, monitoring, rabbitmq
from sutaz_tui.simulator.exposition import Family, Sample
from sutaz_tui.simulator.promql import Labels, Vector, without_name
from sutaz_tui.simulator.world import AGENTS, World

FRESH = 1.0
"""Seconds for which a scrape is kept: faults show at once, whatever interval the targets page names."""

KEPT_SCRAPES = 60
SPACING = 5.0


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


class Scraper:
    """Scrapes when asked and keeps five minutes of samples; a promql.Samples."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: deque[tuple[float, dict[Key, float]]] = deque(maxlen=KEPT_SCRAPES)
        self.scraped_at = 0.0
        self._seen: object = None

    def is_up(self, target: Target) -> bool:
        missing = self._world.traits.prometheus_missing_targets
        return self._world.is_reachable(target.endpoint) and not {target.job, target.instance} & set(missing)

    def select(self, matches: Callable[[Labels], bool], at: float) -> Vector:
        found = self._at(at)
        return [(labels, value) for key, value in found.items() if matches(labels := dict(key))]

    def over(self, function: str, matches: Callable[[Labels], bool], at: float, seconds: float) -> Vector:
        newest = self._at(at)
        # A question for the present may have been dated just before the scrape that answers it.
        at = max(at, self.scraped_at) if self.scraped_at - at < FRESH else at
        inside = [(when, kept) for when, kept in self._kept if at - seconds <= when <= at]
        found: Vector = []
        for key, value in newest.items():
            labels = dict(key)
            if not matches(labels):
                continue
            points = [(when, kept[key]) for when, kept in inside if key in kept]
            found.append(
                (without_name(labels), self._over(function, points, value, labels["__name__"], seconds))
            )
        return found

    def _over(
        self, function: str, points: list[tuple[float, float]], value: float, name: str, seconds: float
    ) -> float:
        values = [each for _, each in points] or [value]
        if function == "avg_over_time":
            return sum(values) / len(values)
        if function in ("max_over_time", "min_over_time"):
            return max(values) if function.startswith("max") else min(values)
        if len(points) > 1 and points[-1][0] > points[0][0]:
            (first, low), (last, high) = points[0], points[-1]
            rate = (high - low) / (last - first)
        else:
            # A single scrape knows no rate: what the counter gained over the life of what it counts.
            life = self._world.elapsed() + (400_000 if name.startswith("node_") else 9_000)
            rate = 0.0 if function == "delta" else value / life
        return rate * seconds if function in ("increase", "delta") else max(0.0, rate)

    def _at(self, at: float) -> dict[Key, float]:
        now = self._world.epoch()
        state = (self._world.traits, self._world.faults.as_words())
        every = self._world.traits.scrape_seconds
        if not self._kept or now - self.scraped_at > (every or FRESH) or (not every and state != self._seen):
            self._seen = state
            self._scrape(now)
        if now - at < FRESH:
            return self._kept[-1][1]
        older = [kept for when, kept in self._kept if when <= at]
        return older[-1] if older else self._kept[0][1] if at > self._world.born_wall - 3600 else {}

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
        if len(self._kept) > 1 and now - self._kept[-2][0] < SPACING:
            self._kept.pop()
        self._kept.append((now, samples))
        self.scraped_at = now


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
