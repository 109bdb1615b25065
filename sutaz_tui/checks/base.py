"""What a check is: an expectation with an id, what it needs and does, and the one fault that it promises to see."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sutaz_tui.errors import SutazError
from sutaz_tui.model import LOGINS, CheckClass, Outcome, Step

if TYPE_CHECKING:
    from sutaz_tui.checks.ask import Ask
    from sutaz_tui.checks.by_kind.base import KindCheck

# A check returns what it found, in an operator's words; it raises Wrong for what is wrong.
Run = Callable[["Ask"], Awaitable[str]]


EFFECTS = {
    CheckClass.WRITES: "writes, cleans up",
    CheckClass.HEAVY: "load",
    CheckClass.LEAVES: "leaves data behind",
    CheckClass.ATTACK: "intrusive",
    LOGINS: "logs in",
}


class Wrong(Exception):
    """Asked, and the answer is not what it should be: what was expected, what was found."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected {expected}; found {found}")
        self.expected = expected
        self.found = found


class WrongRequest(SutazError):
    """The stack takes our own request for a wrong one (400, 422): the check is at fault, and tells nothing of the stack."""


class NotRun(Exception):
    """The check does not apply here; the reason in words. It becomes a SKIP, never a pass."""


@dataclass(frozen=True, slots=True)
class Twin:
    """The healthy simulated stack with only the one thing wrong that a check promises to see.

    `traits` are switches of the simulated stack, `patches` rewritten answers, `faults` endpoints' faults.
    """

    traits: Mapping[str, Any] = field(default_factory=dict)
    patches: tuple[Mapping[str, Any], ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


def trait(**changed: Any) -> Twin:
    """A twin with other switches."""
    return Twin(traits=changed)


def patch(endpoint: str, path: str, **change: Any) -> Twin:
    """A twin in which one answer is rewritten: `set={"a.0.b": value}`, `remove=["key"]`, `status=`, `body=`, `headers=`."""
    return Twin(patches=({"endpoint": endpoint, "path": path, **change},))


def fault(**faults: str) -> Twin:
    """A twin in which endpoints have a fault; `_` in a name stands for `-`."""
    return Twin(faults={name.replace("_", "-"): words for name, words in faults.items()})


@dataclass(frozen=True, slots=True)
class Ended:
    """How a check of a batch ended: what it expected and found, the sentence, seconds, evidence."""

    outcome: Outcome
    expected: str
    found: str
    message: str
    elapsed: float = 0.0
    steps: tuple[Step, ...] = ()


class Batch(Protocol):
    """Checks that are run together."""

    async def run(
        self, checks: "Sequence[Check]", ended: "Callable[[Check, Ended], None]", fail_fast: bool
    ) -> None:
        """Run these checks and tell how each ended, as soon as it has; one may end once more."""


class Suite(Protocol):
    """Checks that somebody else wrote; `found` are those that are known so far."""

    found: "list[Check]"

    async def collect(self) -> "list[Check]":
        """Find them, without running any."""


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation.

    `needs` are services that must not be down, the first is the one that it is about. `sends` says in words what
    another class than reads sends. `logs_in` marks one that logs in as the config's account. `budget` names what it
    shares with others, which then run one after another.
    `follows` is the id of the check whose fault makes this one red too.
    `covers` are ids of the stack's own tests whose promise it keeps. `timeout` in seconds. `tags` select it, and `tries`
    is how often it is asked until it passes. `made_by` is the check of a kind that it is made by. `must_see` are words of
    `spoiled.WORDS`: how its answers are spoiled to show that a user's own check can fail. `batch` runs it
    together with others, in place of `run`. `suite` is what a check that passed has collected.
    """

    id: str
    category: str
    title: str
    run: Run
    needs: tuple[str, ...]
    twin: Twin
    check_class: CheckClass = CheckClass.READS
    timeout: float = 10.0
    sends: str = ""
    logs_in: bool = False
    budget: str = ""
    follows: str = ""
    covers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tries: int = 1
    made_by: "KindCheck | None" = None
    must_see: tuple[str, ...] = ()
    batch: Batch | None = None
    suite: Suite | None = None

    @property
    def service(self) -> str:
        """The service that it is about."""
        return self.needs[0] if self.needs else ""

    @property
    def counted_as(self) -> str:
        """Under which id it is known what it sends: that of a kind is the same for all services."""
        return f"{self.made_by.kind}.{self.made_by.name}" if self.made_by is not None else self.id

    @property
    def is_identity(self) -> bool:
        """Whether it asks who its service is: where that is down, it is this check that says so."""
        if self.made_by is not None:
            return self.made_by.is_identity
        return self.id in (f"infrastructure.{self.service}.itself", f"infrastructure.{self.service}.models")

    @property
    def wants(self) -> tuple[str, ...]:
        """What must be allowed before it runs, in the words of `--allow`; nothing for one that only reads."""
        more = () if self.check_class is CheckClass.READS else (str(self.check_class),)
        return (*more, LOGINS) if self.logs_in else more

    @property
    def does(self) -> str:
        """What it does to the stack: `reads`, or what must be allowed, such as `heavy,logins`."""
        return ",".join(self.wants) or CheckClass.READS

    @property
    def effect(self) -> str:
        """What it does to the stack, in plain words."""
        return ", ".join(EFFECTS[word] for word in self.wants) or "read-only"

    @property
    def sent(self) -> str:
        """What it sends, in words."""
        does = "only reads" if self.check_class is CheckClass.READS else "sends what its title says"
        return self.sends or (f"logs in, {does}" if self.logs_in else does)


class Category:
    """Collects the checks of one category, in the order in which they are written."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.checks: list[Check] = []
        self._ids: set[str] = set()

    def add(self, name: str, title: str, run: Run, *needs: str, twin: Twin, **more: Any) -> Check:
        """Add a check made by code, such as one for each agent."""
        id = f"{self.id}.{name}"
        if id in self._ids:
            raise ValueError(f"two checks are called {id}")
        self._ids.add(id)
        made = Check(id, self.id, title, run, needs, twin, **more)
        self.checks.append(made)
        return made

    def check(self, name: str, title: str, *needs: str, twin: Twin, **more: Any) -> Callable[[Run], Run]:
        """Make the function below a check of this category."""

        def added(run: Run) -> Run:
            self.add(name, title, run, *needs, twin=twin, **more)
            return run

        return added
