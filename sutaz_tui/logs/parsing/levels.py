"""How grave a line says it is, for every line of every log: so the usual shapes are told apart by few steps."""

import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Raw, Struct, field

from sutaz_tui.logs.lines import NO_LABELS, Level
from sutaz_tui.logs.parsing.crashes import level_of_crash
from sutaz_tui.logs.parsing.own_formats import groups_of, has_formats
from sutaz_tui.logs.parsing.zones import OFFSET, WORDS

_HEAD = 400
"""Characters of a line in which its level is looked for."""

_WORDS = {
    Level.DEBUG: "trace debug debug1 debug2 debug3 debug4 debug5 verbose fine finer finest dbg trc vrb trce dbug trac debu",
    Level.INFO: "info information informational notice log statement detail hint context inf",
    Level.WARN: "warn warning wrn",
    Level.ERROR: "error err eror severe failure fail erro",
    Level.CRITICAL: "critical crit fatal panic alert emerg emergency dpanic ftl pnc fata pani",
}
_LEVELS = {
    form: level
    for level, words in _WORDS.items()
    for word in words.split()
    for form in (word, word.upper(), word.capitalize())
}
# Members of an enum are slow to look up: 0.1 us each.
_UNKNOWN, _INFO, _WARN = Level.UNKNOWN, Level.INFO, Level.WARN
# How a level begins behind `"level": "` and behind ` - `.
_STARTS = {(form + end)[:5]: level for form, level in _LEVELS.items() for end in ('"', " ") if len(form) > 3}
_CALM = frozenset(start for start, level in _STARTS.items() if level < Level.WARN)
_PINO = {
    10: Level.DEBUG,
    20: Level.DEBUG,
    30: Level.INFO,
    40: Level.WARN,
    50: Level.ERROR,
    60: Level.CRITICAL,
}
_SYSLOG = (*(Level.CRITICAL,) * 3, Level.ERROR, Level.WARN, Level.INFO, Level.INFO, Level.DEBUG)
_STATUS_LEVELS = {"4": Level.WARN, "5": Level.ERROR}
_REDIS = {".": Level.DEBUG, "-": Level.DEBUG, "*": Level.INFO, "#": Level.WARN}
_LETTERS = {
    "V": Level.DEBUG,
    "D": Level.DEBUG,
    "I": Level.INFO,
    "W": Level.WARN,
    "E": Level.ERROR,
    "F": Level.CRITICAL,
}

# A word counts where a level stands: as the value of a field, in brackets, first in the line, or behind a bracket, bar,
# dash, colon or time; but for fields and brackets only capitals do.
_FIELD = re.compile(r"""(?<![\w.-])(?:level|lvl|severity)=["']?([A-Za-z]{3,13})""")
_BRACKET = re.compile(r"\[(?:[\d:]{8} |\w{1,40}:)? ?([A-Za-z]{3,13})\d? {0,8}\]")
_CAPITALS = re.compile(r"[A-Z]{3,13}[1-5]?(?=[\]:|/\s]|\Z)")
_TIME_BEFORE = re.compile(
    rf":\d\d(?:[AP]M|(?:[.,]\d{{1,9}}+)?(?: ?{WORDS}| ?{OFFSET})?(?: \[\d{{1,9}}\](?: \S{{1,63}}@\S{{1,63}})?)?)\Z"
)
_PLACE = 160
"""Characters of a line in which a word in capitals is taken for its level."""
_TIMED = 120
"""Characters before such a word in which the time, a process and a user's name end."""
_REDIS_LINE = re.compile(r"\d+:[XCSM] \d\d \w{3} \d{4} [\d:.]{8,15} ([.*#-]) ")
_KLOG_LINE = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ ")
_PRIORITY = re.compile(r"<(\d{1,3})>")
_WRITTEN = re.compile(
    r"(?:[\d/:,.T+Z-]{8,33}+(?: [\d:.]{8,18}+)? )?(fail|warn|info|crit|dbug|trce): [\w.+`]{1,200}\[\d{1,9}\]"  # .NET
    r"|\[[^\]]{10,40}\] [\w-]{1,60}\.([A-Z]{4,9}): "  # Monolog, Laravel
    r"|([A-Z]{4})\[[\dTZ:+-]{4,25}\]"  # logrus
    r"|[\d-]{10} [\d:]{8}, (Error|Warning|Info) {2,20}"  # Windows servicing
    r"|[\d-]{6,10}[T ][\d:.]{8,15}Z? (?:\d{1,9} )?\[(System|Note)\] "  # MySQL's own words
    r"|\d{6} \d{6} \d{1,9} ([A-Z]{4,5}) "  # Hadoop
    r"|(?:1\d{9}|1\d{12}) ([A-Z]{4,8})\b"
    r"|\d\d?/\d\d?/\d{4},? [\d:]{7,8} [AP]M ([A-Z]{4,8})\b"
)
"""The one word that is a level where a format of these has it."""
_WRITTEN_LEVELS = _LEVELS | {"System": _INFO, "Note": _INFO}
_LOGCAT = re.compile(r"\d\d-\d\d [\d:.]{8,18} {1,5}\d{1,7} {1,5}\d{1,7} ([VDIWEF]) ")
_MONGO = re.compile(r'\{"t":\{"\$date":"[^"]{20,40}"\}, {0,2}"s":"([FEWID])')
CRI = re.compile(r"\d{4}-\d\d-\d\dT\S{9,30} std(?:out|err) [FP] ")
"""What a container runtime writes before each line."""
_HAPROXY = re.compile(r"\S{1,64}:\d{1,5} \[[^\]]{1,40}\] \S{1,99} \S{1,99} [\d/+-]{5,60} (\d)\d\d ")
_NGINX_ACCESS = re.compile(r"\S{1,64} \S{1,64} \S{1,64} \[[^\]]{1,40}\] \"")
_GIN = re.compile(r"\[GIN\] [\d/]{10} - [\d:]{8} \| (\d)\d\d \|")
_SGR = re.compile("\x1b\\[[0-9;:]*m")
_JSON_LEVEL = re.compile(
    r'"(?:level|levelname|loglevel|(?:error_)?severity|lvl|log\.level|log_level|@l|priority)"\s*:\s*("?[A-Za-z]{3,13}"|"?\d{1,2})',
    re.IGNORECASE,
)
_NOTHING = Raw(b"")


class _Leveled(Struct):
    """Where JSON lines say their level."""

    level: Raw = _NOTHING
    levelname: Raw = _NOTHING
    severity: Raw = _NOTHING
    lvl: Raw = _NOTHING
    ecs: Raw = field(default=_NOTHING, name="log.level")
    log_level: Raw = _NOTHING
    level_of_net: Raw = field(default=_NOTHING, name="LogLevel")
    level_titled: Raw = field(default=_NOTHING, name="Level")
    level_of_serilog: Raw = field(default=_NOTHING, name="@l")
    time_of_serilog: Raw = field(default=_NOTHING, name="@t")
    priority: Raw = field(default=_NOTHING, name="PRIORITY")
    error_severity: Raw = _NOTHING
    severity_text: Raw = field(default=_NOTHING, name="severityText")
    log: Raw = _NOTHING

    def stated(self) -> Raw:
        """The first of them that is there."""
        return (
            self.level
            or self.levelname
            or self.severity
            or self.lvl
            or self.ecs
            or self.log_level
            or self.level_of_net
            or self.level_titled
            or self.level_of_serilog
            or self.priority
            or self.error_severity
            or self.severity_text
        )


_decode = msgspec.json.Decoder(_Leveled).decode


def level_of(text: str, labels: Mapping[str, str] = NO_LABELS) -> Level:
    """The level that a line states, else the one that its labels state, else UNKNOWN.

    A line that only reports a request (uvicorn, nginx, gin) has the level of its status: 5xx ERROR, 4xx WARN, else INFO.
    A word in the message is no level.
    """
    own = groups_of(text)
    if own is not None and (word := own.get("level")) and (named := level_named(word)):
        return named
    first = text[:1]
    level: Level | None = None
    if first == "{":
        level = _json_level(text)
    elif first == "2" and text[23:26] == " - ":
        # 2026-11-23 14:07:12,044 - logger - LEVEL - message
        start = text.find(" - ", 26, _HEAD) + 3
        level = _STARTS.get(text[start : start + 5])
        if level == _INFO and " HTTP/" in text and text.startswith("uvicorn.access", 26):
            level = _of_status(text) or level
    elif first == "I" and text.startswith("INFO: "):
        level = (_of_status(text) if " HTTP/" in text else None) or _INFO
    if level is None:
        level = _plain_level(text)
    if level == _UNKNOWN and labels:
        return level_named(labels.get("level") or labels.get("detected_level") or "")
    return level


def grave_lines(texts: Sequence[str]) -> list[tuple[int, Level]]:
    """Place and level of those of many lines that are of WARN and above; most others cost a third of `level_of`."""
    found: list[tuple[int, Level]] = []
    calm = frozenset() if has_formats() else _CALM
    for place, text in enumerate(texts):
        if text[23:26] == " - " and text[:1] == "2":
            start = text.find(" - ", 26, _HEAD) + 3
            if text[start : start + 5] in calm and not text.startswith("uvicorn.access", 26):
                continue
        level = level_of(text)
        if level >= _WARN:
            found.append((place, level))
    return found


def level_named(word: str) -> Level:
    """The level that a word or a number names: `Warning`, `err`, `30` (as pino counts) or `3` (as syslog does)."""
    level = _LEVELS.get(word)
    if level is not None:
        return level
    word = word[:32].strip().strip('"').lower()
    if word.isdecimal() and len(word) <= 2:
        number = int(word)
        return _SYSLOG[number] if number < 8 else _PINO.get(number, Level.UNKNOWN)
    return _LEVELS.get(word, Level.UNKNOWN)


def level_of_status(status: str) -> Level:
    """The level of a line that only reports a request, by the first digit of its status."""
    return _STATUS_LEVELS.get(status[:1], _INFO)


def _json_level(text: str) -> Level | None:
    start = text.find('"level": "', 1, _HEAD)
    if start > 0 and text.find("{", 1, start) < 0:
        level = _STARTS.get(text[start + 10 : start + 15])
        if level is not None:
            return level
    if text.startswith('{"t":{"$date"') and (mongo := _MONGO.match(text)):
        return _LETTERS[mongo[1]]
    try:
        found = _decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        # Cut, or no JSON after all: the first that looks like a level.
        cut = _JSON_LEVEL.search(text, 0, _HEAD)
        return level_named(cut[1]) if cut else None
    raw = bytes(found.stated())
    if not raw and (log := bytes(found.log))[:1] == b"{":
        raw = bytes(_decode(log).stated())
    if not raw and found.time_of_serilog:
        return _INFO  # which it leaves out
    return level_named(raw[:32].decode("utf-8", "replace"))


def _plain_level(text: str) -> Level:
    head = text[:_HEAD]
    if "\x1b" in head and (shown := _SGR.sub("", head)) != head:
        return level_of(shown)
    level = _shaped_level(head)
    if level is not None:
        return level
    place, level = _HEAD, _UNKNOWN
    if "=" in head and (found := _FIELD.search(head)) and found[1] in _LEVELS:
        place, level = found.start(), _LEVELS[found[1]]
    if "[" in head:
        for found in _BRACKET.finditer(head, 0, place):
            if found[1] in _LEVELS:
                place, level = found.start(), _LEVELS[found[1]]
                break
    for found in _CAPITALS.finditer(head, 0, min(place, _PLACE)):
        if found[0] in _LEVELS and _stands_for_level(head[: found.start()]):
            level = _LEVELS[found[0]]
            break
    if level == _UNKNOWN and (crash := level_of_crash(head)):
        return _LEVELS[crash]
    return level


def _shaped_level(head: str) -> Level | None:
    """The level of the lines that write it in a way of their own."""
    first = head[:1]
    if first == "<" and (found := _PRIORITY.match(head)):
        return _SYSLOG[int(found[1]) % 8]
    if first in "IWEF" and (found := _KLOG_LINE.match(head)):
        return _LETTERS[found[1]]
    if first == "[" and (found := _GIN.match(head)):
        return level_of_status(found[1])
    if " HTTP/" in head:
        if _NGINX_ACCESS.match(head):
            return _of_status(head) or Level.UNKNOWN
        if found := _HAPROXY.match(head):
            return level_of_status(found[1])
    if "0" <= first <= "9":
        if found := _REDIS_LINE.match(head):
            return _REDIS[found[1]]
        if head[2:3] == "-" and (found := _LOGCAT.match(head)):
            return _LETTERS[found[1]]
        if " std" in head[:50] and (found := CRI.match(head)):
            return level_of(head[found.end() :])
    elif first != "[" and head[4:5] not in (":", "["):
        return None
    if found := _WRITTEN.match(head):
        return _WRITTEN_LEVELS.get(found[found.lastindex or 0])
    return None


def _stands_for_level(before: str) -> bool:
    """Whether a word behind `before` stands where a level does."""
    kept = before[-_TIMED:].rstrip(" \t")
    if kept and kept[-1].isalnum() and kept[-1] == before[-1]:
        return False
    return not kept or kept[-1] in "[]|:>-(" or _TIME_BEFORE.search(kept) is not None


def _of_status(text: str) -> Level | None:
    """The level of an access line by its status; None where it is none."""
    # GET /x HTTP/1.1" 200
    rest = text[:_HEAD].partition(" HTTP/")[2]
    status = rest[5:8] if rest[3:5] == '" ' else rest[3:6] if rest[1:3] == '" ' else ""
    return level_of_status(status) if status.isdecimal() else None
