"""The time zone that TZ names: where it is none, times are in UTC, and that is said."""

import os
import re
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sutaz_tui.text.sanitise import one_line

# POSIX.1-2017, 8.3: a name of three or more letters (or anything in <>), then an offset.
_POSIX = re.compile(r"(<[^>]+>|[A-Za-z]{3,})[+-]?\d")
# UTC by whatever name: nothing has to be known of it.
_UTC = re.compile(r"(Etc/)?(UTC|GMT|UCT|GMT0|UTC0|Zulu|Universal|Greenwich)")


@cache
def settle() -> str:
    """Have TZ stand for a time zone from here on: what to tell a person where it did not, else ""."""
    named = os.environ.get("TZ", "")
    if not named or _is_known(named.removeprefix(":")):
        return ""
    os.environ["TZ"] = "UTC"
    time.tzset()
    return f"TZ={one_line(named, 40)} is not a known time zone: times are in UTC"


def _is_known(name: str) -> bool:
    year = datetime.now(UTC).year
    try:
        # An offset of a day or more is one to the C library, but not to Python.
        offsets = [datetime(year, month, 1).astimezone().utcoffset() for month in (1, 7)]
    except (ValueError, OverflowError):
        return False
    if any(offsets) or not name or _UTC.fullmatch(name) or _POSIX.match(name):
        return True
    # The C library takes what it does not know for UTC.
    from zoneinfo import TZPATH

    return any(Path(folder, name).is_file() for folder in TZPATH)
