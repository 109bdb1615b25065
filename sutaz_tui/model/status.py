"""How a service is, and how a question to it failed."""

from enum import IntEnum, StrEnum


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
    host is there. SERVER: it answers that it cannot (5xx). NETWORK: no network of this machine leads there. NONE: none of these.
    """

    NONE = ""
    SILENT = "silent"
    REFUSED = "refused"
    SERVER = "server"
    NETWORK = "network"
