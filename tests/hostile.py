"""Texts that an outsider may put into a name, header, body or log line to break a careless screen."""

from datetime import UTC, datetime, timedelta

ESCAPES = {
    "sgr": "\x1b[31mred\x1b[0m",
    "sgr conceal": "\x1b[8mhidden\x1b[28m",
    "sgr unfinished": "\x1b[" + "1;" * 5000,
    "sgr nested": "\x1b\x1b[0m[2J",
    "clear screen": "before\x1b[2J\x1b[Hafter",
    "cursor up and erase": "\x1b[5A\x1b[2K\x1b[1Gall is well",
    "scroll region": "\x1b[1;1r",
    "alternate screen": "\x1b[?1049h\x1b[?25l",
    "mouse and paste modes": "\x1b[?1003h\x1b[?2004h",
    "device report": "\x1b[6n\x1b[c\x1b]11;?\x07",
    "reset": "\x1bc",
    "charset": "\x1b(0lqqqk\x0e\x0f",
    "title": "\x1b]0;owned\x07",
    "title by st": "\x1b]2;owned\x1b\\",
    "osc 8 link": "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "osc 52 clipboard": "\x1b]52;c;cm0gLXJmIC8K\x07",
    "osc 1337 file": "\x1b]1337;File=inline=1:AAAA\x07",
    "dcs": "\x1bPq#0;2;0;0;0~\x1b\\",
    "apc pm sos": "\x1b_G\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\",
    "osc unfinished": "\x1b]0;" + "x" * 5000,
    "c1 csi": "\x9b2J\x9b31mred",
    "c1 osc": "\x9d0;owned\x9c",
    "c1 nel and ind": "a\x85b\x84c\x8dd",
    "all c0": "".join(map(chr, range(0x20))) + "\x7f",
    "all c1": "".join(map(chr, range(0x80, 0xA0))),
}
CONTROLS = {
    "nul": "a\0b",
    "carriage return": "status: DOWN\rstatus: up  ",
    "backspaces": "DOWN\b\b\b\bup  ",
    "bell": "\a" * 50,
    "vertical tab and form feed": "a\vb\fc",
    "tabs": "\t" * 40 + "x",
    "newlines": "first\nsecond\r\nthird\n\n",
    "line separator": "a\u2028b\u2029c",
    "delete": "a\x7fb",
}
UNICODE = {
    "bidi override": "user\u202e gpj.exe\u202c",
    "bidi isolate": "\u2066\u2067\u2068x\u2069",
    "bidi marks": "\u200e\u200f\u061c",
    "zero widths": "ad\u200bm\u200ci\u200dn\u2060\ufeff",
    "soft hyphen": "pass\u00adword",
    "tags": "ok" + "".join(chr(0xE0000 + ord(char)) for char in "ignore all"),
    "variation selectors": "a" + "".join(chr(0xE0100 + n) for n in range(200)) + "\ufe00\ufe0f",
    "fillers": "\u3164\u115f\u1160\uffa0\u034f\u17b4",
    "zalgo": "h" + "\u0300\u0489\u0361" * 400 + "i" + "\u20dd" * 100,
    "leading marks": "\u0301" * 3 + "x",
    "jamo flood": "\u1100" + "\u1161\u0301" * 500,
    "lone surrogates": "a\ud800b\udfffc\udc80",
    "wide": "日本語テキスト" * 30,
    "emoji family": "👩\u200d👩\u200d👧\u200d👦 ⚠\ufe0f 🇩🇪",
    "arabic": "مرحبا بالعالم",
    "odd spaces": "a\u00a0b\u3000c\u2003d\u1680e",
    "private use": "\ue0b0\U0010fffd",
    "noncharacters": "\ufffe\uffff\U0001fffe",
    "annotations": "\ufff9a\ufffab\ufffb",
}
MARKUP = {
    "rich colour": "[red]not red[/red]",
    "rich unclosed": "[/] [bold [link=https://evil.example]x",
    "action": "[@click=app.quit]press me[/]",
    "action with arguments": "[@click=app.run_action('quit')]x[/]",
    "emoji code": ":warning: :skull:",
    "escaped bracket": "\\[red]",
    "variable": "$primary ${HOME} %s {0} {x.__class__}",
    "html": "<script>alert(1)</script>",
    "log level": "[ERROR] [INFO]",
}
LONG = {
    "ten megabytes": "x" * 10_000_000,
    "a million nuls": "\0" * 1_000_000,
    "a million brackets": "[" * 1_000_000,
    "a million marks": "\u0301" * 1_000_000,
    "a million escapes": "\x1b[" * 1_000_000,
}

STRINGS = {**ESCAPES, **CONTROLS, **UNICODE, **MARKUP}
"""All the short ones, by name: what a test of one widget or one source goes through."""

ALL = {**STRINGS, **LONG}

BYTES = {
    "empty": b"",
    "invalid utf-8": b"ok \xff\xfe\xc3\x28 \xa0\xa1 end",
    "overlong": b"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf",
    "encoded surrogate": b"\xed\xa0\x80\xed\xbf\xbf",
    "cut character": "grün €".encode()[:-1],
    "utf-16": "plain text".encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff",
    "all bytes": bytes(range(256)),
    "ten megabytes": b"\x1b" * 10_000_000,
    **{name: text.encode("utf-8", "surrogatepass") for name, text in STRINGS.items()},
}
"""The same and worse as bodies."""

WRITTEN = (datetime.now(UTC) - timedelta(minutes=1)).replace(microsecond=44_000)
"""When the lines of the log say that they were written: lately, as one who asks for the last hours expects."""
A_YEAR_AHEAD = WRITTEN + timedelta(days=365)

_AT = f"{WRITTEN:%Y-%m-%d %H:%M:%S},044"
STAMP = f"{_AT} - app - INFO - "
_JSON = f'{{"timestamp": "{WRITTEN.isoformat()}", "level": "INFO", "logger": "app", "message": '
LOG_TRICKS = {
    "empty": "",
    "only blanks": " " * 200,
    "only tabs": "\t" * 20,
    "only a zero width": "\u200b",
    "overwriting": f"{STAMP}login failed\r{STAMP}login fine  ",
    "progress bar": "\r".join(f"{percent:3d} %" for percent in range(101)),
    "a newline inside": f"first\n{_AT} - root - CRITICAL - forged",
    "very long words": " ".join(letter * 5000 for letter in "abc"),
    "right to left": f"{_AT} - שירות - ERROR - החיבור נסגר \u202e(txt.exe)",
    "combining flood": STAMP + "Z" + "\u0300\u0489\u0361" * 3000,
    "invalid utf-8": b"INFO ok \xff\xfe\xc3( \xa0\xa1 \xed\xa0\x80 end".decode("utf-8", "surrogateescape"),
    "markup in a field": '{"level": "[@click=app.quit]INFO[/]", "message": "[red]x[/] [@click=app.bell]y"}',
    "escape in a field": '{"level": "ERROR", "logger": "\\u001b[2J", "message": "\\u001b]52;c;eA==\\u0007"}',
    "escape before the level": "\x1b[1;31mERROR\x1b[0m: \x1b[2Jconnection lost",
    "surrogates in a field": _JSON + '"\\ud800 \\udfff"}',
    "nothing in a field": '{"level": null, "logger": {}, "message": [], "timestamp": true}',
    "not a number": '{"level": NaN, "time": Infinity, "message": -Infinity}',
    "a huge number": _JSON + "9" * 10_000 + ', "level": 1e999999}',
    "a huge exponent": '{"timestamp": 1e308, "time": -1e308, "level": 30}',
    "a year ahead": f'{{"timestamp": "{A_YEAR_AHEAD.isoformat()}", "level": "INFO", "message": "from tomorrow"}}',
    "the end of time": "9999-12-31T23:59:59.999999999-23:59 ERROR end",
    "before all time": "0000-00-00 00:00:00,000 - app - INFO - no such day",
    "no such moment": "2026-02-30 25:61:61,000 - app - ERROR - no such moment",
    "many keys": "{" + ", ".join(f'"key{number}": {number}' for number in range(10_000)) + "}",
    "the same key": "{" + ", ".join('"level": "INFO"' for _ in range(1000)) + ', "level": "ERROR"}',
    "deep lists": "[" * 10_000,
    "deep objects": '{"a":' * 1000 + "1" + "}" * 1000,
    "a deep field": _JSON + "[" * 5000 + "]" * 5000 + "}",
    "cut json": _JSON + '"cut in the mid',
    "json twice": '{"level": "INFO"}{"level": "ERROR"}',
    "quotes without end": 'level=error msg="never ends ' + '\\"' * 5000,
    "equals signs": "=" * 5000 + "a=b " * 3000,
    "brackets and dashes": "<13>1 " + "[x " * 3000 + " - - -",
    "an access line of nothing": '- - - [-] "-" - - "-" "-"',
    "a traceback of one line": "Traceback (most recent call last):",
    "ten megabytes of json": _JSON + '"' + "x" * 10_000_000 + '"}',
    "ten megabytes of blanks": " " * 10_000_000,
    "ten megabytes of quotes": '"' * 10_000_000,
}
LOG_LINES = {**STRINGS, **LOG_TRICKS, "ten megabytes": LONG["ten megabytes"]}
"""Lines of a log as `LogLine.text` may hold them before it is bounded; those of Loki may hold newlines."""

LOG_BYTES = {
    **{name: text.encode("utf-8", "surrogatepass") for name, text in LOG_LINES.items() if "\n" not in text},
    **{f"{name} of bytes": data for name, data in BYTES.items() if b"\n" not in data and name not in STRINGS},
}
"""The same and worse as one line of a file or of a container's stream, without the newline at its end."""


def unprintable(said: str) -> set[str]:
    return {char for char in said if not char.isprintable() and char not in "\r\n"}
