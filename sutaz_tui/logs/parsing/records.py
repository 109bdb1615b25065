"""Which lines belong to one record beside Python's tracebacks: an exception with its causes, a panic with its goroutines.

A record begins with a line that a runtime prints when something dies. That line alone is one as any other; what belongs
to it follows at once, in the same stream.
"""

import re
from collections.abc import Sequence
from string import ascii_letters

from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.parsing import tracebacks
from sutaz_tui.logs.parsing.tracebacks import HEAD, Phase

_FIRST = frozenset(ascii_letters + "*=/")
"""How a head begins: a line with its time before it is none, but for Go's own logger's."""

_HEADS = re.compile(
    r"""(?:
    (?P<STACK>
        Exception\ in\ thread\ " | Unhandled\ [Ee]xception[.:]
        | (?:Uncaught\ )?(?:[\w$]{1,80}+\.){0,12}+[A-Z][\w$]{2,80}+(?:(?<=Error)|(?<=Exception)|(?<=Throwable))
          (?:\ \[[A-Z_]{1,60}\])?(?::\s|\s*\Z)
    )
    | (?P<SOURCE> (?:file://)?/\S{1,400}\.[cm]?[jt]s:\d{1,7}\Z)
    | (?P<PANIC> (?:\d{4}/\d\d/\d\d\ [\d:.]{8,15}\ )?panic:\ | fatal\ error:\ )
    | (?P<RUST> thread\ '[^']{0,80}'\ (?:\(\d{1,9}\)\ )?panicked\ at\ )
    | (?P<PHP> (?:PHP\ )?Fatal\ error:\ )
    | (?P<CATEGORY> (?:fail|warn|info|crit|dbug|trce):\ [\w.+`]{1,200}\[\d{1,9}\]\s*\Z)
    | (?P<NATIVE> terminate\ called\ |\*\*\*\ [a-z ]{5,40}\ detected\ \*\*\*|==\d{1,9}==ERROR:\ )
    )""",
    re.VERBOSE,
)
_GOES_ON = {
    Phase.STACK: re.compile(
        r"\s|Caused by: |Suppressed: |--- End of |\}|Node\.js v\d|\[cause\]: |\s*\Z",
    ),
    Phase.SOURCE: re.compile(r"\s|\Z"),
    Phase.PANIC: re.compile(
        r"\s|\Z|\[signal |goroutine \d{1,9} \[|created by |exit status \d|runtime\.|[\w./*()\[\]{}%-]{1,400}\(.{0,400}\)\Z"
    ),
    Phase.RUST: re.compile(r"\s|stack backtrace:|note: (?:run with|Some details)|\Z"),
    Phase.PHP: re.compile(r"\s|Stack trace:|#\d{1,5} |Next |\Z"),
    Phase.CATEGORY: re.compile(r"\s"),
    Phase.NATIVE: re.compile(r"\s|={3,}|Aborted|SUMMARY: |\[0x|/\S{1,400}\(\+?.{0,200}\)\[0x|\Z"),
}


def head_phase(text: str) -> Phase | None:
    """The phase behind a line with which a record begins, None of any other line."""
    if text[:1] in _FIRST:
        if found := _HEADS.match(text):
            return Phase.RUST_MESSAGE if found.lastgroup == "RUST" else Phase[found.lastgroup or ""]
    elif text[20:27] == "panic: " and _HEADS.match(text):
        return Phase.PANIC
    return Phase.FRAMES if text.endswith(HEAD) else None


def next_phase(phase: Phase, text: str) -> Phase | None:
    """The phase after this line of the same stream, None when the line is no part of the record."""
    if phase in (Phase.FRAMES, Phase.ENDED, Phase.CHAINED):
        return tracebacks.next_phase(phase, text)
    if phase is Phase.RUST_MESSAGE:
        # The message has a line of its own, of any words.
        return Phase.RUST
    if phase is Phase.SOURCE and head_phase(text) is Phase.STACK:
        return Phase.STACK
    return phase if _GOES_ON[phase].match(text) else None


def is_traceback(text: str) -> bool:
    """Whether a record that begins so is one of Python's."""
    return text.endswith(HEAD)


def said_by(lines: Sequence[LogLine]) -> str:
    """The line of a record that says what happened, as received; of Rust's panics the place before the message."""
    first = lines[0].text
    if is_traceback(first):
        return tracebacks.error_of(lines)
    match head_phase(first):
        case Phase.RUST_MESSAGE if len(lines) > 1:
            return f"{first} {lines[1].text}"
        case Phase.CATEGORY if len(lines) > 1:
            return lines[1].text.strip()
        case Phase.SOURCE:
            return next((line.text for line in lines if head_phase(line.text) is Phase.STACK), first)
    return first
