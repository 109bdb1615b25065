"""The one place where answers come together: it makes the snapshots that every face of the program shows."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from sutaz_tui.clock import Clock
from sutaz_tui.engine.again import Outage, Outages
from sutaz_tui.engine.alerts import gathered
from sutaz_tui.engine.causes import find_causes
from sutaz_tui.engine.contradictions import expose
from sutaz_tui.engine.dependencies import Dependencies
from sutaz_tui.engine.quiet import with_quiet
from sutaz_tui.engine.record import Record
from sutaz_tui.engine.recovery import Recoveries
from sutaz_tui.engine.since import Earlier
from sutaz_tui.model import (
    Alert,
    Answer,
    Cause,
    Change,
    ChangeKind,
    Known,
    Recovery,
    Service,
    ServiceState,
    Snapshot,
    Status,
)
from sutaz_tui.text.sanitise import ago

CHANGES = 50
# A clock that is slewed moves less from one look to the next.
CLOCK_SET = 2.0


class Store:
    """Keeps one Record a service and tells listeners that something changed."""

    def __init__(
        self,
        services: Iterable[Service],
        intervals: Mapping[str, float],
        clock: Clock,
        deadlines: Mapping[str, float] | None = None,
    ) -> None:
        told = deadlines or {}
        self.records = {
            s.id: Record(s, intervals.get(s.id, 15.0), deadline=told.get(s.id, 0.0)) for s in services
        }
        self._clock = clock
        self._is_ahead = clock.now().timestamp() - clock.monotonic()
        self._told: dict[str, tuple[Alert, ...]] = {}
        self._alerts: tuple[Alert, ...] = ()
        self._answering: set[str] = set()
        self._changes: deque[Change] = deque(maxlen=CHANGES)
        self._seq = 0
        self._round_at: datetime | None = None
        self._is_idle = False
        self._remembered_at: datetime | None = None
        self.dependencies = Dependencies(record.service for record in self.records.values())
        self._recoveries = Recoveries()
        self._outages = Outages()
        self.behind: Callable[[], int] = lambda: 0
        self.known: dict[str, Known] = {}
        self._made: dict[str, tuple[ServiceState, tuple[str, ...], Known | None, ServiceState]] = {}
        self._picture: Snapshot | None = None
        self._own_alerts: dict[str, Alert] = {}
        self.changed = asyncio.Event()
        # Hear each answer once it is taken, with what changed by it.
        self.listeners: list[Callable[[Answer, tuple[Change, ...]], object]] = []

    def put(self, asked: str, answer: Answer) -> bool:
        """Take an answer of the probe of service `asked`; True when a first failure is to be asked again."""
        self._follow_clock()
        again = False
        changes: list[Change] = []
        for reading in answer.readings:
            record = self.records.get(reading.service_id)
            if record is not None:
                last = record.last_change
                again = record.take(reading) or again
                if (change := record.last_change) is not None and change is not last:
                    changes.append(change)
        for claim in answer.claims:
            if claim.service_id in self.records and claim.service_id != asked:
                record = self.records[claim.service_id]
                last = record.last_change
                record.claim(claim)
                if (change := record.last_change) is not None and change is not last:
                    changes.append(change)
        for change in answer.changes:
            if change.service_id in self.records:
                self.records[change.service_id].note(change)
                changes.append(change)
        self._changes += changes
        self._take_alerts(asked, answer.alerts)
        self._round_at = self._clock.now()
        for hear in self.listeners:
            hear(answer, tuple(changes))
        self.touch()
        return again

    def _take_alerts(self, asked: str, alerts: tuple[Alert, ...] | None) -> None:
        before = self._told.get(asked)
        told = alerts if alerts is not None else before
        if told is None:
            return
        self._told[asked] = told
        answering = {id for id in self._told if self.records[id].status in (Status.UP, Status.DEGRADED)}
        if told != before or answering != self._answering:
            self._answering = answering
            self._alerts = gathered(self._told, answering)

    def remember(self, states: Iterable[ServiceState], at: datetime) -> None:
        """Show what an earlier run saw until each service has answered in this one."""
        for state in states:
            if state.service.id in self.records:
                self.records[state.service.id].remembered = state
        self._remembered_at = at
        self.touch()

    def recall(
        self,
        earlier: Mapping[str, Earlier],
        changes: Iterable[Change],
        outages: Mapping[str, tuple[Outage, ...]],
        minutes: Mapping[str, Sequence[float | None]],
        now: datetime,
    ) -> None:
        """Take what earlier runs saw: how each service was at last, what had changed and what was a cause, oldest first, and
        the slowest answer of each minute before this one."""
        self._outages.recall(outages)
        for id, last in earlier.items():
            if id in self.records:
                self.records[id].earlier = last
        for id, slowest in minutes.items():
            if id in self.records:
                self.records[id].recall_minutes(slowest, now)
        for change in changes:
            if change.service_id in self.records:
                self.records[change.service_id].note(change)
                self._changes.append(change)
        self.touch()

    @property
    def now(self) -> datetime:
        """The time by the clock that all is dated by."""
        return self._clock.now()

    def carry(self, before: "Store") -> None:
        """Take over what another store knows of the same services: the config was read again, they ran on."""
        for id, record in self.records.items():
            known = before.records.get(id)
            if known is not None and known.is_of(record.service):
                known.service, known.interval = record.service, record.interval
                self.records[id] = known
        changes, self._outages, self._round_at = before.seen
        self._changes = deque((one for one in changes if one.service_id in {"", *self.records}), CHANGES)
        self.touch()

    @property
    def seen(self) -> tuple[Iterable[Change], Outages, datetime | None]:
        """What was seen besides how services are: changes, what was a cause before, and when the last answer came."""
        return self._changes, self._outages, self._round_at

    def noted(self, service_id: str, at: datetime, words: str) -> None:
        """Somebody noted something of a service: its next trouble tells it."""
        self._outages.noted(service_id, at, words)

    def set_known(self, marks: Iterable[Known]) -> None:
        """The troubles that a person knows of, in place of those before."""
        self.known = {mark.service_id: mark for mark in marks}
        self.touch()

    def set_own_alert(self, key: str, alert: Alert | None) -> None:
        """Show that this program itself has a trouble, or no longer."""
        if self._own_alerts.get(key) != alert:
            if alert is not None:
                self._own_alerts[key] = alert
            else:
                del self._own_alerts[key]
            self.touch()

    def set_idle(self, is_idle: bool) -> None:
        """Show whether nobody has looked for a while."""
        if is_idle is not self._is_idle:
            self._is_idle = is_idle
            self.touch()

    def touch(self) -> None:
        """Say that the next snapshot differs from the last."""
        self._seq += 1
        self.changed.set()

    @property
    def seq(self) -> int:
        """Grows with every change."""
        return self._seq

    def take_picture(self, picture: Snapshot, known: Iterable[Known]) -> None:
        """Show what another program sees instead of what is put here, and the troubles that are known there."""
        self._picture = picture
        self.set_known(known)

    def leave_picture(self) -> None:
        """Go on by oneself from what another program saw last: of each service until it has answered, and since when."""
        picture, self._picture = self._picture, None
        if picture is None:
            return
        for state in picture.services:
            before = self.records[state.service.id]
            record = self.records[state.service.id] = Record(before.service, before.interval)
            record.remembered = replace(state, is_remembered=True)
            record.history.extend(state.history)
            is_settled = state.status is Status.DOWN or not state.asks
            if is_settled and state.status is not Status.UNKNOWN and state.since is not None:
                record.status, record.since, record.is_at_least = (
                    state.status,
                    state.since,
                    state.since_at_least,
                )
        self._changes = deque(picture.changes, CHANGES)
        self._remembered_at = picture.at
        self.touch()

    def snapshot(self) -> Snapshot:
        """Everything as it is now."""
        if self._picture is not None:
            alerts = (*self._own_alerts.values(), *self._picture.alerts)
            now = self._clock.now()
            return replace(self._picture, seq=self._seq, at=now, is_idle=self._is_idle, alerts=alerts)
        return self.own_snapshot()

    def own_snapshot(self) -> Snapshot:
        """Everything as it is now, as far as it was put here."""
        now = self._follow_clock()
        states = [record.state(now) for record in self.records.values()]
        causes: tuple[Cause, ...] = ()
        known = with_quiet(self.known, states, now)
        if any(state.status is Status.DOWN or state.because for state in states):
            states = expose(states)
            causes = find_causes(states, self._last_good, self.dependencies, known)
        causes = self._outages.follow(causes, now)
        recoveries: tuple[Recovery, ...] = ()
        if causes or self._recoveries.is_watching:
            recoveries = self._recoveries.follow({state.service.id: state for state in states}, causes, now)
        self._forget_known(states, now)
        is_all_asked = all(state.asked is not None for state in states)
        return Snapshot(
            seq=self._seq,
            at=now,
            services=tuple(self._explained(states, causes, with_quiet(self.known, states, now))),
            causes=causes,
            recoveries=recoveries,
            alerts=(*self._own_alerts.values(), *self._alerts),
            changes=tuple(self._changes),
            round_at=self._round_at,
            is_idle=self._is_idle,
            behind=self.behind(),
            remembered_at=None if is_all_asked else self._remembered_at,
        )

    def _follow_clock(self) -> datetime:
        """The time. When somebody set the clock all moments are moved along: no age changes by that, nothing is stale."""
        now = self._clock.now()
        is_ahead = now.timestamp() - self._clock.monotonic()
        by, self._is_ahead = is_ahead - self._is_ahead, is_ahead
        if abs(by) >= CLOCK_SET:
            self._move(timedelta(seconds=by))
            words = f"this machine's clock was set {'forward' if by > 0 else 'back'} by {ago(abs(by))}"
            self._changes.append(Change(now, "", ChangeKind.CLOCK, words))
        return now

    def _move(self, by: timedelta) -> None:
        """Durations stay true, so all that was seen moves with the clock."""
        for record in self.records.values():
            record.move(by)
        self._outages.move(by)
        self._changes = deque((replace(one, at=one.at + by) for one in self._changes), maxlen=CHANGES)
        self.touch()

    def _forget_known(self, states: list[ServiceState], now: datetime) -> None:
        """A mark ends when its time is over, or its service is green or worse after it was made: another board may have
        marked what we have not asked since."""
        over = [
            state.service.id
            for state in states
            if (mark := self.known.get(state.service.id)) is not None
            and (
                mark.is_over(now)
                or (
                    state.asked is not None
                    and state.asked >= (mark.at or state.asked)
                    and (state.status is Status.UP or _is_worse(state, mark))
                )
            )
        ]
        for id in over:
            del self.known[id]

    def _last_good(self, service_id: str) -> datetime | None:
        return self.records[service_id].last_good

    def _explained(
        self, states: list[ServiceState], causes: tuple[Cause, ...], known: Mapping[str, Known]
    ) -> Iterable[ServiceState]:
        """The states with what caused them and what a person knows of them; the same objects while that is the same."""
        if not causes and not known:
            self._made.clear()
            return states
        because: dict[str, tuple[str, ...]] = {}
        for cause in causes:
            for id in cause.affected:
                because[id] = (*because.get(id, ()), cause.id)
        made = self._made
        self._made = {}
        explained = because.keys() | known.keys()
        return [
            self._with(state, because, known, made) if state.service.id in explained else state
            for state in states
        ]

    def _with(
        self,
        state: ServiceState,
        because: Mapping[str, tuple[str, ...]],
        known: Mapping[str, Known],
        made: Mapping[str, tuple[ServiceState, tuple[str, ...], Known | None, ServiceState]],
    ) -> ServiceState:
        id = state.service.id
        cause = because.get(id, ()) if state.status is not Status.UP else ()
        mark = known.get(id)
        before = made.get(id)
        if before is None or before[0] is not state or before[1:3] != (cause, mark):
            reason, until = (mark.reason, mark.until) if mark is not None else ("", None)
            before = (state, cause, mark, replace(state, because=cause, known=reason, known_until=until))
        self._made[id] = before
        return before[3]


def _is_worse(state: ServiceState, mark: Known) -> bool:
    """Whether a mark without an end is of a lesser trouble than there is."""
    return mark.until is None and mark.status is not None and state.status > mark.status
