"""The errors that cross a border of the program.

SutazError                something an operator can act on; str() is the sentence
├── ConfigError           the config can't be used; carries every problem at once
├── CannotStart           this process is not allowed what it needs
└── SourceError           a question to a system got no usable answer (source, words)
    ├── Unreachable       the name does not resolve, or a fault of our own: nobody was asked
    │   ├── NoNameServer  no name server says where it is
    │   └── NoNetwork     no network of this machine leads there
    ├── TimedOut          nothing came within the deadline
    ├── Refused           refused, reset, closed, or TLS failed: nobody who could answer is there
    │   ├── NoHost        no host is there, or what stands before it rejects us
│   └── NotListening  the port refuses, or the socket file is missing: nothing is deployed there
    ├── BadAnswer         something answered that is not this service, or not in its words
    ├── WrongQuery        the query is at fault; knows where, when the server told
    ├── TooMany           asked more than it allows: ask less often
    ├── NoTail            it cannot be followed this way; all else it can be asked
    ├── TailEnded         it ends every tail after some time: open the next one
    └── Denied            the login was refused
"""

from msgspec import Struct


class SutazError(Exception):
    """Something went wrong that an operator can act on."""


class Problem(Struct, frozen=True):
    """One fault in a config: where it stands and what is wrong, as `file:line: key: found …, expected …`."""

    file: str
    line: int
    key: str
    words: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.words}" if self.key else f"{where}: {self.words}"


class CannotStart(SutazError):
    """This process is not allowed what it needs; nothing was begun."""


class ConfigError(SutazError):
    """The config can't be used; `problems` holds every fault found, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class SourceError(SutazError):
    """A question to a system got no usable answer.

    `source` names whom we asked, `words` say what happened in an operator's terms, sanitised.
    """

    def __init__(self, source: str, words: str) -> None:
        super().__init__(f"{source}: {words}")
        self.source = source
        self.words = words


class Unreachable(SourceError):
    """The name does not resolve, or a fault of our own: nobody was asked."""


class NoNameServer(Unreachable):
    """No name server answers for its name: that says nothing of the service."""


class NoNetwork(Unreachable):
    """No network of this machine leads there: nothing was sent."""


class TimedOut(SourceError):
    """Nothing came within the deadline."""


class Refused(SourceError):
    """Refused, reset, closed or TLS failed."""


class NoHost(Refused):
    """No host answers for its address, or a firewall rejects what is sent there."""


class NotListening(Refused):
    """The port refuses or the socket file is missing."""


class BadAnswer(SourceError):
    """Something answered that is not this service, or not in its words."""


class NotTaken(BadAnswer):
    """What was sent is refused for what it is: it would be the next time too."""


class Denied(SourceError):
    """The login was refused."""


class WrongQuery(SourceError):
    """A query cannot be understood; `line` and `column` count from 1, 0 where the server named no place."""

    def __init__(self, source: str, words: str, line: int = 0, column: int = 0) -> None:
        super().__init__(source, words)
        self.line = line
        self.column = column


class TooMany(SourceError):
    """We asked more, or more often, than it allows; the same question may be asked again later: after so many seconds as
    it says, 0 where it says none."""

    def __init__(self, source: str, words: str, after: float = 0.0) -> None:
        super().__init__(source, words)
        self.after = after


class NoTail(SourceError):
    """It cannot be followed live, mostly for a proxy without WebSocket; ask for spans again and again instead."""


class TailEnded(SourceError):
    """A live tail came to the end that its server sets for every one; open the next one at once."""
