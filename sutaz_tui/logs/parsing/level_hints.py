"""What every line of a level holds, for a source that can look for text and knows no levels.

The expressions are RE2, by lines and in any case. They find too much, never too little: what a source gives by them is
read once more by `levels`.
"""

from sutaz_tui.logs.lines import Level

NAMES = {
    Level.UNKNOWN: "unknown",
    Level.DEBUG: "debug|trace",
    Level.INFO: "info|information|notice",
    Level.WARN: "warn|warning",
    Level.ERROR: "error|err",
    Level.CRITICAL: "critical|fatal|crit|alert|emerg|emergency|panic",
}
"""How Loki and shippers write a level into a label."""

_NUMBERED = r'(?:level|lvl|severity|priority|@l)"?\s*[:=]\s*"?{}'

HINTS = {
    Level.WARN: rf"warn|wrn|deprecated|[ |]4\d\d\b|^W\d{{4}} | W |\d [#] |^<\d{{1,3}}>|{_NUMBERED.format('4')}|\"s\":\"W",
    Level.ERROR: (
        r"err|eror|severe|fail|exception|traceback|caused by|uncaught|npm |[ |]5\d\d\b|^E\d{4} | E |^<\d{1,3}>"
        rf"|{_NUMBERED.format('(?:3|50)')}|\"s\":\"E"
    ),
    Level.CRITICAL: (
        r"crit|fata|panic|pani\b|pnc|ftl|alert|emerg|signal SIG|segmentation|aborted|terminate called|detected \*\*\*"
        rf"|assertion|^F\d{{4}} | F |^<\d{{1,3}}>|{_NUMBERED.format('(?:[0-2]|60)')}|\"s\":\"F"
    ),
}
"""Of each level that is looked for, what each of its lines holds."""
