"""What the screen shows at one moment: each service's state, what is wrong and what hangs on it."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field

from sutaz_tui.model.answers import Alert, Change, Claim, Fact, Step
from sutaz_tui.model.services import Service
from sutaz_tui.model.status import TROUBLE, Failure, Status
from sutaz_tui.text.sanitise import one_line


class ServiceState(Struct, frozen=True):
    """A service as the screen shows it at one moment.

    `since` is when the status became what it is, or before where it is `since_at_least`; `asked` when it was last
    asked (None: never in this run); `interval` is the one in force, seconds; `asks` counts failed asks in a row;
    `latencies` are the newest answers' seconds, oldest first, None for a failed one; `minutes` the slowest of each
    whole minute of the hour before that of `asked`, 0 for one without an answer. `failure` is that of the last answer,
    `because` the ids of the causes of this trouble.
    `is_remembered` marks what an earlier run saw and this one has not confirmed; `known` is the reason given by a
    person for a trouble that is known, "" for none, and `known_until` when that ends.
    """

    service: Service
    status: Status
    summary: str
    word: str = ""
    latency: float | None = None
    since: datetime | None = None
    since_at_least: bool = False
    asked: datetime | None = None
    interval: float = 15.0
    facts: Mapping[str, Fact] = field(default_factory=dict)
    error: str | None = None
    rule: str = ""
    steps: tuple[Step, ...] = ()
    claims: tuple[Claim, ...] = ()
    disagreements: tuple[str, ...] = ()
    history: tuple[Change, ...] = ()
    latencies: tuple[float | None, ...] = ()
    minutes: tuple[float | None, ...] = ()
    asks: int = 0
    failure: Failure = Failure.NONE
    because: tuple[str, ...] = ()
    is_remembered: bool = False
    known: str = ""
    known_until: datetime | None = None

    @property
    def is_unchecked(self) -> bool:
        """Whether it only runs: it is up as far as can be seen, and nothing checks that it is well."""
        return self.status is Status.UP and self.facts.get("checked") is False

    @property
    def is_quiet(self) -> bool:
        """Whether its trouble is known by the quiet hours of the config, not by a person's mark."""
        return bool(self.known) and any(window.reason == self.known for window in self.service.quiet)

    def age(self, now: datetime) -> float | None:
        """Seconds since the last answer, None when it was never asked."""
        return None if self.asked is None else max(0.0, (now - self.asked).total_seconds())

    def is_fresh(self, now: datetime) -> bool:
        """Whether the last answer is younger than two of the intervals in force."""
        age = self.age(now)
        return age is not None and age <= 2 * self.interval


class Known(Struct, frozen=True):
    """A trouble that a person knows of: why, and until when it need not be told as new; `at` is when they said so.

    `until` None: until it recovers or is worse than `status`, which it had then.
    """

    service_id: str
    reason: str
    until: datetime | None
    by: str = ""
    at: datetime | None = None
    status: Status | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.until is not None and self.until <= now


class Cause(Struct, frozen=True):
    """One thing that is wrong and what hangs on it.

    `id` is a service id, `host:NAME` when all of one host keeps silent, or NAME_SERVER. `affected` are the services that failed
    after it because of it, `needed_by` all that depend on it, `words` the head's sentence, `since` when it began;
    `again` says how often it was a cause and how long the last time took, "" for the first time; `owner` and `runbook` are
    those of its service. `summary` is what is wrong without what hangs on it, "" where `words` say no more.
    """

    id: str
    title: str
    since: datetime
    words: str
    affected: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    again: str = ""
    owner: str = ""
    runbook: str = ""
    summary: str = ""

    @property
    def is_service(self) -> bool:
        """Whether a service is the cause, not what lies under several."""
        return ":" not in self.id


def cause_title(id: str, titles: Mapping[str, str]) -> str:
    """What a cause is called on the screen: the service's title, the host's name, the name server."""
    return titles.get(id) or id.partition(":")[2] or id


def cause_titles(ids: tuple[str, ...], titles: Mapping[str, str]) -> str:
    """What several causes are called, one after another."""
    return ", ".join(cause_title(id, titles) for id in ids)


def calm_words(snapshot: "Snapshot") -> str:
    """What is said where there is no cause: `All healthy`, `3 degraded: PostgreSQL, RabbitMQ +1`; the known left out."""
    if not snapshot.was_watched:
        return "Nobody watched at this moment: nothing is known of it."
    unwell = [state for state in snapshot.services if state.status in TROUBLE and not state.known]
    if not unwell:
        counts = ((snapshot.known_count(), "known"), (snapshot.unchecked_count(), "running unchecked"))
        but = " and ".join(f"{count} {words}" for count, words in counts if count)
        return f"All healthy but {but}" if but else "All healthy"
    totals = ((sum(state.status is status for state in unwell), status.label) for status in TROUBLE)
    many = ", ".join(f"{count} {label}" for count, label in totals if count)
    more = f" +{len(unwell) - 2}" if unwell[2:] else ""
    return f"{many}: {', '.join(one_line(state.service.title, 20) for state in unwell[:2])}{more}"


class Recovery(Struct, frozen=True):
    """A cause that is up again at `at`, `after` so many seconds; `waiting` are the services that are not up yet."""

    id: str
    title: str
    after: float
    at: datetime
    waiting: tuple[str, ...]


class Snapshot(Struct, frozen=True):
    """Everything that the screen shows at one moment; replaced whole, never edited.

    `services` stands in the config's order, `alerts` has a row for each name and severity. `round_at` is when the last
    answer came in (a silent screen proves by it that it lives). `remembered_at` is when the picture of an earlier run
    was taken, as long as part of it stands.
    `behind` counts the asks that are due and that this program has not come to. `is_past`: it is of a moment that is
    remembered, and nothing on it changes.
    """

    seq: int
    at: datetime
    services: tuple[ServiceState, ...] = ()
    causes: tuple[Cause, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    alerts: tuple[Alert, ...] = ()
    changes: tuple[Change, ...] = ()
    round_at: datetime | None = None
    is_idle: bool = False
    behind: int = 0
    remembered_at: datetime | None = None
    is_past: bool = False

    def totals(self) -> dict[Status, int]:
        """How many services have each status, zeros included; what is known or unchecked is not counted."""
        counts = dict.fromkeys(Status, 0)
        for state in self.services:
            if not state.known and not state.is_unchecked:
                counts[state.status] += 1
        return counts

    def unchecked_count(self) -> int:
        """How many only run, with nothing that checks that they are well."""
        return sum(state.is_unchecked for state in self.services)

    def alert_count(self, is_silenced: bool = False) -> int:
        """How many alerts fire and are not silenced, or are."""
        return sum(alert.count for alert in self.alerts if bool(alert.silenced_by) is is_silenced)

    @property
    def was_watched(self) -> bool:
        """Whether anything is known of this moment; of now, always."""
        return not self.is_past or any(state.since is not None for state in self.services)

    def known_count(self) -> int:
        """How many services are in a trouble that a person marked as known."""
        return sum(bool(state.known) for state in self.services)

    def asking_count(self) -> int:
        """How many of the unknown services were not asked yet, and nothing is remembered of them."""
        return sum(
            state.asked is None and state.status is Status.UNKNOWN and not state.known
            for state in self.services
        )

    def answered_count(self) -> int:
        """How many services were asked in this run."""
        return sum(state.asked is not None for state in self.services)
