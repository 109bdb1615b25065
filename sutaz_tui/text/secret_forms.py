"""The ways in which a known secret may be written, and where in a text they, or enough of their beginnings, stand.

Whoever cut a text may have cut a secret in it, by which nobody would know it: so the first half of one is masked
wherever it stands, and its first few characters where the text or a quotation ends behind them.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

PARTED = 8
"""A shorter secret is looked for as a whole only."""
CUT = 6
"""Characters of a secret that tell it where the text ends behind them; of one much like a number PARTED."""
_HALF = 12
"""The first half tells a secret anywhere, yet no fewer characters: two names often begin alike."""
_LINE = 16

# Where a text was cut its quotation ends, or the text itself, or stands the mark of the cut, behind closing signs.
_CUT = re.compile(r"""\\?["']|[\s)\]}>,;]{0,8}(?:\Z|…|\.\.\.)""")
_RARE = re.compile(r"[^0-9a-fB-F]")
_BASE64_REST = re.compile(r"[A-Za-z0-9+/_-]*+={0,2}")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a secret: `half` of it is masked wherever it stands, `start` of it where the text is cut behind.

    `is_word`: a short one, which counts as a whole word only. `is_base64`: what follows belongs to it.
    """

    text: str
    half: str
    start: str
    is_word: bool = False
    is_base64: bool = False

    def end(self, text: str, place: int) -> int:
        """Where what stands of this form at `place` ends; `place` itself when that is too little."""
        end = place + self._common(text, place)
        if text.startswith(self.half, place):
            if self.is_word and not _is_word(text, place, end):
                return place
            rest = _BASE64_REST.match(text, end) if self.is_base64 else None
            return rest.end() if rest else end
        return end if _CUT.match(text, end) else place

    def _common(self, text: str, place: int) -> int:
        """How many characters of the form stand at `place`, of which `start` is known to."""
        least, most = len(self.start), len(self.text)
        while least < most:
            middle = (least + most + 1) // 2
            if text.startswith(self.text[:middle], place):
                least = middle
            else:
                most = middle - 1
        return least


def _is_word(text: str, place: int, end: int) -> bool:
    before, after = text[max(0, place - 3) : place], text[end : end + 1]
    return not (_letter(before[-1:]) or _letter(after) or before == "***")


def _letter(char: str) -> bool:
    return char.isalnum() or char == "_"


def forms_of(secret: str) -> Iterator[Form]:
    """Every form of one secret; of one of several lines (a key file) those of each long line too."""
    lines = [line.strip() for line in secret.splitlines()] if "\n" in secret else []
    blanks_joined = " ".join(secret.split())
    values = dict.fromkeys(
        (secret, secret.strip(), blanks_joined, *(line for line in lines if len(line) >= _LINE))
    )
    for value in values:
        if not value:
            continue
        is_parted = len(value) >= PARTED
        for text in _written(value):
            yield _form(text, is_parted, is_word=len(value) < 4)
        for text in _base64(value):
            yield _form(text, is_parted, is_base64=True)


def _form(text: str, is_parted: bool, is_word: bool = False, is_base64: bool = False) -> Form:
    if not is_parted:
        return Form(text, text, text, is_word, is_base64)
    half = text[: max(_HALF, (len(text) + 1) // 2)]
    # Few lines hold four letters of it; digits and the letters of hexadecimal numbers stand in many.
    size = next((size for size in range(CUT, PARTED) if len(_RARE.findall(text[:size])) >= 4), PARTED)
    return Form(text, half, text[:size], is_word, is_base64)


def _written(value: str) -> set[str]:
    """As it is, in JSON, in a Python literal, in a URL, in HTML."""
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    # JSON is often quoted in JSON.
    forms |= {json.dumps(form)[1:-1] for form in forms}
    # Go's JSON has no bare signs of HTML, that of PHP no bare slash.
    forms |= {re.sub("[&<>]", lambda sign: f"\\u{ord(sign[0]):04x}", form) for form in forms}
    forms |= {re.sub(r"\\u[0-9a-f]{4}", lambda code: "\\u" + code[0][2:].upper(), form) for form in forms}
    forms |= {form.replace("/", "\\/") for form in forms}
    raw = value.encode("utf-8", "surrogatepass")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        forms |= {quoted, re.sub("%..", lambda escape: escape[0].lower(), quoted)}
    return forms | _html(value)


def _html(value: str) -> set[str]:
    """As the pages of servers have it, each of which writes quotes in its own way."""
    signs = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    doubles = {signs, *(signs.replace('"', one) for one in ("&quot;", "&#34;"))}
    singles = ("&#x27;", "&#39;", "&#039;", "&apos;")
    return doubles | {form.replace("'", one) for form in doubles for one in singles}


def _base64(value: str) -> set[str]:
    """What base64 makes of it alone and in `user:value`, less the characters its neighbours touch."""
    raw = value.encode("utf-8", "surrogatepass")
    if len(raw) < 6:
        return set()
    forms = {base64.b64encode(raw)[: len(raw) * 8 // 6].decode()}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + b":" + raw)
        forms.add(whole[(0, 2, 3)[before] : (before + 1 + len(raw)) * 8 // 6].decode())
    return forms | {form.translate({43: 45, 47: 95}) for form in forms}


class FormTable:
    """Forms by their starts, so that a text without any of them costs one look for each start."""

    def __init__(self, forms: Iterable[Form] = ()) -> None:
        self.forms: dict[str, list[Form]] = {}
        for form in forms:
            alike = self.forms.setdefault(form.start, [])
            if form not in alike:
                alike.append(form)

    def mask(self, text: str, masked: str) -> str:
        """`text` with `masked` in the place of every form; of forms that overlap nothing is left."""
        spans = sorted(self._spans(text))
        if not spans:
            return text
        parts, done, begun = [], 0, 0
        for start, end in spans:
            if start >= done:
                parts += [text[begun:start], masked]
            done = begun = max(done, end)
        return "".join(parts) + text[begun:]

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        for start, forms in self.forms.items():
            place = text.find(start)
            while place >= 0:
                end = max([form.end(text, place) for form in forms])
                if end > place:
                    yield place, end
                place = text.find(start, max(end, place + 1))
