"""Any DNS server: what its one expected record leaves open."""

from typing import cast

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong, fault, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.config.kinds import Dns
from sutaz_tui.probes.dns import unmet
from sutaz_tui.sources.dns import DnsAnswer
from sutaz_tui.text.units import first_of

KIND = Kind("dns")
SLOWEST = 1.5
# No name ends so, whoever is asked (RFC 6761): a wildcard of one's own zone does not answer for it.
NOBODY = "sutaztui-none.invalid"


async def _record(ask: Ask, id: str) -> DnsAnswer:
    """The answer for the configured name, as the config expects it."""
    service = cast(Dns, ask.service(id))
    answer = await ask.dns(id, service.query, service.type)
    if words := unmet(service, answer):
        raise Wrong(f"{service.type.upper()} of {service.query} as in the config", words)
    return answer


@KIND.check(
    "answers",
    f"it has the record that the config expects, within {SLOWEST:g} s",
    fault(dns="slow=1.6"),
    trait(dns_addresses=["192.0.2.99"]),
    trait(dns_addresses=[]),
    is_identity=True,
)
async def answers(ask: Ask, id: str) -> str:
    answer = await _record(ask, id)
    ask.expect(answer.latency <= SLOWEST, f"an answer within {SLOWEST:g} s", f"{answer.latency:.2f} s")
    return f"{first_of(answer.records, 4)} in {answer.latency:.3f} s"


@KIND.check("same", "asked twice it answers the same records", trait(dns_rotates=True))
async def same(ask: Ask, id: str) -> str:
    service = cast(Dns, ask.service(id))
    first = await _record(ask, id)
    second = await ask.dns(id, service.query, service.type)
    once, again = set(first.records), set(second.records)
    ask.expect(
        second.code == first.code and again == once,
        "the same records twice",
        f"{first_of(sorted(once), 4)}, then {first_of(sorted(again), 4) or second.code}",
    )
    return f"{len(once)} twice"


@KIND.check(
    "unknown",
    "an unknown name is NXDOMAIN",
    trait(dns_unknown_code=0, dns_unknown_addresses=["192.0.2.99"]),
    trait(dns_unknown_code=0),
    trait(dns_unknown_code=2),
)
async def unknown(ask: Ask, id: str) -> str:
    answer = await ask.dns(id, NOBODY, "A")
    if answer.code == "REFUSED":
        raise NotRun("it refuses names of other zones")
    found = f"{answer.code} {first_of(answer.records, 4)}".strip()
    ask.expect(answer.code == "NXDOMAIN" and not answer.records, f"NXDOMAIN for {NOBODY}", found)
    return found


@KIND.check("ttl", "its own record has a TTL above 0", trait(dns_ttl=0))
async def ttl(ask: Ask, id: str) -> str:
    answer = await _record(ask, id)
    if not answer.is_authoritative:
        raise NotRun("it is not authoritative for this name")
    ask.expect(answer.ttl > 0, "a TTL above 0", "TTL 0: no resolver caches it")
    return f"TTL {answer.ttl} s"
