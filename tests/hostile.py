"""Texts that an outsider may put into a name, header, body or log line to break a careless screen."""

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
