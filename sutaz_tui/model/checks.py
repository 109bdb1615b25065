"""What a check does, how it ended, and how a category of them stands."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from sutaz_tui.model.answers import Step


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
    how often it was asked until it ended so. `seen_from` is the place that another host ran it in.
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
    seen_from: str = ""

    @property
    def of(self) -> str:
        """The check's id without its place."""
        return self.check_id.removesuffix(f"@{self.seen_from}") if self.seen_from else self.check_id


class SeenFrom(Struct, frozen=True):
    """How a check ended last in another place."""

    place: str
    at: datetime
    outcome: Outcome
    message: str


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
