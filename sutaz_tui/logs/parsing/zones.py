"""How far from UTC a written zone is: `Z`, `+05:30`, and the words that tzdata has today."""

import time
from datetime import UTC, timedelta, timezone

_HOURS = {
    -10: "HST",
    -9: "AKST HDT",
    -8: "AKDT",
    -7: "MST PDT",
    -6: "MDT",
    -5: "EST",
    -4: "AST EDT",
    -3: "ADT",
    0: "GMT UTC WET Z",
    1: "BST CET MET WAT WEST",
    2: "CAT CEST EET MEST SAST",
    3: "EAT EEST IDT MSK",
    5: "PKT",
    7: "WIB",
    8: "AWST HKT WITA",
    9: "JST KST WIT",
    10: "AEST",
    11: "AEDT",
    12: "NZST",
    13: "NZDT",
}
_MINUTES = {word: hours * 60 for hours, words in _HOURS.items() for word in words.split()}
_MINUTES |= {"ACST": 570, "ACDT": 630, "NST": -210, "NDT": -150}
_AMBIGUOUS = ("CDT", "CST", "IST", "PST", "SST")
"""Chicago or Havana or Shanghai; Kolkata, Jerusalem or Dublin; Los Angeles or Manila; Samoa or formerly Singapore."""

_BY_LETTER = "|".join(
    f"{letter}(?:{'|'.join(word[1:] for word in sorted({*_MINUTES, *_AMBIGUOUS}) if word[0] == letter)})"
    for letter in sorted({word[0] for word in (*_MINUTES, *_AMBIGUOUS)})
)
WORDS = rf"(?:Z|UTC|{_BY_LETTER})\b"
"""A pattern of every word that is known for a zone."""
OFFSET = r"[+-]\d\d(?::?\d\d)?(?![\d:])"


def zone_of(written: str) -> timezone | None:
    """The zone that is written so; None for a word that means several and is none of this machine's own."""
    if written[0] in "+-":
        minutes = int(written[1:3]) * 60 + int(written[3:].lstrip(":") or "0")
        return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))
    if written not in _MINUTES:
        own = dict(zip(time.tzname, (-time.timezone, -time.altzone), strict=True))
        return timezone(timedelta(seconds=own[written])) if written in own else None
    return timezone(timedelta(minutes=_MINUTES[written])) if _MINUTES[written] else UTC
