"""What can be wrong with an endpoint, as words that a command line or the control API can say.

A fault is a name with an optional number of seconds: `hang`, `slow`, `slow=2.5`, `flapping=4`, `imposter=ssh`, or a
bare HTTP status such as `503`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sutaz_tui.simulator import imposters

TIMED = {"slow": 5.0, "flapping": 4.0}
"""Faults that take seconds, with the seconds they take when none are said."""

PLAIN = (
    "refuse",
    "hang",
    "reset",
    "redirect",
    "wrong-name",
    "garbage",
    "truncated",
    "endless",
    "denied",
)

IMPOSTER = "imposter"
"""Somebody else answers: a word of `imposters.WORDS`."""


class UnknownFault(ValueError):
    """A word that names no fault; the message says which words do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, its seconds (0 where it takes none), its HTTP status (0 where it is none), and who answers."""

    name: str
    seconds: float = 0.0
    status: int = 0
    who: str = ""

    def __str__(self) -> str:
        if self.status:
            return str(self.status)
        if self.name in TIMED:
            return f"{self.name}={self.seconds:g}"
        if self.who:
            return f"{self.name}={self.who}"
        return self.name


def parse(text: str) -> Fault:
    """The fault that `text` names; raises UnknownFault."""
    name, _, argument = text.strip().partition("=")
    if name.isdecimal() and len(name) == 3 and name[0] in "1345" and not argument:
        return Fault("status", status=int(name))
    if name in TIMED:
        try:
            seconds = float(argument) if argument else TIMED[name]
        except ValueError:
            raise UnknownFault(f"fault {text!r}: expected {name}=SECONDS, such as {name}=2.5") from None
        if not 0 < seconds < 86_400:
            raise UnknownFault(f"fault {text!r}: expected more than 0 and less than 86400 seconds")
        return Fault(name, seconds)
    if name == IMPOSTER and argument in imposters.WORDS:
        return Fault(name, who=argument)
    if name in PLAIN and not argument:
        return Fault(name)
    known = ", ".join((*PLAIN, f"{IMPOSTER}=WHO", *(f"{word}[=SECONDS]" for word in TIMED)))
    raise UnknownFault(f"fault {text!r}: expected one of {known}, or an HTTP status such as 404 or 503")


class Faults:
    """The fault of each endpoint, changeable while the stack runs."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self.on_change: list[Callable[[str], None]] = []
        """Called with the endpoint whose fault changed: Docker counts a restart however short the end was."""

    def get(self, endpoint: str) -> Fault | None:
        return self._faults.get(endpoint)

    def set(self, endpoint: str, fault: Fault | None) -> None:
        if fault is None:
            self._faults.pop(endpoint, None)
        else:
            self._faults[endpoint] = fault
        for tell in self.on_change:
            tell(endpoint)

    def as_words(self) -> dict[str, str]:
        return {endpoint: str(fault) for endpoint, fault in sorted(self._faults.items())}
