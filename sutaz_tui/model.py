"""The vocabulary: what is watched, what was answered, and what the screen shows.

Nothing but values. Times are aware UTC, durations are float seconds.

They are msgspec structs: a frozen dataclass takes fifty times as long to be defined (10 ms of the start for these) and
five times as long to be made (several for each answer).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum, IntEnum, StrEnum

from msgspec import Struct, field

from sutaz_tui.text.sanitise import one_line

Fact = float | int | str | bool

NAME_SERVER = "dns:name server"
"""The id of the cause that no name server answers; as `host:NAME` it has a colon, which no service's id can have."""


class Status(IntEnum):
    """How a service is, ordered from best to worst for taking the worst of several readings.

    DEGRADED: answers, but not as it should. DOWN: refused, reset, silent past the deadline, or somebody else
    answers. UNKNOWN: could not ask, or stale. ABSENT: declared optional and not deployed, never red.
    """

    ABSENT = 0
    UP = 1
    UNKNOWN = 2
    DEGRADED = 3
    DOWN = 4

    @property
    def label(self) -> str:
        """The word in lower case, as `status --format json` prints it."""
        return self.name.lower()


TROUBLE = (Status.DOWN, Status.DEGRADED, Status.UNKNOWN)
WORST_FIRST = (*TROUBLE, Status.UP, Status.ABSENT)
# A status is always shown by a glyph and a word, never by colour alone.
GLYPHS = {Status.UP: "✓", Status.DEGRADED: "!", Status.DOWN: "✗", Status.UNKNOWN: "?", Status.ABSENT: "-"}
WORDS = {**{status: status.label for status in Status}, Status.DOWN: "DOWN", Status.ABSENT: "off"}
UNCHECKED = "o"
"""The glyph of what runs and has nobody who checks that it is well; in lists where it counts apart from what is up."""


class Failure(StrEnum):
    """How a question failed.

    SILENT: nothing came, from it or from the one that is asked for it. REFUSED: refused, reset or closed, so that its
    host is there. SERVER: it answers that it cannot (5xx). NONE: none of these.
    """

    NONE = ""
    SILENT = "silent"
    REFUSED = "refused"
    SERVER = "server"


class Quiet(Struct, frozen=True):
    """A window of the wall's clock in which trouble is known: from `begin` to `end` after midnight, on weekdays (0 is
    Monday) or every day."""

    begin: timedelta
    end: timedelta
    days: tuple[int, ...] = ()
    reason: str = ""


class Service(Struct, frozen=True):
    """One thing of the stack that can be up or down; `address` is what a person would dial, without secrets.

    `docker` is the id of the Docker service that knows its `container`, "" where none is asked. It is down after
    `down_after` failed asks in a row; in `quiet` its trouble is known.
    """

    id: str
    title: str
    kind: str
    group: str
    address: str = ""
    depends_on: tuple[str, ...] = ()
    optional: bool = False
    runbook: str = ""
    owner: str = ""
    container: str = ""
    docker: str = ""
    down_after: int = 2
    quiet: tuple[Quiet, ...] = ()


class Timing(Struct, frozen=True):
    """Where the time of one answer went, in seconds; `reused` is a kept connection (no connect, no TLS)."""

    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    total: float = 0.0
    reused: bool = False


class Step(Struct, frozen=True):
    """One question and its answer, secrets masked; `reproduce` is a shell line with variable names for secrets.

    `correlation` is the id by which the asked program's log names this question, "" where it told none.
    """

    what: str
    request: str
    answer: str = ""
    elapsed: float = 0.0
    reproduce: str = ""
    timing: Timing | None = None
    correlation: str = ""


class Reading(Struct, frozen=True):
    """One answer about one service from its own probe.

    `summary` is one line for a person. `word` is at most 8 characters for a cell when the status is not UP ("slow",
    "307", "model", "DOWN"). `facts` are the few numbers a panel shows: a fact that was not seen is missing, never
    zero. `error` is a sentence that says what happened and what to do, None when all is well. `rule` says what
    judged the answer. `backs_off` marks a failure that backs off: a time-out, or a refused login, which `is_refused`
    marks too. `failure` says how it failed, `took` how many seconds before `at` the question began.
    `because` is the id of a cause outside of all services that kept us from asking (NAME_SERVER), "" for none.
    """

    service_id: str
    probe: str
    status: Status
    summary: str
    at: datetime
    latency: float | None = None
    word: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    error: str | None = None
    rule: str = ""
    steps: tuple[Step, ...] = ()
    backs_off: bool = False
    is_refused: bool = False
    failure: Failure = Failure.NONE
    took: float = 0.0
    because: str = ""


class Claim(Struct, frozen=True):
    """What one source says of another service: shown beside our own reading, never instead of it.

    `status` None means that it says facts only (Docker's memory), no verdict. `word` is the row's own word where what
    it says is a trouble, or a start, of the service itself (Docker's "oom", "loop 42", "starting"), "" where it is
    none. `differs`: our own readings before and after it say otherwise.
    """

    service_id: str
    by: str
    status: Status | None
    words: str
    at: datetime
    facts: Mapping[str, Fact] = field(default_factory=dict)
    word: str = ""
    differs: bool = False


class ChangeKind(Enum):
    """What sort of entry stands in a service's history."""

    STATUS = "status"
    RESTART = "restart"
    OOM = "oom"
    IMAGE = "image"
    FAULT = "fault"
    CLOCK = "clock"


class Change(Struct, frozen=True):
    """One entry in a service's history: what happened, when, and for status changes how long the state before lasted.

    `service_id` is "" for what happened to this machine.
    """

    at: datetime
    service_id: str
    kind: ChangeKind
    words: str
    before: Status | None = None
    after: Status | None = None
    lasted: float | None = None


Labels = tuple[tuple[str, str], ...]
"""Names and values, sorted by name."""


class Alert(Struct, frozen=True):
    """One alert that fires: it is its labels, whoever tells it. Or several of one name and severity as one row.

    `since` is when it began to fire. `silenced_by` says who or what keeps it from being sent, a clause each: "silenced
    by ann until 14:00: deploy", "inhibited by NodeDown". `by` are the ids of the services that tell of it. Of a row,
    `count` is how many there are, `since` the oldest, `labels` what all share, `instances` what some of them do not.
    """

    name: str
    severity: str
    summary: str
    since: datetime | None = None
    labels: Labels = ()
    silenced_by: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    count: int = 1
    instances: tuple[Labels, ...] = ()

    @property
    def title(self) -> str:
        """Its name, and how many there are: `TargetDown x2,000`."""
        return self.name if self.count == 1 else f"{self.name} x{self.count:,}"


class Answer(Struct, frozen=True):
    """All that one ask of one probe brought: readings of its services, claims about others, changes seen, alerts."""

    readings: tuple[Reading, ...] = ()
    claims: tuple[Claim, ...] = ()
    changes: tuple[Change, ...] = ()
    alerts: tuple[Alert, ...] | None = None


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


class CheckClass(StrEnum):
    """What a check does to the stack.

    READS: nothing. WRITES: something that it removes again. HEAVY: load. LEAVES: something stays for ever (a user,
    an error in a log). ATTACK: what an attacker would try. All but READS run only where they are allowed.
    """

    READS = "reads"
    WRITES = "writes"
    HEAVY = "heavy"
    LEAVES = "leaves"
    ATTACK = "attack"


TRIAL_ENVS = ("test", "demo")
"""The config's `env` where a slip of the fingers reaches nobody's users: there a digit runs, and a login is free."""
LOGINS = "logins"
"""What must be allowed, besides its class, of a check that logs in, but in TRIAL_ENVS: it moves the account's `last_login`."""


class Outcome(StrEnum):
    """How a check ended.

    FAIL: asked and wrong. ERROR: could not ask. BLOCKED: a service that it needs is down. SKIP always carries its
    reason and never counts as a pass.
    """

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    BLOCKED = "blocked"
    SKIP = "skip"


RED = (Outcome.FAIL, Outcome.ERROR, Outcome.BLOCKED)


class CheckResult(Struct, frozen=True):
    """How one check ended, with enough to act on without reading code; `service` is the one that it is about.

    `cause` is the id of the service whose trouble explains it, "" where none is known. `is_down`: it says of its
    service no more than that this is down. `follows` is the check whose fault makes this one red too. `is_kept`: it
    is of an earlier run of the program, which kept no cause. `left` names what could not be removed again. `tries` is
    how often it was asked until it ended so.
    """

    check_id: str
    category: str
    title: str
    check_class: CheckClass
    service: str
    outcome: Outcome
    expected: str
    found: str
    message: str
    started: datetime
    elapsed: float
    steps: tuple[Step, ...] = ()
    cause: str = ""
    is_down: bool = False
    follows: str = ""
    is_kept: bool = False
    left: tuple[str, ...] = ()
    tries: int = 1


class CheckRun(Struct, frozen=True):
    """A run of some checks; `finished` is None while it goes on."""

    id: str
    scope: str
    started: datetime
    finished: datetime | None = None
    total: int = 0
    results: tuple[CheckResult, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many ended so."""
        return sum(result.outcome is outcome for result in self.results)


class Tally(Struct, frozen=True):
    """How a category stands: passed of total, red ones, when it last ran, what of it did not run, what runs now.

    `is_outdated`: a cause that would block it began after its results.
    """

    category: str
    total: int
    passed: int = 0
    red: int = 0
    not_run: int = 0
    at: datetime | None = None
    running: int = 0
    done: int = 0
    is_outdated: bool = False
