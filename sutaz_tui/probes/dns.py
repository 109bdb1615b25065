"""A DNS server: it answers for a name, with the records that are expected where some are."""

from sutaz_tui.config.kinds import Dns
from sutaz_tui.model import Fact, Failure, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.dns import DnsAnswer, DnsServer
from sutaz_tui.text.units import first_of


class DnsProbe(Probe):
    """One question; without an answer of this type, or with others than expected, it is down."""

    def __init__(self, service: Dns, clients: Clients) -> None:
        super().__init__(service)
        self.wanted = service
        self.server = DnsServer(service.address, service.title, clients.secrets, clients.shell)

    async def look(self) -> Finding:
        wanted = self.wanted
        answer = await self.server.ask(wanted.query, wanted.type.upper(), self.timeout)
        facts: dict[str, Fact] = {"code": answer.code, "records": len(answer.records)}
        what = f"{wanted.type.upper()} of {wanted.query}"
        rule = f"{what} is " + (" and ".join(wanted.expect) if wanted.expect else "there")
        words = unmet(wanted, answer)
        if not words:
            found = first_of(answer.records, 4)
            return Finding(f"{what}: {found}", latency=answer.latency, facts=facts, rule=rule)
        failure = Failure.SERVER if answer.code == "SERVFAIL" else Failure.NONE
        error = f"{self.service.title}: {words}; look at its zone, or correct what the config expects"
        return Finding(words, Status.DOWN, answer.latency, "DOWN", facts, error, rule, failure=failure)


def unmet(wanted: Dns, answer: DnsAnswer) -> str:
    """What of an answer is not as the config expects it, in words; "" where all is."""
    what = f"{wanted.type.upper()} of {wanted.query}"
    if answer.code != "NOERROR":
        return f"answers {answer.code} for {what}"
    if not answer.records:
        return f"{what} has no record"
    missing = [one for one in wanted.expect if one.casefold() not in map(str.casefold, answer.records)]
    if missing:
        return f"{what} is {first_of(answer.records, 4)}, expected {first_of(missing, 4)}"
    return ""


def build(service: Dns, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `dns` entry."""
    return DnsProbe(service, clients)
