"""A line read into its fields, by the shape that its program writes; what it finds is as raw as the line."""

import re

from msgspec import Struct

from sutaz_tui.logs.lines import Level, LogLine
from sutaz_tui.logs.parsing.access import REQUEST, UVICORN, is_health
from sutaz_tui.logs.parsing.json_fields import fields_of
from sutaz_tui.logs.parsing.levels import CRI, level_named, level_of, level_of_status
from sutaz_tui.logs.parsing.own_formats import groups_of
from sutaz_tui.logs.parsing.times import time_of
from sutaz_tui.logs.parsing.zones import OFFSET, WORDS

__all__ = ["Fields", "is_health", "read"]

FIELDS_LIMIT = 64
"""Other fields of a line that are kept."""
NAME_LIMIT = 80
"""Characters of a field's name, and of a logger's."""


class Fields(Struct, frozen=True):
    """What a line says: its own moment (nanoseconds), level, logger, the message for a person, and all the rest.

    `shape` names how it is written; a line of no known shape ("plain") is a message as a whole.
    """

    at: int | None
    level: Level
    logger: str
    message: str
    more: dict[str, str]
    shape: str


Parts = tuple[str, str, dict[str, str]]
"""Logger, message, more."""


def read(line: LogLine) -> Fields:
    """The fields of a line."""
    text = line.text
    if "\x1b" in text:
        text = _SGR.sub("", text)
    cri = CRI.match(text)
    shape, (logger, message, more) = _parts(text[cri.end() :] if cri else text)
    if len(more) > FIELDS_LIMIT:
        kept = list(more.items())[:FIELDS_LIMIT]
        more = {**dict(kept), "…": f"{len(more) - FIELDS_LIMIT:,} more fields"}
    more = {name[:NAME_LIMIT]: value for name, value in more.items()}
    at = time_of(text, line.at or None)
    return Fields(at, level_of(text, line.labels), logger[:NAME_LIMIT], message, more, shape)


def _parts(text: str) -> tuple[str, Parts]:
    if (own := groups_of(text)) is not None:
        more = {name: part for name, part in own.items() if name not in ("time", "level")}
        return "own", (more.pop("logger", ""), more.pop("message", "") or text, more)
    if text[:1] == "{" and (of_json := _json(text)) is not None:
        return "json", of_json
    for shape, pattern in _SHAPES.items():
        if found := pattern.match(text):
            return shape, _named(shape, found)
    if (of_logfmt := _logfmt(text)) is not None:
        return "logfmt", of_logfmt
    return "plain", ("", text, {})


def _named(shape: str, found: re.Match[str]) -> Parts:
    """Logger, message and more by the names of a pattern's groups."""
    more = _said(found)
    logger, message = more.pop("logger", _LOGGERS.get(shape, "")), more.pop("message", "")
    if shape in ("python", "uvicorn") and (access := UVICORN.match(message)):
        more |= _said(access)
        logger = "uvicorn"
    elif shape == "nginx error":
        more |= {pair[1]: pair[2].strip('"') for pair in _NGINX_PAIR.finditer(message)}
        message = message.partition(", client: ")[0]
    if "path" in more:
        words = (more.get(name, "") for name in ("client", "method", "path", "status", "taken"))
        message = " ".join(word for word in words if word)
    return logger, message, more


def _said(found: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in found.groupdict().items() if value and value != "-"}


def _json(text: str) -> Parts | None:
    """The backend's lines, and those of most others: `{"timestamp": …, "level": …, "logger": …, "message": …}`."""
    more = fields_of(text)
    if more is None:
        return None
    level = more.get("level") or more.get("levelname") or ""
    for name in ("timestamp", "level", "levelname", "@timestamp", "Timestamp", "LogLevel", "@t", "@l"):
        more.pop(name, None)
    method, path, status = (more.get(name, "") for name in ("method", "path", "status_code"))
    if method and path and status:
        request = f"{method} {path} {status}"
        if more.get("message") == request:
            del more["message"]
        timed = request + _milliseconds(more.get("process_time", ""))
        is_grave = max(level_named(level), level_of_status(status)) >= Level.WARN
        reasons = (more.get("message"), more.get("exception_message")) if is_grave else ()
        return "request", ": ".join([timed, *filter(None, reasons)]), more
    logger = _taken(more, "logger", "logger_name", "name", "component", "Category", "SYSLOG_IDENTIFIER")
    message = _taken(more, *_MESSAGES)
    return logger, message or text, more


def _taken(more: dict[str, str], *names: str) -> str:
    """The first of these fields that says something, which is then none of the rest."""
    name = next((name for name in names if more.get(name)), "")
    return more.pop(name, "")


def _milliseconds(seconds: str) -> str:
    """` 4ms` of `0.0043`; nothing of what is no number of seconds."""
    return f" {float(seconds) * 1000:.0f}ms" if _SECONDS.fullmatch(seconds) else ""


def _logfmt(text: str) -> Parts | None:
    more: dict[str, str] = {}
    at = 0
    while len(more) <= FIELDS_LIMIT and (found := _LOGFMT_PAIR.match(text, at)):
        at = found.end()
        quoted = found["quoted"]
        value = quoted.replace('\\"', '"').replace("\\n", "\n") if quoted is not None else found["bare"]
        more[found["name"]] = value
    if len(more) < 2 or not more.keys() & {"level", "lvl", "msg", "message", "severity"}:
        return None
    for name in ("level", "lvl", "severity", "ts", "time", "t", "timestamp"):
        more.pop(name, None)
    if rest := text[at:].strip():
        more["rest"] = rest
    logger = _taken(more, "logger", "component", "source", "caller")
    message = _taken(more, "msg", "message", "err", "error")
    return logger, message or " ".join(f"{name}={value}" for name, value in more.items()), more


_SGR = re.compile("\x1b\\[[0-9;:]*m")
_MESSAGES = ("message", "msg", "event", "short_message", "log", "@m", "@mt", "Message", "MESSAGE")
_SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,20})?(?:e-\d\d?)?")
_LOGFMT_PAIR = re.compile(
    r'\s*(?P<name>[\w.@/-]{1,80})=(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<bare>[^\s"]*+))(?=\s|\Z)', re.DOTALL
)
_NGINX_PAIR = re.compile(r', (client|server|request|subrequest|upstream|host|referrer): ("[^"]*+"|[^,]*+)')

_TIME = rf"\d{{4}}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?(?: ?{WORDS}| ?{OFFSET})?"
_LEVEL = r"(?:[A-Z]{3,9}|[a-z]{3,9})"
_SHAPES = {
    shape: re.compile(pattern, re.DOTALL)
    for shape, pattern in {
        # What is more special stands before what would match it too.
        "spring": rf"{_TIME} {{1,2}}[A-Z]{{4,5}} (?P<pid>\d{{1,9}}) --- (?:\[[^\]]{{1,80}}\] )?\[ {{0,40}}"
        r"(?P<thread>[^\]]{1,80})\] (?P<logger>[^ ]{1,120}) {0,60}: (?P<message>.*)",
        "log4j": rf"(?:{_TIME}|[\d:]{{8}}[.,]\d{{3}}) \[(?P<thread>[^\]]{{1,80}})\] [A-Z]{{4,5}} {{1,2}}"
        r"(?P<logger>[\w.$]{1,120})(?: \([^)]{1,120}\))? - (?P<message>.*)",
        "log4j, level first": rf"{_TIME} [A-Z]{{4,5}} {{1,2}}\[(?P<thread>[^\]]{{1,80}})\] "
        r"(?P<logger>[\w.$]{1,120})(?: \([^)]{1,120}\))? - (?P<message>.*)",
        "mysql": rf"{_TIME} (?P<thread>\d{{1,9}}) \[[A-Z]\w{{3,8}}\] (?:\[(?P<code>MY-\d{{6}})\] )?"
        r"(?:\[(?P<logger>\w{1,40})\] )?(?P<message>.*)",
        "elasticsearch": rf"\[{_TIME}\]\[[A-Z]{{4,5}} ?\]\[(?P<logger>[^\] ]{{1,80}}) {{0,60}}\] "
        r"(?:\[(?P<node>[^\]]{1,80})\] ?)?(?P<message>.*)",
        "kafka": rf"\[{_TIME}\] [A-Z]{{4,5}} (?P<message>.*?)(?: \((?P<logger>[\w.$]{{1,120}})\))?\Z",
        "monolog": rf"\[{_TIME}\] (?P<logger>[\w-]{{1,60}})\.[A-Z]{{4,9}}: (?P<message>.*)",
        "zap": rf"{_TIME}\t[A-Z]{{4,6}}\t(?:(?P<logger>[\w./:-]{{1,120}})\t)?(?P<message>.*)",
        "zerolog": rf"(?:{_TIME}|\d\d?:\d\d[AP]M) (?:TRC|DBG|INF|WRN|ERR|FTL|PNC) (?P<message>.*)",
        "logrus": r"[A-Z]{4}\[[\dTZ:+-]{4,25}\] (?P<message>.*)",
        "ruby": r"[A-Z], \[[\dT:.+Z-]{19,35} #(?P<pid>\d{1,9})\] {1,3}[A-Z]{3,5} -- (?P<logger>[^:]{0,80}): (?P<message>.*)",
        "apache error": r"\[\w{3} \w{3} [ \d]\d [\d:.]{8,18} \d{4}\] \[(?:(?P<logger>\w{1,40}):)?[a-z]{4,6}\d?\] "
        r"(?:\[pid (?P<pid>\d{1,9})(?::tid (?P<thread>\d{1,20}))?\] )?(?:\[client (?P<client>[^\]]{1,80})\] )?(?P<message>.*)",
        "haproxy": r"(?P<client>[\da-fA-F.:]{2,45}):(?P<port>\d{1,5}) \[[^\]]{1,40}\] (?P<frontend>\S{1,99}) "
        r"(?P<backend>\S{1,99}) (?P<timers>[\d/+-]{5,60}) (?P<status>\d{3}) (?P<bytes>\S{1,20}) .{0,200}?"
        r'"(?P<method>[A-Z]{3,10}) (?P<path>[^ "]{1,4000}+) (?P<protocol>HTTP/[\d.]{1,3})".*',
        ".net": r"(?:fail|warn|info|crit|dbug|trce): (?P<logger>[\w.+`]{1,200})\[(?P<event>\d{1,9})\] (?P<message>.+)",
        "hadoop": r"\d{6} \d{6} (?P<thread>\d{1,9}) [A-Z]{4,5} (?P<logger>[\w.$-]{1,120}): (?P<message>.*)",
        "android": r"\d\d-\d\d [\d:.]{8,18} {1,5}(?P<pid>\d{1,7}) {1,5}(?P<thread>\d{1,7}) [VDIWEF] "
        r"(?P<logger>[^:]{1,80}): (?P<message>.*)",
        "windows": r"[\d-]{10} [\d:]{8}, (?:Error|Warning|Info) {2,20}(?P<logger>\w{1,20}) {1,20}(?P<message>.*)",
        "python": rf"{_TIME} - (?P<logger>[^ ]{{1,200}}) - {_LEVEL} - (?P<message>.*)",
        "uvicorn": r"[A-Z]{4,8}: {1,9}(?:\[[\d: -]{19}\] )?(?P<message>.*)",
        "nginx access": r"(?P<client>[\da-fA-F.:]{2,45}) \S{1,64} (?P<user>\S{1,64}) \[[^\]]{1,40}\] "
        rf'{REQUEST} (?P<bytes>\d{{1,20}}|-)(?: "(?P<referer>[^"]*+)" "(?P<user_agent>[^"]*+)")?.*',
        "nginx error": r"\d{4}/\d\d/\d\d [\d:]{8} \[[a-z]{4,6}\] \d{1,9}#(?P<pid>\d{1,9}): (?P<message>.*)",
        "gin": r"\[GIN\] [\d/]{10} - [\d:]{8} \| (?P<status>\d{3}) \| {1,20}(?P<taken>\S{1,20}) \| {1,40}"
        r'(?P<client>\S{1,45}) \| (?P<method>[A-Z]{3,9}) {1,9}"(?P<path>[^"]*+)".*',
        "postgres": rf"{_TIME} \[(?P<pid>\d{{1,9}})\] (?P<user>\S{{1,120}}@\S{{1,120}} )?[A-Z\d]{{3,9}}:  (?P<message>.*)",
        "redis": r"(?P<pid>\d{1,9}):(?P<role>[XCSM]) \d\d? \w{3} \d{4} [\d:.]{8,15} [.*#-] (?P<message>.*)",
        "rabbitmq": rf"{_TIME} \[[a-z]{{4,9}}\] (?P<process><[\d.]{{5,30}}>) (?P<message>.*)",
        "klog": r"[IWEF]\d{4} [\d:.]{8,18} {1,9}(?P<thread>\d{1,9}) (?P<logger>[\w.:/-]{1,80})\] (?P<message>.*)",
        "syslog": r"<\d{1,3}>\d \S{1,40} (?P<host>\S{1,255}) (?P<logger>\S{1,80}) (?P<pid>\S{1,128}) "
        r"(?P<id>\S{1,32}) (?P<data>-|(?:\[[^\]]{0,1000}\]){1,9}) ?(?P<message>.*)",
        "bracketed": rf" {{0,8}}\[?{_TIME}\]?(?: \[(?P<pid>\d{{1,9}})\])? ?\[ ?{_LEVEL} *\] {{1,9}}"
        r"(?:(?P<logger>[\w.:-]{1,80}): )?(?P<message>.*)",
        "bars": rf"{_TIME} \| {_LEVEL} *\| (?:(?P<logger>\S{{1,120}}) - )?(?P<message>.*)",
        "stamped": rf"{_TIME} {{1,9}}[A-Z]{{4,9}} {{1,9}}(?:(?P<logger>[\w.:-]{{1,80}}): )?(?P<message>.*)",
        "old syslog": rf"(?:<\d{{1,3}}>)?(?:[A-Z][a-z]{{2}} [ \d]\d [\d:.]{{8,15}}|{_TIME}(?<! UTC)) (?P<host>[\w.-]{{1,255}}) "
        r"(?P<logger>[\w./@-]{1,80})(?:\[(?P<pid>\d{1,9})\])?: (?P<message>.*)",
    }.items()
}
"""By shape; the groups `logger` and `message` are what they say, of a request `client`, `method`, `path`, `status`."""
_LOGGERS = {
    "uvicorn": "uvicorn",
    "nginx access": "nginx",
    "nginx error": "nginx",
    "gin": "gin",
    "postgres": "postgres",
    "redis": "redis",
    "rabbitmq": "rabbitmq",
}
