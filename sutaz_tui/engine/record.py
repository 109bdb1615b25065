"""One service's memory: its last reading, how long it has been so, what changed, and other sources of it."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from sutaz_tui.engine.container import elsewhere, judged
from sutaz_tui.engine.since import Earlier, Since, bounded, first_since, has_restarted, own_start
from sutaz_tui.model import Change, ChangeKind, Claim, Reading, Service, ServiceState, Status

HISTORY = 50
LATENCIES = 60
MINUTES = 60
STALE_AFTER = 3.0
SLOW = "slow"
SAME_ROUND = timedelta(seconds=10)


class Record(Struct):
    """Everything known of one service; `interval` is the one in force, seconds.

    `is_at_least`: nobody saw when `since` began. `earlier` is what another run saw of it, `started` its own start.
    `is_kept_waiting`: it is due, and we have not come to it yet. `deadline`: what one answer may take, seconds.
    """

    service: Service
    interval: float
    reading: Reading | None = None
    status: Status = Status.UNKNOWN
    since: datetime | None = None
    is_at_least: bool = False
    earlier: Earlier | None = None
    started: datetime | None = None
    last_good: datetime | None = None
    failed_since: datetime | None = None
    asks: int = 0
    history: deque[Change] = field(default_factory=lambda: deque(maxlen=HISTORY))
    latencies: deque[float | None] = field(default_factory=lambda: deque(maxlen=LATENCIES))
    minutes: deque[float | None] = field(default_factory=lambda: deque(maxlen=MINUTES))
    claims: dict[str, Claim] = field(default_factory=dict)
    remembered: ServiceState | None = None
    is_kept_waiting: bool = False
    deadline: float = 0.0
    _minute: datetime | None = None
    _slowest: float | None = 0.0
    _shown: ServiceState | None = None
    _was_stale: bool = False
    _stale_at: datetime | None = None
    _delay: float = 0.0
    _own: Reading | None = None
    _is_slow: bool = False
    _differing: set[str] = field(default_factory=set)
    # When each source began to contradict us, for as long as it does.
    _doubts: dict[str, datetime] = field(default_factory=dict)

    def is_of(self, service: Service) -> bool:
        """Whether it remembers this service, asked as it was."""
        mine = self.service
        return (mine.id, mine.kind, mine.address) == (service.id, service.kind, service.address)

    def take(self, reading: Reading) -> bool:
        """Take a new reading; True when it is a first failure, which is to be asked again before it counts."""
        self.latencies.append(reading.latency)
        self._own = reading
        again = self._settle(judged(reading, self.claims.values()))
        # What could not be settled is not counted either: its moment may be none.
        self._count_minute(reading)
        return again

    def _settle(self, reading: Reading) -> bool:
        self._shown = None
        was_slow, self._is_slow = self._is_slow, reading.word == SLOW
        is_first_slow = self._is_slow and not was_slow
        if is_first_slow:
            # One late answer is the line's as often as the server's, or the end of a hang.
            reading = replace(reading, status=Status.UP, word="", error=None)
        is_first_failure = False
        if reading.status is Status.DOWN:
            self.asks += 1
            self.failed_since = self.failed_since or reading.at
            is_first_failure = self.asks < self.service.down_after and self.status is not Status.DOWN
        else:
            self.asks = 0
            self.failed_since = None
        if reading.status in (Status.UP, Status.ABSENT):
            self.last_good = reading.at
        self.reading = reading
        self._delay = 0.0
        self._expire()
        if is_first_failure:
            return True
        started = own_start(reading.facts, reading.at)
        if reading.status is not self.status or self.since is None:
            self._change(reading, started)
        elif started and self.started and has_restarted(started, self.started):
            self.since, self.is_at_least = max(self.since, min(started, reading.at)), False
            self.note(Change(self.since, self.service.id, ChangeKind.RESTART, "restarted"))
        self.started = started or self.started
        self._compare(reading)
        return is_first_slow

    def _compare(self, reading: Reading) -> None:
        """Find out whose word our readings before and after it contradict: either alone may be of another moment."""
        began = reading.at - timedelta(seconds=reading.took)
        for by, claim in self.claims.items():
            if not contradicts(self.status, claim):
                self._forget(by)
            elif self._is_of_now(at := self._doubts.get(by, claim.at)) and at <= began:
                self._differing.add(by)

    def _forget(self, by: str) -> None:
        self._differing.discard(by)
        self._doubts.pop(by, None)

    def _is_of_now(self, at: datetime) -> bool:
        """Whether the status was then what it is."""
        # Nobody saw when it began: then all of our first round is one moment.
        slack = SAME_ROUND if self.is_at_least else timedelta(0)
        return self.since is not None and at >= self.since - slack

    @property
    def is_contradicted(self) -> bool:
        """Whether anybody says otherwise than our last reading, and no later reading has answered that."""
        return any(self.is_doubtful(claim) for claim in self.claims.values())

    def is_doubtful(self, claim: Claim) -> bool:
        """Whether the claim contradicts our last reading, which is older: only the next one tells who is right."""
        is_told = claim.by in self._differing and claim.status is self.claims[claim.by].status
        return not is_told and contradicts(self.status, claim) and self._is_of_now(claim.at)

    def _count_minute(self, reading: Reading) -> None:
        """The slowest answer of each whole minute: None for one with a failure in it, 0 for one without an answer."""
        minute = reading.at.replace(second=0, microsecond=0)
        if minute != self._minute:
            if self._minute is not None:
                self.minutes.append(self._slowest)
                unasked = (minute - self._minute) // timedelta(minutes=1) - 1
                self.minutes.extend([0.0] * min(MINUTES, max(0, unasked)))
            self._minute, self._slowest = minute, 0.0
        if reading.status is Status.DOWN:
            self._slowest = None
        elif self._slowest is not None:
            self._slowest = max(self._slowest, reading.latency or 0.0)

    def recall_minutes(self, slowest: Sequence[float | None], now: datetime) -> None:
        """Take what an earlier run counted of the minutes before this one, unless this run counts already."""
        if self._minute is None and slowest:
            self.minutes.extend(slowest[:-1])
            self._minute = now.replace(second=0, microsecond=0) - timedelta(minutes=1)
            self._slowest = slowest[-1]

    def _change(self, reading: Reading, started: datetime | None) -> None:
        began = self.failed_since or reading.at
        if self.since is None:
            good_for = STALE_AFTER * self.interval
            first = first_since(reading.status, began, started, self.earlier, good_for)
            self.status, self.since, self.is_at_least = reading.status, first.at, first.is_at_least
            self._bound(*self.claims.values())
            return
        # What could not be asked may have been so all the time.
        self.is_at_least = self.status is Status.UNKNOWN
        lasted = max(0.0, (began - self.since).total_seconds())
        words = f"{self.status.label} -> {reading.status.label}: {reading.summary}"
        of = self.service.id
        self.note(Change(began, of, ChangeKind.STATUS, words, self.status, reading.status, lasted))
        self.status, self.since = reading.status, began

    @property
    def last_change(self) -> Change | None:
        """The newest entry of the history."""
        return self.history[-1] if self.history else None

    def note(self, change: Change) -> None:
        """Put an entry into the history."""
        self.history.append(change)
        self._shown = None

    def move(self, by: timedelta) -> None:
        """The clock was set by so much; a start that is counted back from now is learned anew."""
        self.since = self.since and self.since + by
        self.last_good = self.last_good and self.last_good + by
        self.failed_since = self.failed_since and self.failed_since + by
        self.started = None
        self.reading, self._own = _moved(self.reading, by), _moved(self._own, by)
        self.claims = {
            name: replace(claim, at=claim.at + by, until=claim.until and claim.until + by)
            for name, claim in self.claims.items()
        }
        self._doubts = {name: at + by for name, at in self._doubts.items()}
        self.history = deque((replace(one, at=one.at + by) for one in self.history), maxlen=HISTORY)
        self._expire()
        self._shown = None

    def claim(self, claim: Claim) -> None:
        """Take what another source says."""
        before = self.claims.get(claim.by)
        self.claims[claim.by] = claim
        if before is None or before.status is not claim.status:
            self._forget(claim.by)
        if contradicts(self.status, claim) and self._is_of_now(claim.at):
            self._doubts.setdefault(claim.by, claim.at)
        self._bound(claim)
        self._shown = None
        # What a container's state makes of the last answer need not wait for the next one.
        if self._own is not None and claim.word != (before.word if before is not None else ""):
            self._settle(judged(self._own, self.claims.values()))

    def _bound(self, *claims: Claim) -> None:
        """Let the beginning be where others say that it was."""
        for claim in claims:
            if self.since is not None:
                since = bounded(self.status, Since(self.since, self.is_at_least), claim.facts, claim.at)
                self.since, self.is_at_least = since.at, since.is_at_least

    def set_interval(self, seconds: float) -> None:
        """Say which interval is in force."""
        if seconds != self.interval:
            self.interval = seconds
            self._expire()
            self._shown = None

    def delay(self, seconds: float) -> None:
        """Let the answer be good for so much longer: it was we who did not ask."""
        self._delay += seconds
        self._expire()

    def _expire(self) -> None:
        if self.reading is not None:
            # Of one that is asked every other second an answer may take longer than three of them.
            good_for = max(STALE_AFTER * self.interval, self.interval + 2 * self.deadline) + self._delay
            self._stale_at = self.reading.at + timedelta(seconds=good_for)

    def is_stale(self, now: datetime) -> bool:
        """Whether it has not answered for three of the intervals in force, though we asked."""
        return self._stale_at is not None and now > self._stale_at and not self.is_kept_waiting

    def state(self, now: datetime) -> ServiceState:
        """The service as the screen shows it now; the same object as long as nothing changed."""
        is_stale = self.is_stale(now)
        if self._shown is None or is_stale is not self._was_stale:
            self._shown = self._build(is_stale)
            self._was_stale = is_stale
        return self._shown

    def _build(self, is_stale: bool) -> ServiceState:
        reading = self.reading
        claims = tuple(
            replace(self.claims[by], differs=True) if by in self._differing else self.claims[by]
            for by in sorted(self.claims)
        )
        asking = ServiceState(
            service=self.service,
            status=Status.UNKNOWN,
            summary="asking",
            word="~",
            interval=self.interval,
            claims=claims,
            history=tuple(self.history),
            latencies=tuple(self.latencies),
            minutes=tuple(self.minutes),
            asks=self.asks,
        )
        if reading is None:
            return self.remembered or asking
        status, summary, word, error = self.status, reading.summary, reading.word, reading.error
        if is_stale:
            # The last word stays, so that it can be shown in brackets with its age.
            word = "stale" if self.status is Status.UP else word
            status = Status.UNKNOWN
            error = f"{self.service.title}: no answer for more than three intervals; r probes it now"
        elif reading.status is Status.DOWN and self.status is not Status.DOWN:
            status, word = Status.DEGRADED, f"{self.asks}/{self.service.down_after}"
            summary = f"{self.asks} of {self.service.down_after} polls failed: {summary}"
        if words := elsewhere(reading, claims):
            summary, error = f"{summary}; {words}", f"{error}; {words}" if error else words
        return replace(
            asking,
            status=status,
            summary=summary,
            word=word,
            latency=reading.latency,
            since=self.since if status is self.status else (self.failed_since or reading.at),
            since_at_least=self.is_at_least and status is self.status,
            asked=reading.at,
            facts=reading.facts,
            error=error,
            rule=reading.rule,
            steps=reading.steps,
            failure=reading.failure,
            because=(reading.because,) if reading.because and not is_stale else (),
            disagreements=disagreements(status, claims),
        )


def disagreements(status: Status, claims: tuple[Claim, ...]) -> tuple[str, ...]:
    """Where another source says up of what we see down, or down of what we see up, in words."""
    return tuple(
        f"{claim.words}; own probe: {status.label}"
        for claim in claims
        if claim.differs and contradicts(status, claim)
    )


def contradicts(status: Status, claim: Claim) -> bool:
    """Whether the claim says up of what we see down, or down of what we see up."""
    if claim.status is None or status not in (Status.UP, Status.DEGRADED, Status.DOWN):
        return False
    return (claim.status is Status.DOWN) is not (status is Status.DOWN)


def _moved(reading: Reading | None, by: timedelta) -> Reading | None:
    return replace(reading, at=reading.at + by) if reading is not None else None
