"""Secrets taken out of a text: those that are known by value, and whatever looks like one.

Every pattern is linear: a failed attempt reads a bounded number of characters, or a run that no other attempt
reads again; a `+` after a quantifier keeps it from giving characters back.
"""

import base64
import json
import re
from collections.abc import Iterable
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

# Whatever a pattern below knows comes with one of these. Few and short: a clean line pays for nothing else.
_HINTS = (
    "ke",
    "ki",
    "sk-",
    "pass",
    "pwd",
    "cre",
    "bearer",
    "basic",
    "auth",
    "eyj",
    "asia",
    "ghp_",
    "hub_p",
    "-u",
)

_URL = re.compile(r"(://[^\s/:@\"'<>]*+:)[^\s/\"'<>]+@")
_JWT = re.compile(r"(?<![A-Za-z])eyJ[\w-]*+(?:\.[\w-]*+){0,4}+")
_KEYS = re.compile(r"\b(?:sk-[\w-]{16,}|ghp_\w{20,}|github_pat_\w{20,}|A[KS]IA[A-Z0-9]{16})[\w-]*+")
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


@cache
def _starts() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """The patterns and what each may begin with; compiled with their first use, as that is 5 ms of every start."""

    def compiled(pattern: str, starts: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
        return re.compile(pattern, re.IGNORECASE | re.VERBOSE), re.compile(starts)

    return (
        compiled(_LOGIN, "authorization|bearer|basic|cookie"),
        compiled(_OPTION, "--(?=[a-z])|requirepass|masterauth|passw|-u "),
        compiled(_PAIR, "pass|pwd|secret|credential|token|key|auth|api|acc|encr|jwt|mast|priv|sign"),
    )


def _mask_from(pattern: re.Pattern[str], starts: re.Pattern[str], text: str) -> str:
    """`pattern.sub`, tried only where the lower-cased text has a start: a caseless search costs far more."""
    done, parts = 0, []
    for start in starts.finditer(
        text.replace("\u0130", "I").lower()
    ):  # the one letter that grows when lowered
        if start.start() >= done and (found := pattern.match(text, start.start())):
            parts += [text[done : found.start()], *(group for group in found.groups() if group), MASKED]
            done = found.end()
    return "".join(parts) + text[done:]


def _mask_patterns(text: str) -> str:
    if "@" in text and "://" in text:
        text = _URL.sub(rf"\1{MASKED}@", text)
    lowered = text.lower()
    for hint in _HINTS:
        if hint in lowered:
            break
    else:
        return text
    text = _PEM.sub(rf"\1{MASKED}\2", text)
    text = _JWT.sub(lambda jwt: MASKED if "." in jwt[0] and len(jwt[0]) > 16 else jwt[0], text)
    text = _KEYS.sub(MASKED, text)
    for pattern, starts in _starts():
        text = _mask_from(pattern, starts, text)
    return text


def _forms(value: str) -> set[str]:
    """The ways in which one secret may be written: as it is, in JSON, in a URL."""
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
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
    """The literal secrets of this run; their values leave it only as `***`."""

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

    @staticmethod
    def _choice(forms: dict[str, str]) -> tuple[list[str], re.Pattern[str]]:
        longest_first = sorted(forms, key=len, reverse=True)
        return longest_first, re.compile("|".join(forms[form] for form in longest_first))

    def mask(self, text: str) -> str:
        """`text` with these secrets, and whatever looks like one, as `***`."""
        text = _mask_patterns(self._replace(self._early, text))
        masked = self._replace(self._late, text)
        return masked if masked == text else _mask_patterns(masked)

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
