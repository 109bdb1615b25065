"""Which services can be asked together: those whose questions to one Prometheus differ in nothing but values."""

import json
import re

from msgspec import Struct

from sutaz_tui.config.config import interval_of, timeout_of
from sutaz_tui.config.kinds import Blackbox, Promql
from sutaz_tui.config.schema import ServiceConfig

SEEN_BY_EXPORTERS = '__name__=~"probe_success|up"'
_TEXT = r'"(?:[^"\\\n]|\\.)*"'
_LABEL = rf"[a-zA-Z_]\w*\s*=\s*{_TEXT}"
_PLAIN = re.compile(rf"\s*([a-zA-Z_:][\w:]*)\s*\{{\s*({_LABEL}(?:\s*,\s*{_LABEL})*)\s*,?\s*\}}\s*", re.ASCII)
_EACH = re.compile(rf"(\w+)\s*=\s*({_TEXT})")


class Selector(Struct, frozen=True):
    """The series that a service is about: `fixed` matchers, and values of labels."""

    fixed: str
    labels: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The labels' names."""
        return tuple(name for name, _ in self.labels)


def selector_of(query: str) -> Selector | None:
    """The selector that a query is, such as `up{job="node", instance="a:9100"}`; None where it is anything else."""
    found = _PLAIN.fullmatch(query)
    if found is None:
        return None
    try:
        labels = {name: json.loads(text) for name, text in _EACH.findall(found[2])}
    except ValueError:  # an escape that PromQL knows and JSON does not
        return None
    if "__name__" in labels or len(labels) != len(_EACH.findall(found[2])):
        return None
    return Selector(f"__name__={json.dumps(found[1])}", tuple(sorted(labels.items())))


def selector_for(service: ServiceConfig) -> Selector | None:
    """The series that a service is about, None where no query for several could tell of it."""
    match service:
        case Promql():
            return selector_of(service.query)
        case Blackbox():
            return Selector(SEEN_BY_EXPORTERS, (("instance", service.instance),))
        case _:
            return None


def together_key(service: ServiceConfig) -> object:
    """What those have in common that are asked by one query, None for one that is asked by itself."""
    selector = selector_for(service)
    if selector is None:
        return None
    return service.source, selector.fixed, selector.names, interval_of(service), timeout_of(service)
