"""Any URL, against what its config entry expects of status, header, body and certificate."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sutaz_tui.config.kinds import Http
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import QUOTE, Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.expectation import Expectation
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.patterns import TooSlow, WrongPattern
from sutaz_tui.text.sanitise import bytes_size, one_line

DAY = 86400.0


class HttpProbe(Probe):
    """One request; unmet expectations of the body and headers are down, of the certificate degraded."""

    def __init__(self, service: Http, clients: Clients) -> None:
        super().__init__(service)
        self.wanted = service
        parts = urlsplit(service.address)
        self.http = clients.http(service, f"{parts.scheme}://{parts.netloc}")
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.expected, self.fault = expectation(service)
        self.rule = ", ".join(self._rules())

    async def look(self) -> Finding:
        if self.expected is None:
            error = f"{self.service.title}: {self.fault}; correct it in the config"
            return Finding(self.fault, Status.UNKNOWN, word="?", error=error, rule=self.rule)
        answer = await self._ask()
        if not self.expected.allows(answer.status) and (
            unexpected := judge_status(self.service, answer, (), self.expected.wanted)
        ):
            return unexpected
        facts: dict[str, Fact] = {"status": answer.status, "bytes": len(answer.body)}
        try:
            unmet, found = self.expected.judge(answer)
        except TooSlow:
            return self._too_slow(answer, facts)
        facts |= found
        if unmet:
            words = "; ".join(one.words for one in unmet)
            error = f"{self.service.title}: {words}; look at the service, or correct what the config expects"
            return Finding(words, Status.DOWN, answer.latency, "DOWN", facts, error, self.rule)
        size = bytes_size(len(answer.body))
        summary = f"{answer.status}, {'over ' if answer.is_cut else ''}{size}"
        return (
            self._certificate(answer, facts, summary)
            or self._odd(answer, facts, summary)
            or Finding(summary, latency=answer.latency, facts=facts, rule=self.rule)
        )

    def _odd(self, answer: HttpAnswer, facts: dict[str, Fact], summary: str) -> Finding | None:
        """A line of its headers that curl and browsers pass over, and strict clients do not."""
        if not answer.odd:
            return None
        words = f"a header line that strict clients refuse: {answer.odd}"
        error = f"{self.service.title}: {words}; mend what writes it"
        return Finding(
            f"{summary}; {words}", Status.DEGRADED, answer.latency, "header", facts, error, self.rule
        )

    async def _ask(self) -> HttpAnswer:
        answer = await self._request(self.timeout)
        days, least = _days_left(answer), self.wanted.certificate_days
        if answer.timing.reused and days is not None and least is not None and days < least:
            # A kept connection remembers the certificate it was opened with; it may have been renewed since.
            await self.http.renew()
            answer = await self._request(self.timeout - answer.latency)
        return answer

    async def _request(self, timeout: float) -> HttpAnswer:
        return await self.http.request(
            self.wanted.method.upper(), self.path, headers=self.wanted.headers, timeout=timeout
        )

    def _too_slow(self, answer: HttpAnswer, facts: dict[str, Fact]) -> Finding:
        pattern = one_line(self.wanted.body_regex, QUOTE)
        error = (
            f"{self.service.title}: body_regex {pattern} took too long on its body; make the pattern simpler"
        )
        return Finding(
            "the pattern took too long",
            Status.UNKNOWN,
            answer.latency,
            "?",
            facts,
            error,
            self.rule,
            backs_off=True,
        )

    def _certificate(self, answer: HttpAnswer, facts: dict[str, Fact], summary: str) -> Finding | None:
        least = self.wanted.certificate_days
        days = _days_left(answer)
        if days is not None:
            facts["certificate_days"] = round(days, 1)
        if least is None:
            return None
        title = self.service.title
        if days is None:
            words = "the certificate's end cannot be seen: no https, or it is not verified"
            error = f"{title}: {words}; use https with verify full, or leave certificate_days out"
            return Finding(
                f"{summary}; {words}", Status.UNKNOWN, answer.latency, "cert", facts, error, self.rule
            )
        if days >= least:
            return None
        words = f"its certificate ends in {days:.1f} days, expected at least {least:g}"
        error = f"{title}: {words}; renew it"
        return Finding(
            f"{summary}; {words}", Status.DEGRADED, answer.latency, "cert", facts, error, self.rule
        )

    def _rules(self) -> Iterator[str]:
        if self.expected is not None:
            yield from self.expected.rules()
        if self.wanted.certificate_days is not None:
            yield f"certificate valid for {self.wanted.certificate_days:g} days"
        yield f"within {self.warn:g} s"


def expectation(service: Http) -> tuple[Expectation | None, str]:
    """What the config expects, or why it cannot be."""
    try:
        expected = Expectation(
            service.status,
            header=service.header,
            header_value=service.header_value,
            json_path=service.json_path,
            json_value=service.json_value,
            pattern=service.body_regex,
            conditions=service.conditions,
        )
    except WrongPattern as error:
        return None, f"body_regex is no valid pattern: {one_line(str(error), QUOTE)}"
    return expected, ""


def _days_left(answer: HttpAnswer) -> float | None:
    expires = answer.certificate_expires
    return None if expires is None else (expires - datetime.now(UTC)).total_seconds() / DAY


def build(service: Http, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `http` entry."""
    return HttpProbe(service, clients)
