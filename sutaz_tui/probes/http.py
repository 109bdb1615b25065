"""Any URL, against what its config entry expects of status, header, body and certificate."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sutaz_tui.config.kinds import Http
from sutaz_tui.errors import BadAnswer
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import QUOTE, Finding, Probe, judge_status
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.json_path import JsonPath
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.patterns import Expression, TooSlow, WrongPattern
from sutaz_tui.text.sanitise import bytes_size, one_line

# The pattern is the config's own, yet no text of a stranger's length is put to it.
SEARCHED = 64 * 1024
DAY = 86400.0


class HttpProbe(Probe):
    """One request; unmet expectations of the body and headers are down, of the certificate degraded."""

    def __init__(self, service: Http, clients: Clients) -> None:
        super().__init__(service)
        self.wanted = service
        parts = urlsplit(service.address)
        self.http = clients.http(service, f"{parts.scheme}://{parts.netloc}")
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.json_path = JsonPath(service.json_path) if service.json_path else None
        self.regex, self.fault = _compiled(service.body_regex)
        self.rule = ", ".join(self._rules())

    async def look(self) -> Finding:
        if self.fault:
            error = f"{self.service.title}: {self.fault}; correct it in the config"
            return Finding(self.fault, Status.UNKNOWN, word="?", error=error, rule=self.rule)
        answer = await self._ask()
        if unexpected := judge_status(self.service, answer, tuple(self.wanted.status)):
            return unexpected
        facts: dict[str, Fact] = {"status": answer.status, "bytes": len(answer.body)}
        try:
            unmet = [*self._header(answer), *self._json(answer, facts), *self._body(answer)]
        except TooSlow:
            return self._too_slow(answer, facts)
        if unmet:
            words = "; ".join(unmet)
            error = f"{self.service.title}: {words}; look at the service, or correct what the config expects"
            return Finding(words, Status.DOWN, answer.latency, "DOWN", facts, error, self.rule)
        size = bytes_size(len(answer.body))
        summary = f"{answer.status}, {'over ' if answer.is_cut else ''}{size}"
        return self._certificate(answer, facts, summary) or Finding(
            summary, latency=answer.latency, facts=facts, rule=self.rule
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

    def _header(self, answer: HttpAnswer) -> Iterator[str]:
        name, expected = self.wanted.header, self.wanted.header_value
        if not name:
            return
        found = answer.headers.get(name)
        if found is None:
            yield f"the header {name} is missing"
        elif expected and found != expected:
            yield f"the header {name} is {one_line(found, QUOTE)!r}, expected {one_line(expected, QUOTE)!r}"

    def _json(self, answer: HttpAnswer, facts: dict[str, Fact]) -> Iterator[str]:
        if self.json_path is None:
            return
        try:
            found = self.json_path.find(answer.json())
        except BadAnswer as error:
            yield error.words
            return
        except LookupError as error:
            yield f"{self.json_path} is missing: {error.args[0]}"
            return
        if isinstance(found, (bool, int, float)):
            facts[str(self.json_path)] = found
        elif isinstance(found, str):
            facts[str(self.json_path)] = one_line(found, 200)
        expected = self.wanted.json_value
        if expected is not None and not _is_same(found, expected):
            yield f"{self.json_path} is {_shown(found)}, expected {_shown(expected)}"

    def _body(self, answer: HttpAnswer) -> Iterator[str]:
        if self.regex is None:
            return
        text = answer.body[:SEARCHED].decode("utf-8", "replace")
        if not self.regex.finds(text):
            where = " in its first 64 KiB" if len(answer.body) > SEARCHED else ""
            start = one_line(text, QUOTE) or "nothing"
            yield f"the body does not match {one_line(self.regex.written, QUOTE)}{where}: {start}"

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
        wanted = self.wanted
        yield "status " + " or ".join(str(status) for status in wanted.status)
        if wanted.header:
            yield f"header {wanted.header}" + (f" = {wanted.header_value}" if wanted.header_value else "")
        if wanted.json_path:
            value = "" if wanted.json_value is None else f" = {_shown(wanted.json_value)}"
            yield f"{wanted.json_path}{value} in the JSON"
        if wanted.body_regex:
            yield f"body matches {one_line(wanted.body_regex, QUOTE)}"
        if wanted.certificate_days is not None:
            yield f"certificate valid for {wanted.certificate_days:g} days"
        yield f"within {self.warn:g} s"


def _compiled(pattern: str) -> tuple[Expression | None, str]:
    """The pattern, or why it is none."""
    try:
        return (Expression(pattern) if pattern else None), ""
    except WrongPattern as error:
        return None, f"body_regex is no valid pattern: {one_line(str(error), QUOTE)}"


def _days_left(answer: HttpAnswer) -> float | None:
    expires = answer.certificate_expires
    return None if expires is None else (expires - datetime.now(UTC)).total_seconds() / DAY


def _is_same(found: object, expected: str | int | float | bool) -> bool:
    """Equal, where true is not 1 and "5" is not 5."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return found == expected


def _shown(value: object) -> str:
    match value:
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case dict() | list():
            return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
        case str():
            return repr(one_line(value, QUOTE))
        case _:
            return one_line(str(value), QUOTE)


def build(service: Http, clients: Clients, _directory: Directory) -> Probe:
    """The probe of an `http` entry."""
    return HttpProbe(service, clients)
