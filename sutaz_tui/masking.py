"""Secrets taken out of a text: those that are known by value, and whatever looks like one.

Every pattern is linear: a failed attempt reads a bounded number of characters, or a run that no other attempt
reads again; a `+` after a quantifier keeps it from giving characters back.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from urllib.parse import quote, quote_plus

MASKED = "***"

_VARIABLE = r"(?-i:\$\{[A-Z_][A-Z0-9_]{0,64}\}|\$[A-Z_][A-Z0-9_]{0,64})"  # stands for a secret, shows none
_END = r"(?=\Z|[\s\"'\\&,;)\]}␊␍])"
_PLAIN = rf"(?!\\{{0,4}}[\"']?(?:null|none|nil|true|false|{_VARIABLE}){_END})"
_VALUE = r"[^\s&\"'␊␍]*[^\s&\"'␊␍,;)\]}]"
_WORD = r"""(?:passw(?:or)?d|passphrase|passcode|(?<=_)pass(?=[\\"']{0,4}\s?[=:])|pwd|secret|credential
    |(?:api|access|account|encryption|jwt|master|private|signing)[_-]?key
    |token(?!s|iz|[_-]?(?:type|count|limit|usage|budget|length|ttl|expir|url|endpoint|name))
    |(?<=[?&])(?:key|pass|auth)(?==)|(?<=["'])auth(?=\\{0,4}["']))"""

_URL = re.compile(r"(://[^\s/:@\"'<>]*+:)[^\s/\"'<>]+@")
_JWT = re.compile(r"(?<![A-Za-z])eyJ[\w-]*+(?:\.[\w-]*+){0,4}+")
_KEYS = re.compile(r"\b(?:sk-[\w-]{16,}|ghp_\w{20,}|github_pat_\w{20,}|A[KS]IA[A-Z0-9]{16})[\w-]*+")
_KEY_STARTS = ("sk-", "ghp_", "github_pat_", "AKIA", "ASIA")
_PEM = re.compile(
    r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)[^-]*+(?:-(?!----)[^-]*+)*+"
    r"(-----END [A-Z ]{0,40}PRIVATE KEY-----)?"
)
_LOGIN = rf"""(authorization\\{{0,4}}["']?[ \t]{{0,8}}+[:=][ \t]{{0,8}}+\\{{0,4}}["']?
          (?:(?:bearer|basic|token|apikey|key|digest|negotiate)[ \t]{{1,8}}+)?+)
        (?!{_VARIABLE}{_END}) [^\s"'\\,;␊␍]+
      | (\bbearer[ \t]{{1,8}}+) (?!(?:auth\w*|tokens?|realm|scheme)\b|{_VARIABLE}{_END}) [^\s"'\\,;&)\]}}␊␍]+
      | (\bbasic[ \t]{{1,8}}+) (?=[A-Za-z0-9+/_-]{{1,99}}(?-i:[A-Z0-9+/=])) [A-Za-z0-9+/_-]{{6,}}+={{0,2}}
      | (\bcookie\\{{0,4}}["']?[ \t]{{0,8}}+[:=][ \t]{{0,8}}+\\{{0,4}}["']?) [^"'\r\n␊␍\\]+"""
_PAIR = rf"""({_WORD}[\w-]{{0,24}}+\\{{0,4}}["']?[ \t]{{0,8}}+(?:=>|:=|%3d|[:=])[ \t]{{0,8}}+)
    {_PLAIN} (?![\[{{]["'\s\[{{}}\]])
    (?: (\\{{1,8}}["'])[^"'\r\n]*[^"'\r\n\\]
      | ([bru]{{0,2}}")(?:[^"\\\r\n]++|\\.)++
      | ([bru]{{0,2}}')(?:[^'\\\r\n]++|\\.)++
      | (?!\\{{1,8}}["']){_VALUE})"""
_OPTION = rf"""((?:--[\w-]{{0,24}}?(?:passw(?:or)?d|secret|token|api-?key)|requirepass|masterauth)
          [ \t]{{1,8}}+["']?)
         (?!-|{_VARIABLE}{_END}) [^\s"'␊␍]+
      | (\bpassw(?:or)?d[ \t]{{1,8}}+')[^'\r\n]+
      | ((?<!\S)(?:-u|--user)[ \t]{{1,8}}+["']?[^\s:"']{{1,64}}:)(?!{_VARIABLE}{_END})[^\s"']+"""


# A token with its name in words or in a path: "verification token for a@b: x1", "/verify-email/x1".
_NAMED = r"""((?:verif|reset|confirm|invit)[a-z]{0,12}+[ _-](?:token|code)\b[^:=\r\n␊␍]{0,80}+[:=][ \t]{0,8}+["']?)
          (?=[^\s"'␊␍]{0,99}\d) [^\s"'\\,;&)\]}␊␍]{6,}
      | ((?:verif|reset|confirm|invit)[a-z_-]{0,20}+/) (?=[\w.~%+-]{0,199}\d) [\w.~%+-]{16,}"""

# What a lower-cased text holds wherever the pattern matches: looked for first, as most texts hold none of it.
_LOGIN_HINTS = ("authorization", "bearer", "basic", "cookie")
_OPTION_HINTS = ("--", "pass", "masterauth", "-u ")
_PAIR_HINTS = ("pass", "pwd", "secret", "credential", "token", "key", "auth")
_NAMED_HINTS = ("verif", "reset", "confirm", "invit")


@cache
def _starts() -> tuple[tuple[tuple[str, ...], re.Pattern[str], re.Pattern[str]], ...]:
    """Hints, the pattern, what it may begin with; compiled with their first use, as that is 5 ms of every start."""

    def compiled(
        hints: tuple[str, ...], pattern: str, starts: str
    ) -> tuple[tuple[str, ...], re.Pattern[str], re.Pattern[str]]:
        return hints, re.compile(pattern, re.IGNORECASE | re.VERBOSE), re.compile(starts)

    return (
        compiled(_LOGIN_HINTS, _LOGIN, "authorization|bearer|basic|cookie"),
        compiled(_OPTION_HINTS, _OPTION, "--(?=[a-z])|requirepass|masterauth|passw|-u "),
        compiled(
            _PAIR_HINTS, _PAIR, "pass|pwd|secret|credential|token|key|auth|api|acc|encr|jwt|mast|priv|sign"
        ),
        compiled(_NAMED_HINTS, _NAMED, "verif|reset|confirm|invit"),
    )


def _lowered(text: str) -> str:
    """`text` in lower case, every letter at its place: U+0130 is the one that grows when lowered."""
    return text.replace("\u0130", "I").lower()


def _mask_from(pattern: re.Pattern[str], starts: re.Pattern[str], text: str) -> str:
    """`pattern.sub`, tried only where the lower-cased text has a start: a caseless search costs far more."""
    done, parts = 0, []
    for start in starts.finditer(_lowered(text)):
        if start.start() >= done and (found := pattern.match(text, start.start())):
            parts += [text[done : found.start()], *(group for group in found.groups() if group), MASKED]
            done = found.end()
    return "".join(parts) + text[done:]


def _mask_patterns(text: str) -> str:
    if "@" in text and "://" in text:
        text = _URL.sub(rf"\1{MASKED}@", text)
    if "PRIVATE KEY-----" in text:
        text = _PEM.sub(rf"\1{MASKED}\2", text)
    if "eyJ" in text:
        text = _JWT.sub(lambda jwt: MASKED if "." in jwt[0] and len(jwt[0]) > 16 else jwt[0], text)
    for key_start in _KEY_STARTS:
        if key_start in text:
            text = _KEYS.sub(MASKED, text)
    lowered = _lowered(text)
    for hints, pattern, starts in _starts():
        for hint in hints:
            if hint in lowered:
                text = _mask_from(pattern, starts, text)
                break
    return text


# A line's skeleton is what is left of it without digits and the letters a to f, in lower case but for the A: alike
# in lines that differ in times, numbers and ids alone, so that few of many lines have to be looked at.
_FOLDED = bytes(code + 32 if 66 <= code <= 90 else code for code in range(256))
_DROPPED = b"0123456789abcdefBCDEF"
# Wherever a pattern above matches, the skeleton has one of these marks, quick to miss, and `_LIKELY_SECRET` matches it.
# Letters beyond ASCII count there as i, k and s where case does not.
_ODD_LETTERS = tuple(letter.encode() for letter in "\u0130\u0131\u017f\u212a")
_MARKS = (
    *(b"pss", b"pAss", b"pw", b"srt", b"rnti", b"ky", b"tokn", b"uth=", b'uth"', b"uth'", b"uth\\", b"uth "),
    *(b"uthoriz", b"rr ", b"rr\t", b"si ", b"si\t", b"ooki", b"uth\t", b"--usr", b"-u ", b"@", b"yj", b"sk-"),
    *(b"ghp_", b"githu_p", b"AkiA", b"AsiA", b"vri", b"rst", b"onirm", b"invit", *_ODD_LETTERS),
)
_LIKELY_SECRET = rb"""uthoriz | (?<!\w)A?(?:rr|si)[ \t] | ooki | yj | ky-----
    | (?:pA?ss(?:w|phr|o) | [_?&]pA?ss | pw | srt | rnti | ky | tokn)[\w\x80-\xff-]{0,99}+\\{0,4}["']?[ \t]{0,8}[:=%]
    | A?uth(?:\\{0,4}["']|=) | -[\w\x80-\xff]{0,99}(?:pA?ssw(?:or)?|srt|tokn|ky)[ \t] | rquirpA?ss[ \t]
    | strA?uth[ \t] | pA?ssw(?:or)?[ \t]{1,8}' | (?:-u|--usr)[ \t] | ://[^\s/:@"'<>]*+:[^\s/"'<>@]*+@
    | (?<!\w)(?:sk-|ghp_|githu_p|A[ks]iA)
    | (?:vri|rst|onirm|invit)(?:\w{0,12}[ _-](?:tokn|o)[^:=]{0,80}+[:=] | [\w-]{0,20}/) | \xc4[\xb0\xb1] | \xc5\xbf
    | \xe2\x84\xaa"""
_SKELETONS_KEPT = 1 << 20


@cache
def _likely() -> re.Pattern[bytes]:
    return re.compile(_LIKELY_SECRET, re.VERBOSE)


def _skeleton(text: bytes) -> bytes:
    return text.translate(_FOLDED, _DROPPED)


def _forms(value: str) -> set[str]:
    """The ways in which one secret may be written: as it is, in JSON, in a URL."""
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    # Go's JSON has no bare signs of HTML, that of PHP no bare slash.
    forms |= {re.sub("[&<>]", lambda sign: f"\\u{ord(sign[0]):04x}", form) for form in forms}
    forms |= {form.replace("/", "\\/") for form in forms}
    raw = value.encode("utf-8", "surrogatepass")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        forms |= {quoted, re.sub("%..", lambda escape: escape[0].lower(), quoted)}
    return forms


def _base64_forms(value: str) -> set[str]:
    """What base64 makes of `value` alone and in `user:value`, less the characters its neighbours touch."""
    raw = value.encode("utf-8", "surrogatepass")
    if len(raw) < 6:
        return set()
    forms = {base64.b64encode(raw)[: len(raw) * 8 // 6].decode()}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + b":" + raw)
        forms.add(whole[(0, 2, 3)[before] : (before + 1 + len(raw)) * 8 // 6].decode())
    return forms | {form.translate({43: 45, 47: 95}) for form in forms}


class Secrets:
    """The literal secrets of this run; their values leave it only as `***`.

    `longest` is the number of characters of the longest form that one of them may have.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._compile()
        for value in values:
            self.add(value)

    def __repr__(self) -> str:
        return f"Secrets({len(self._values)} hidden)"

    def add(self, value: str) -> None:
        """Mask `value` from now on; of a value of several lines (a key file) each long line too."""
        lines = [line.strip() for line in value.splitlines()] if "\n" in value else []
        fresh = {value, value.strip(), *(line for line in lines if len(line) >= 16)} - self._values - {""}
        if fresh:
            self._values |= fresh
            self._compile()

    def _compile(self) -> None:
        """Plain words go after the patterns, or the secret `password` would uncover `password=other`."""
        early: dict[str, str] = {}
        late: dict[str, str] = {}
        for value in self._values:
            for form in _forms(value):
                exact = re.escape(form) if len(value) >= 4 else rf"(?<!\w)(?<!\*\*\*){re.escape(form)}(?!\w)"
                (late if form.isalpha() else early)[form] = exact
            early |= {form: re.escape(form) + "[A-Za-z0-9+/_-]*+={0,2}" for form in _base64_forms(value)}
        self._early, self._late = self._choice(early), self._choice(late)

        self.longest = max(map(len, (*self._early[0], *self._late[0])), default=0)
        forms = {form: form.encode("utf-8", "surrogatepass") for form in (*self._early[0], *self._late[0])}
        self._form_marks = tuple(mark for raw in forms.values() if len(mark := _skeleton(raw)) >= 4)
        self._bare_forms = {form: raw for form, raw in forms.items() if len(_skeleton(raw)) < 4}
        self._maskers: dict[bytes, Callable[[str], str] | None] = {}
        self._maskers_size = 0

    @staticmethod
    def _choice(forms: dict[str, str]) -> tuple[list[str], re.Pattern[str]]:
        longest_first = sorted(forms, key=len, reverse=True)
        return longest_first, re.compile("|".join(forms[form] for form in longest_first))

    def mask(self, text: str) -> str:
        """`text` with these secrets, and whatever looks like one, as `***`."""
        text = _mask_patterns(self._replace(self._early, text))
        masked = self._replace(self._late, text)
        return masked if masked == text else _mask_patterns(masked)

    def mask_lines(self, lines: list[str], raw: list[bytes]) -> list[str]:
        """What `mask` makes of each, given them in UTF-8 too; many times as fast where most are alike and hold nothing."""
        encoded = b"\n".join(raw)
        skeletons = _skeleton(encoded).split(b"\n")
        if len(skeletons) != len(lines):  # a line holds a newline
            return [self.mask(line) for line in lines]
        maskers = self._maskers
        if fresh := [skeleton for skeleton in set(skeletons) if skeleton not in maskers]:
            self._choose_maskers(fresh)
        masked = [
            line if (masker := maskers[skeleton]) is None else masker(line)
            for line, skeleton in zip(lines, skeletons, strict=True)
        ]
        if self._maskers_size > _SKELETONS_KEPT:
            self._maskers, self._maskers_size = {}, 0
        if bare := [form for form, raw in self._bare_forms.items() if raw in encoded]:
            masked = [
                self.mask(line) if any(form in line for form in bare) else done
                for line, done in zip(lines, masked, strict=True)
            ]
        return masked

    def _choose_maskers(self, skeletons: list[bytes]) -> None:
        """Remember what lines with these skeletons need: nothing, the patterns, or the known secrets too."""
        together = b"\n".join(skeletons)
        marks = [mark for mark in _MARKS if mark in together]
        form_marks = [mark for mark in self._form_marks if mark in together]
        for skeleton in skeletons:
            masker: Callable[[str], str] | None = None
            if any(mark in skeleton for mark in form_marks):
                masker = self.mask
            elif any(mark in skeleton for mark in marks) and _likely().search(skeleton):
                masker = _mask_patterns
            self._maskers[skeleton] = masker
        self._maskers_size += len(together)

    @staticmethod
    def _replace(choice: tuple[list[str], re.Pattern[str]], text: str) -> str:
        for form in choice[0]:
            if form in text:
                return choice[1].sub(MASKED, text)
        return text


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with all that looks like a secret, and all of `secrets`, as `***`; a kept `Secrets` is faster."""
    values = tuple(secrets)
    return Secrets(values).mask(text) if values else _mask_patterns(text)


def mask_url(url: str) -> str:
    """One URL without its password and the secrets in its query; also where the password holds a bare `/`."""
    scheme, mark, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, colon, password = authority.partition(":")
    if mark and colon and "@" not in authority and "@" in rest and not password.isdigit():
        url = f"{scheme}://{user}:{MASKED}@{rest.rpartition('@')[2]}"
    return mask(url)
