"""The lines that runtimes print when something dies, which state no level."""

import re

_CRASH = re.compile(
    r"""(?>\[[^\]]{8,60}\]\s{1,4}+|[\d/-]{10}\ [\d:.]{8,15}\ |\s{0,4}+)(?:
    (?P<critical>
        [Pp]anic: | [Ff]atal(?::|\ error:|\ Python\ error:) | PHP\ Fatal\ error:
        | thread\ '[^']{1,80}'\ (?:\(\d{1,9}\)\ )?panicked\ at | \[signal\ SIG[A-Z]{2,5}:
        | Segmentation\ fault\b | Aborted\ \(core | terminate\ called\ (?:after|without) | \*\*\*\ [a-z ]{5,40}\ detected\ \*\*\*
        | \S{1,80}:\ \S{1,200}:\d{1,7}:\ [^`]{1,100}:\ Assertion\ `
        | \#\ A\ fatal\ error\ has\ been\ detected
    ) | (?P<error>
        [Ee]rror: | Traceback\ \(most\ recent | Exception\ in\ thread\ " | Caused\ by:\ | Unhandled\ [Ee]xception
        | Uncaught\ [A-Z] | PHP\ Parse\ error: | npm\ ERR! | npm\ error\b
        | (?:[\w$]{1,80}+\.){0,12}+[A-Z][\w$]{2,80}+(?:(?<=Error)|(?<=Exception))(?:\ \[[A-Z_]{1,60}\])?:\s
    ) | (?P<warn> [Ww]arning: | PHP\ (?:Warning|Deprecated): ))""",
    re.VERBOSE,
)


def level_of_crash(head: str) -> str:
    """`critical`, `error` or `warn` for a line that begins as one of a crash does (behind a time or not), else ""."""
    found = _CRASH.match(head)
    return (found.lastgroup or "") if found else ""
