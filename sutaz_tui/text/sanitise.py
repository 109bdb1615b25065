"""Text from outside made safe to show: control characters, floods and secrets taken out, lengths bounded.

Sanitise first, mask second, truncate last: an escape sequence in the middle of a secret hides it from `mask`,
and half a secret is recognised by nothing. So whatever cuts here (`one_line`, `head`) masks first, whoever calls it:
the secrets of the config in whose name something is done are known all the way down, as the time zone would be.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from unicodedata import category

from sutaz_tui.text.masking import MASKED, Secrets, mask, mask_url
from sutaz_tui.text.units import about, ago, bytes_size, count, duration_ms

__all__ = ["MASKED", "UNSHOWABLE", "Secrets", "about", "ago", "bytes_size", "count", "duration_ms", "head"]
__all__ += ["hidden", "hide", "hiding"]
__all__ += ["mask", "mask_url", "one_line", "sanitise", "sanitise_lines", "truncate"]

UNSHOWABLE = "\ufffd"
MARKS = 4
"""Combining marks kept after one character: more than any living script stacks."""

_SGR = re.compile("(?:\x1b\\[|\x9b)[0-9;:]*+m")
_JAMO = "\u1160-\u11ff\ud7b0-\ud7ff"  # vowels and finals: drawn into the letter before them
_DENSE = re.compile(
    rf"[^\x00-\x7f]{{{MARKS + 1}}}"
)  # quick to miss: most texts end here and are spared the next
_FLOOD = re.compile(rf"(?:[^\x00-\x7f\w]|[{_JAMO}]){{{MARKS + 1},}}+")
# Printable by Unicode's word, yet drawn as nothing: fillers, and variation selectors, which can hide bytes.
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_INVISIBLE = re.compile(f"[{_FILLERS}]")
# Between letters of some scripts, and parts of one emoji: they join, part or turn what is drawn, and take no cell.
_JOINERS = re.compile("(?<=[^\x00-\x7f])[\u200c-\u200f\u061c]+|[\u200e\u200f\u061c]+(?=[^\x00-\x7f])")


_REMEMBERED = 8192
"""Characters of which is remembered what becomes of them: more than a log has, less than an outsider can send."""


class _Signs(dict[int, str]):
    """Maps a character to what stands for it on the screen; the rare ones are worked out when met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        sign = char if char.isprintable() else " " if category(char) == "Zs" else UNSHOWABLE
        if len(self) < _REMEMBERED:
            self[code] = sign
        return sign


class _Stacked(dict[str, bool]):
    """Says of a character in a flood whether it is drawn into the one before it."""

    def __missing__(self, char: str) -> bool:
        found = category(char)[0] == "M" or category(char) == "Lo"
        if len(self) < _REMEMBERED:
            self[char] = found
        return found


_SIGNS = _Signs({code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"})
_STACKED = _Stacked()


def _bounded(text: str) -> str:
    """Printable `text` without invisible characters and with at most MARKS combining marks in a row."""

    def shorten(run: re.Match[str]) -> str:
        kept, length = [], 0
        for char in run[0]:
            length = length + 1 if _STACKED[char] else 0
            if length <= MARKS:
                kept.append(char)
            elif length == MARKS + 1:
                kept.append(UNSHOWABLE)
        return "".join(kept)

    # U+FE0E and U+FE0F only choose between two looks of a sign, whose width terminals then disagree about.
    text = _INVISIBLE.sub(lambda found: "" if found[0] in "\ufe0e\ufe0f" else UNSHOWABLE, text)
    return _FLOOD.sub(shorten, text) if _DENSE.search(text) else text


def sanitise(text: str, *, tab: int = 4) -> str:
    """`text` in printable characters: nothing moves the cursor, turns the direction or fails in UTF-8.

    Colour sequences are dropped, for they carry no text. Another control character shows as its picture (ESC as
    U+241B, a newline as U+240A), all else that cannot be shown as U+FFFD. Doing it twice changes nothing.
    """
    if not text.isprintable():
        if "\x1b" in text or "\x9b" in text:
            text = _SGR.sub("", text)
        if "\t" in text:
            text = text.expandtabs(tab)
        if not text.isprintable():
            text = _JOINERS.sub("", text).translate(_SIGNS)
    return text if text.isascii() else _bounded(text)


_PLAIN = bytes(range(0x20, 0x7F))


def sanitise_lines(lines: list[str]) -> tuple[list[str], list[bytes]]:
    """What `sanitise` makes of each, and that in UTF-8; many times as fast where most are plain ASCII."""
    shown = lines.copy()
    encoded = [line.encode("utf-8", "surrogatepass") for line in lines]
    rests = b"\n".join(encoded).translate(None, _PLAIN).split(b"\n")
    if len(rests) != len(lines):
        rests = encoded  # a line holds a newline: look at all of them
    for place, rest in enumerate(rests):
        if rest:
            shown[place] = sanitise(lines[place])
            encoded[place] = shown[place].encode()
    return shown, encoded


def truncate(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, ending in an ellipsis where something was cut."""
    if len(text) <= limit:
        return text
    return text[: limit - 1] + "…" if limit > 0 else ""


_hidden: ContextVar[Secrets] = ContextVar("hidden", default=Secrets())  # noqa: B039  nobody adds to it


def hidden() -> Secrets:
    """The secrets that are masked before a text is cut."""
    return _hidden.get()


def hide(secrets: Secrets) -> None:
    """Mask these before a text is cut, from now on and in every task and thread that is started from here."""
    _hidden.set(secrets)


@contextmanager
def hiding(secrets: Secrets) -> Iterator[None]:
    """Mask these before a text is cut, inside."""
    token = _hidden.set(secrets)
    try:
        yield
    finally:
        _hidden.reset(token)


def one_line(text: str, limit: int = 200) -> str:
    """`text` sanitised on one line of at most `limit` characters; masked if it is cut, else as it was.

    It reads no more than 8 × `limit` of it, and one secret.
    """
    secrets = _hidden.get()
    part = text[: limit * 8 + secrets.longest]
    line = " ".join(sanitise(" ".join(part.split())).split())
    is_whole = len(part) == len(text)
    if is_whole and len(line) <= limit:
        return line
    masked = secrets.mask(line if is_whole else line + "…")
    return truncate(masked, limit)


def head(data: bytes, limit: int = 4096) -> str:
    """The first `limit` bytes of an answer as sanitised lines; masked if it is cut, a last line tells how much is left out."""
    text, used = _decoded(data, limit)
    if used == len(data):
        return text
    secrets = _hidden.get()
    # A secret may begin in front of the cut and end behind it: UTF-8 has at most four bytes for each character.
    longer, _ = _decoded(data, limit + 4 * secrets.longest)
    return f"{secrets.mask(longer)[: len(text)]}\n… {count(len(data) - used)} more bytes"


def _decoded(data: bytes, limit: int) -> tuple[str, int]:
    """At most `limit` bytes as sanitised lines, and how many bytes these are: no character is cut in two."""
    part = data[:limit]
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(part, final=len(part) == len(data))
    lines = [sanitise(line) for line in text.replace("\r\n", "\n").split("\n")]
    return "\n".join(lines), len(part) - len(decoder.getstate()[0])
