"""What every probe does alike: the deadline, the evidence, and the status that a failure amounts to."""

import asyncio
import dataclasses
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain

from msgspec.structs import replace

from sutaz_tui.config import interval_of, kind_of, timeout_of, warn_of
from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.errors import (
    Denied,
    NoHost,
    NoNameServer,
    NoNetwork,
    NotListening,
    Refused,
    SourceError,
    TimedOut,
    Unreachable,
)
from sutaz_tui.model import NAME_SERVER, Alert, Answer, Change, Claim, Fact, Failure, Reading, Status, Step
from sutaz_tui.sources.event_loop import is_ipv6_silent, round_trip
from sutaz_tui.sources.evidence import recording
from sutaz_tui.sources.failures import let_go
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.resolver import patience
from sutaz_tui.sources.unexpected import login_denied
from sutaz_tui.text.sanitise import MASKED, Secrets, hiding, one_line, sanitise_lines
from sutaz_tui.text.units import duration, time_limit

# What a body or header of an answer may add to a summary, in characters.
QUOTE = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe's look at its service found; `latency` (seconds) is the service's own answer time."""

    summary: str
    status: Status = Status.UP
    latency: float | None = None
    word: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    error: str | None = None
    rule: str = ""
    claims: tuple[Claim, ...] = ()
    changes: tuple[Change, ...] = ()
    alerts: tuple[Alert, ...] | None = None
    backs_off: bool = False
    is_refused: bool = False
    failure: Failure = Failure.NONE
    because: str = ""


class Probe(ABC):
    """Asks one service; a kind says in `look` what it asks and how the answer is judged."""

    # The wiring replaces it by the config's, which knows the literal ones too.
    secrets: Secrets = Secrets()
    # So are the hosts that it connects to.
    hosts: tuple[str, ...] = ()

    def __init__(self, service: ServiceConfig) -> None:
        self.service = service
        self.id = service.id
        # Of all that its answers tell.
        self.whose: tuple[str, ...] = (service.id,)
        self.kind = kind_of(service)
        self.interval = interval_of(service)
        self.timeout = timeout_of(service)
        self.warn = warn_of(service)
        self._happened: Callable[[str], object] = lambda _: None

    @abstractmethod
    async def look(self) -> Finding:
        """Ask and judge; a SourceError is judged by `failed`."""

    async def ask(self) -> Answer:
        """One reading of the service, whatever happens to it, within its deadline."""
        began = time.perf_counter()
        with hiding(self.secrets), recording() as steps, patience(self.timeout):
            try:
                # The clients' own deadline comes first: it knows which phase was late.
                async with asyncio.timeout(self.timeout + 0.2):
                    finding = self.timed(await self.look(), steps)
            except SourceError as error:
                finding = self.failed(error)
                let_go(error)
            except TimeoutError:
                finding = self.failed(
                    TimedOut(self.service.title, f"no answer within {time_limit(self.timeout)}")
                )
        return Answer(
            (self.reading(finding, tuple(steps), time.perf_counter() - began),),
            _claims(self.secrets, finding.claims),
            _changes(self.secrets, finding.changes),
            _alerts(self.secrets, finding.alerts),
        )

    def failed(self, error: SourceError) -> Finding:
        """What a question without a usable answer says of the service."""
        words, sentence = error.words, f"{error.source}: {error.words}"
        match error:
            case NotListening() if self.service.optional:
                return Finding(
                    f"not deployed: {words}", Status.ABSENT, word="off", rule="optional, and refused",
                    failure=Failure.REFUSED,
                )  # fmt: skip
            case Denied():
                return Finding(
                    f"denied: {words}", Status.UNKNOWN, word="denied", error=sentence, backs_off=True, is_refused=True,
                    rule="refused login = unknown",
                )  # fmt: skip
            case NoNameServer():
                return Finding(
                    words, Status.UNKNOWN, word="dns", error=sentence, because=NAME_SERVER,
                    rule="no answer from the name server = unknown",
                )  # fmt: skip
            case Unreachable():
                return Finding(
                    words, Status.UNKNOWN, word="?", error=sentence, failure=failure_of(error),
                    rule="nobody could be asked",
                )  # fmt: skip
            case TimedOut():
                return Finding(
                    words, Status.DOWN, word="DOWN", error=sentence, backs_off=True,
                    failure=Failure.SILENT, rule=f"no answer within {time_limit(self.timeout)} = down",
                )  # fmt: skip
            case _:
                return Finding(
                    words,
                    Status.DOWN,
                    word="DOWN",
                    error=sentence,
                    failure=failure_of(error),
                    rule=_why_down(error),
                )

    def listen(self, happened: Callable[[str], object]) -> None:
        """Say from now on at once when something happens to a service (its id) between two asks."""
        self._happened = happened

    def tell(self) -> None:
        """Something happened to its service."""
        self._happened(self.id)

    async def aclose(self) -> None:
        """Let go of connections that only this probe holds."""
        return

    def timed(self, finding: Finding, steps: list[Step]) -> Finding:
        """What was found, held against how long its answer took and by which way it came."""
        return self._with_family(self._with_latency(finding, steps))

    def _with_family(self, finding: Finding) -> Finding:
        silent = next(filter(is_ipv6_silent, self.hosts), None)
        if silent is None or finding.status not in (Status.UP, Status.DEGRADED):
            return finding
        words = f"IPv6 of {silent} is dead, over IPv4"
        return dataclasses.replace(
            finding,
            summary=f"{finding.summary}; {words}" if finding.summary else words,
            facts={**finding.facts, "ipv6": "dead"},
        )

    def served(self, latency: float) -> float:
        """Seconds of one answer without the round trip that the line takes: the server's own."""
        return latency - min(filter(None, map(round_trip, self.hosts)), default=0.0)

    def _with_latency(self, finding: Finding, steps: list[Step]) -> Finding:
        latency = finding.latency
        if finding.status is not Status.UP or latency is None:
            return finding
        own = self.served(latency - _of_the_line(latency, steps))
        if own <= self.warn:
            return finding
        took, limit = duration(own), duration(self.warn)
        words = f"slow: {took}, warns above {limit}"
        return Finding(
            summary=f"{words}; {finding.summary}" if finding.summary else words,
            status=Status.DEGRADED,
            latency=latency,
            word="slow",
            facts=finding.facts,
            error=f"{self.service.title}: {words}",
            rule=f"slower than warn ({self.warn:g} s) = degraded",
            claims=finding.claims,
            changes=finding.changes,
            alerts=finding.alerts,
        )

    def reading(
        self, finding: Finding, steps: tuple[Step, ...], took: float, mask: Callable[[str], str] | None = None
    ) -> Reading:
        """What was found in `took` seconds, fit to be shown; `mask` hides secrets, the config's own where none is given."""
        # A server may quote a login in its answer: ours, or another's.
        mask = mask or self.secrets.mask
        return Reading(
            service_id=self.id,
            probe=self.kind,
            status=finding.status,
            summary=one_line(mask(finding.summary), 200),
            at=datetime.now(UTC),
            latency=finding.latency,
            word=finding.word,
            facts=_facts(mask, finding.facts),
            error=one_line(mask(finding.error), 400) if finding.error else None,
            rule=finding.rule,
            steps=steps,
            backs_off=finding.backs_off,
            is_refused=finding.is_refused,
            failure=finding.failure,
            took=took,
            because=finding.because,
        )


def _of_the_line(latency: float, steps: list[Step]) -> float:
    """What of an answer's time went into reaching its server: connecting and TLS say nothing of the server's work."""
    timings = (step.timing for step in steps if step.timing is not None)
    found = next((timing for timing in timings if timing.total == latency), None)
    return (found.connect or 0.0) + (found.tls or 0.0) if found is not None else 0.0


def _claims(secrets: Secrets, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    # Many at once: of ten thousand services alike words are told.
    told = secrets.mask_lines(*sanitise_lines([claim.words for claim in claims]))
    return tuple(
        replace(claim, words=words, facts=_facts(secrets.mask, claim.facts))
        for claim, words in zip(claims, told, strict=True)
    )


def _changes(secrets: Secrets, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    told = secrets.mask_lines(*sanitise_lines([change.words for change in changes]))
    return tuple(replace(change, words=words) for change, words in zip(changes, told, strict=True))


def _alerts(secrets: Secrets, alerts: tuple[Alert, ...] | None) -> tuple[Alert, ...] | None:
    if not alerts:
        return alerts
    # Of thousands of alerts many texts are the same.
    texts = {
        text
        for alert in alerts
        for text in (alert.name, alert.severity, alert.summary, *alert.silenced_by, *chain(*alert.labels))
    }
    named = {name for alert in alerts for name, _ in alert.labels}
    mask = dict(zip(texts, secrets.mask_lines(*sanitise_lines([*texts])), strict=True))
    # A name says that its value is a secret: only together they are masked.
    hides = {name for name in named if secrets.mask(pair := f'{name}="x y z"') != pair}
    return tuple(
        replace(
            alert,
            name=mask[alert.name],
            severity=mask[alert.severity],
            summary=mask[alert.summary],
            labels=tuple((mask[n], MASKED if n in hides and v else mask[v]) for n, v in alert.labels),
            silenced_by=tuple(mask[words] for words in alert.silenced_by),
        )
        for alert in alerts
    )


def _facts(mask: Callable[[str], str], facts: Mapping[str, Fact]) -> dict[str, Fact]:
    return {mask(name): _showable(mask, fact) for name, fact in facts.items()}


def _showable(mask: Callable[[str], str], fact: Fact) -> Fact:
    """The fact as it may be shown and written as JSON, which knows no NaN; no number grows past 64 bits."""
    if isinstance(fact, str):
        return mask(fact)
    if not isinstance(fact, bool) and not abs(fact) < 2**63:
        return one_line(str(fact), 20)
    return fact


def failure_of(error: SourceError) -> Failure:
    """How a question failed that got no usable answer."""
    match error:
        case TimedOut() | NoHost():
            return Failure.SILENT
        case Refused():
            return Failure.REFUSED
        case NoNetwork():
            return Failure.NETWORK
        case _:
            return Failure.NONE


def _why_down(error: SourceError) -> str:
    return (
        "connection refused or reset = down"
        if isinstance(error, Refused)
        else "an answer of another service = down"
    )


def judge_status(
    service: ServiceConfig, answer: HttpAnswer, expected: tuple[int, ...] = (200,), wanted: str = ""
) -> Finding | None:
    """The finding that an unexpected HTTP status alone amounts to, None when it is one of `expected`; `wanted` names them.

    401 and 403 with a login configured are Denied (raised); without one, and 3xx and 429, are degraded; any
    other is not this service's answer, hence down.
    """
    status = answer.status
    if status in expected:
        return None
    title, word, latency = service.title, str(status), answer.latency
    wanted = wanted or " or ".join(str(code) for code in expected[:4])
    if status in (401, 403) and service.auth is not None:
        raise login_denied(title, answer, "its user and password")
    if status in (401, 403):
        words = f"answers {status}: requires a login where none is expected"
    elif 300 <= status < 400:
        words = f"answers {status}: redirects to {one_line(answer.headers.get('location', 'nowhere'), QUOTE)}"
    elif status == 429:
        retry = one_line(answer.headers.get("retry-after", ""), 20)
        words = "answers 429: rate limited" + (f", retry after {retry} s" if retry else "")
    else:
        body = one_line(answer.text(), QUOTE)
        return Finding(
            f"answers {status}" + (f": {body}" if body else ""), Status.DOWN, latency, word,
            error=f"{title}: answers {status}, not {wanted}; look at its log", rule=f"{wanted} is expected",
            failure=Failure.SERVER if status >= 500 else Failure.NONE,
        )  # fmt: skip
    return Finding(
        words, Status.DEGRADED, latency, word, error=f"{title}: {words}", rule=f"{wanted} is expected"
    )
