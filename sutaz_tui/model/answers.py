"""What was answered, and what others say of a service: readings, claims, changes, alerts."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from msgspec import Struct, field

from sutaz_tui.model.status import Failure, Status

Fact = float | int | str | bool

NAME_SERVER = "dns:name server"
"""The id of the cause that no name server answers; as `host:NAME` it has a colon, which no service's id can have."""


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
    none. `differs`: our own readings before and after it say otherwise. `until`: its word says nothing of what is later.
    """

    service_id: str
    by: str
    status: Status | None
    words: str
    at: datetime
    facts: Mapping[str, Fact] = field(default_factory=dict)
    word: str = ""
    differs: bool = False
    until: datetime | None = None


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
