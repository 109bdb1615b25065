"""Whose clock is not ours: by the `Date` of an HTTP answer, one of each host, asked without a login."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sutaz_tui.config import Config
from sutaz_tui.config.config import kind_of
from sutaz_tui.config.kinds import KINDS
from sutaz_tui.errors import SourceError
from sutaz_tui.setup.asking import TIMEOUT, is_main, without_logins
from sutaz_tui.setup.misplaced import Address, Misplaced
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import ago

DIFFERS = 5.0
"""Seconds from which on it is worth a sentence; a Date has whole ones."""
MOST = 5
"""Services of one host that are asked until one tells."""


async def clock_words(
    config: Config, addresses: Mapping[int, Sequence[Address]], found: Sequence[Misplaced]
) -> list[str]:
    """A sentence for each host whose clock differs from ours."""
    to = {one.path: one.to for one in found}
    said: list[str] = []
    asked: dict[str, int] = {}
    for index, each in addresses.items():
        service = config.services[index]
        for one in each:
            place = to.get(one.path, one.at)
            speaks_http = one.path[0] == "sources" or KINDS[kind_of(service)].address in ("url", "url?")
            if not place or not speaks_http or not is_main(service, one) or asked.get(one.host, 0) >= MOST:
                continue
            asked[one.host] = asked.get(one.host, 0) + 1
            behind = await _behind(config, index, one, place)
            if behind is None:
                continue
            asked[one.host] = MOST
            if abs(behind) >= DIFFERS:
                words = f"{ago(abs(behind))} {'behind' if behind > 0 else 'ahead of'} this host's"
                said.append(f"the clock of {one.host} is {words}, by the Date that {service.id} answers")
    return said


async def _behind(config: Config, index: int, address: Address, place: str) -> float | None:
    """Seconds by which the clock of whoever answers is behind ours, None where it does not say."""
    alone = without_logins(config, index, address, place)
    service = alone.services[index]
    clients = Clients(alone)
    try:
        is_source = address.path[0] == "sources"
        client = clients.source_http(service.source, service.title) if is_source else clients.http(service)
        answer = await client.get("/", timeout=TIMEOUT)
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except (SourceError, ValueError, TypeError):
        return None
    finally:
        await clients.aclose()
    return (datetime.now(UTC) - date.astimezone(UTC)).total_seconds()
