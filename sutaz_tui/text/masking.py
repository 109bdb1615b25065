"""Secrets taken out of a text: those that are known by value, and whatever looks like one.

Every pattern is linear: a failed attempt reads a bounded number of characters, or a run that no other attempt
reads again; a `+` after a quantifier keeps it from giving characters back.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache

from sutaz_tui.text.secret_forms import Form, FormTable, forms_of

MASKED = "***"
SEEN_KEPT = 64
"""Secrets that came up while running and are still masked: tokens of many logins, each of which lives for one run."""

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
_MARK_LEAST = 3
# What `secret_forms` takes for a place at which a text was cut.
_CUTS = re.compile(rb"""\.\.\.|\xe2\x80\xa6|["']""")
_CLOSING = b" \\)]}>,;"


@cache
def _likely() -> re.Pattern[bytes]:
    return re.compile(_LIKELY_SECRET, re.VERBOSE)


def _skeleton(text: bytes) -> bytes:
    return text.translate(_FOLDED, _DROPPED)


class Secrets:
    """The literal secrets of this run; their values leave it only as `***`.

    `values` are masked for ever, of those that are added while it runs the latest SEEN_KEPT. `longest` is the number
    of characters of the longest form that one of them may have.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms = {value: tuple(forms_of(value)) for value in values}
        self._seen: dict[str, tuple[Form, ...]] = {}
        self._arrange()

    def __repr__(self) -> str:
        return f"Secrets({len(self._forms) + len(self._seen)} hidden)"

    def add(self, value: str) -> None:
        """Mask what came up only now, such as a token; what is known by its look is not learnt."""
        if value in self._seen:
            self._seen[value] = self._seen.pop(value)
        elif self.mask(value) != MASKED:
            self._seen[value] = tuple(forms_of(value))
            if len(self._seen) > SEEN_KEPT:
                del self._seen[next(iter(self._seen))]
            self._arrange()

    def and_these(self, values: Iterable[str]) -> "Secrets":
        """These secrets and more."""
        return Secrets([*self._forms, *self._seen, *values])

    @property
    def values(self) -> tuple[str, ...]:
        """All that is masked, as it is written."""
        return *self._forms, *self._seen

    def and_those_of(self, other: "Secrets") -> "Secrets":
        """These secrets and another's."""
        return self.and_these(other.values)

    def _arrange(self) -> None:
        """Plain words go after the patterns, or the secret `password` would uncover `password=other`."""
        forms = [form for known in (self._forms, self._seen) for forms in known.values() for form in forms]
        self._early = FormTable(form for form in forms if form.is_base64 or not form.text.isalpha())
        self._late = FormTable(form for form in forms if not form.is_base64 and form.text.isalpha())

        self.longest = max((len(form.text) for form in forms), default=0)
        self._form_marks: dict[bytes, list[tuple[bytes, bytes]]] = {}
        self._bare_starts: set[bytes] = set()
        for form in forms:
            start, half, whole = (
                text.encode("utf-8", "surrogatepass") for text in (form.start, form.half, form.text)
            )
            if len(_skeleton(start)) >= _MARK_LEAST and len(_skeleton(half)) > _MARK_LEAST:
                alike = self._form_marks.setdefault(_skeleton(start), [])
                alike.append((_skeleton(half), _skeleton(whole)))
            else:
                self._bare_starts.add(start)
        self._maskers: dict[bytes, Callable[[str], str] | None] = {}
        self._maskers_size = 0

    def mask(self, text: str) -> str:
        """`text` with these secrets, and whatever looks like one, as `***`."""
        text = _mask_patterns(self._early.mask(text, MASKED))
        masked = self._late.mask(text, MASKED)
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
        for start in self._bare_starts:
            place = encoded.find(start)
            while place >= 0:
                row = encoded.count(b"\n", 0, place)
                masked[row] = self.mask(lines[row])
                place = encoded.find(start, encoded.find(b"\n", place)) if row + 1 < len(lines) else -1
        return masked

    def _choose_maskers(self, skeletons: list[bytes]) -> None:
        """Remember what lines with these skeletons need: nothing, the patterns, or the known secrets too."""
        together = b"\n".join(skeletons)
        marks = [mark for mark in _MARKS if mark in together]
        form_marks = [mark for mark in self._form_marks if mark in together]
        for skeleton in skeletons:
            masker: Callable[[str], str] | None = None
            if any(mark in skeleton and self._may_hold(skeleton, mark) for mark in form_marks):
                masker = self.mask
            elif any(mark in skeleton for mark in marks) and _likely().search(skeleton):
                masker = _mask_patterns
            self._maskers[skeleton] = masker
        self._maskers_size += len(together)

    def _may_hold(self, skeleton: bytes, mark: bytes) -> bool:
        """Whether half a form stands there, or the start of one where the line ends or was cut."""
        forms = self._form_marks[mark]
        if any(half in skeleton for half, _ in forms):
            return True
        for part in _CUTS.split(skeleton):
            part = part.rstrip(_CLOSING)
            place = part.find(mark, max(0, len(part) - self.longest))
            while place >= 0:
                if any(whole.startswith(part[place:]) for _, whole in forms):
                    return True
                place = part.find(mark, place + 1)
        return False


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
