"""Any target of blackbox exporters, as Prometheus tells of it."""

import json
import time
from typing import Any, cast

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Twin, Wrong, patch
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.by_kind.tls import DAYS
from sutaz_tui.config.kinds import Blackbox
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import first_of, plural

KIND = Kind("blackbox")
SUCCESS, SCRAPED, ENDS = "probe_success", "up", "probe_ssl_earliest_cert_expiry"
DAY = 86_400
FARTHEST = 100 * 365
"""Days that a certificate may be valid: more is no moment."""


def _told(**values: tuple[float, ...]) -> Twin:
    """A Prometheus that answers these values of each metric, one for each of so many vantages."""
    result: list[dict[str, Any]] = [
        {"metric": {"__name__": name, "vantage": f"site-{place}"}, "value": [time.time(), f"{value}"]}
        for name, each in values.items()
        for place, value in enumerate(each, 1)
    ]
    body = {"status": "success", "data": {"resultType": "vector", "result": result}}
    return patch("prometheus", "/api/v1/query", body=body)


async def _of(ask: Ask, id: str, *names: str) -> dict[str, dict[str, float]]:
    """The samples of these metrics of the target, by vantage."""
    service = cast(Blackbox, ask.service(id))
    query = f'{{__name__=~"{"|".join(names)}", instance={json.dumps(service.instance)}}}'
    found: dict[str, dict[str, float]] = {name: {} for name in names}
    for sample in await ask.promql(query, id):
        name = sample.labels.get("__name__", "")
        vantage = one_line(sample.labels.get(service.label) or sample.labels.get("job") or "it", 40)
        if name in found:
            # Where several jobs share a vantage, the worse word counts.
            found[name][vantage] = min(found[name].get(vantage, sample.value), sample.value)
    return found


@KIND.check(
    "seen",
    "every exporter is scraped, and sees it",
    _told(probe_success=(1, 0), up=(1, 1)),
    _told(probe_success=(1, 1), up=(1, 0)),
    _told(up=(1, 1)),
    healthy=_told(probe_success=(1, 1), up=(1, 1)),
    is_identity=True,
)
async def seen(ask: Ask, id: str) -> str:
    found = await _of(ask, id, SUCCESS, SCRAPED)
    success, scraped = found[SUCCESS], found[SCRAPED]
    ask.expect(bool(success), SUCCESS, "none of this instance: is its job there?")
    mute = sorted(name for name, value in scraped.items() if value < 1)
    ask.expect(not mute, "each exporter scraped", f"not scraped: {first_of(mute, 4)}")
    blind = sorted(name for name, value in success.items() if not value >= 1)
    ask.expect(not blind, "seen from everywhere", f"not from {first_of(blind, 4)}, of {len(success)}")
    return f"seen from {plural(len(success), 'place')}"


@KIND.check(
    "certificate",
    f"the certificate that they see is valid for {DAYS} days",
    _told(probe_ssl_earliest_cert_expiry=(time.time() + 90 * DAY, time.time() + 5 * DAY)),
    _told(probe_ssl_earliest_cert_expiry=(time.time() - DAY,)),
    healthy=_told(probe_ssl_earliest_cert_expiry=(time.time() + 90 * DAY,)),
    follows="seen",
)
async def certificate(ask: Ask, id: str) -> str:
    if not cast(Blackbox, ask.service(id)).instance.startswith("https:"):
        raise NotRun("its instance is no https address")
    ends = (await _of(ask, id, ENDS))[ENDS]
    if not ends:
        raise Wrong(ENDS, "none of this instance: no exporter reached its TLS")
    place, soonest = min(ends.items(), key=lambda one: one[1])
    days = reading.number((soonest - time.time()) / DAY, "days left", -FARTHEST, FARTHEST)
    ask.expect(
        days >= DAYS, f"a certificate valid for {DAYS} days", f"{days:.1f} days left, seen from {place}"
    )
    return f"valid for {days:.0f} days"
