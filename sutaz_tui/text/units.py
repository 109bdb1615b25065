"""Spans, latencies, sizes, counts and names in the few characters a board has for them."""

import re
from collections.abc import Iterable


def ago(seconds: float) -> str:
    """A span as operators read it: `38s`, `4m02s`, `41m`, `3h12m`, `6d02h`, `41d`; never negative."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes == 0:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60:02}s"
    if hours == 0:
        return f"{minutes}m"
    if days == 0:
        return f"{hours}h{minutes % 60:02}m"
    return f"{days}d{hours % 24:02}h" if days < 10 else f"{days}d"


def stepped(seconds: float) -> float:
    """A duration in coarse steps, so that a sentence with it does not change every second: 5 s, 30 s, a minute."""
    step = 5 if seconds < 60 else 30 if seconds < 600 else 60
    return seconds // step * step if seconds >= step else seconds // 1


def duration_ms(seconds: float) -> str:
    """A latency: in milliseconds without unit up to 999, else in seconds: `<1`, `9`, `184`, `1.2s`, `31s`."""
    milliseconds = round(seconds * 1000)
    if milliseconds < 1000:
        return str(milliseconds) if milliseconds > 0 else "<1"
    return f"{seconds:.1f}s" if seconds < 9.95 else f"{seconds:.0f}s"


def duration(seconds: float) -> str:
    """A latency with its unit: `184 ms`, `1.2s`."""
    words = duration_ms(seconds)
    return words if words.endswith("s") else f"{words} ms"


def time_limit(seconds: float) -> str:
    """How long was waited, of which what is left of a deadline has many digits: `5 s`, `1.5 s`, `0.44 s`."""
    return f"{seconds:.2g} s" if seconds < 1 else f"{round(seconds, 1):g} s"


def bytes_size(n: int) -> str:
    """A size of files, disks or traffic in decimal units, cut as `ollama list` does: `812 B`, `1.4 MB`, `637 MB`."""
    size, unit = n, 0
    while size >= 1000 and unit < 5:
        size, unit = size // 1000, unit + 1
    name = ("B", "kB", "MB", "GB", "TB", "PB")[unit]
    return f"{n * 10 // 1000**unit / 10:.1f} {name}" if unit and size < 10 else f"{size} {name}"


def memory_size(n: float) -> str:
    """A size of memory in the powers of two that those who set limits write: `800B`, `512M`, `1.5G`."""
    size, unit = float(n), 0
    while size >= 1024 and unit < 5:
        size, unit = size / 1024, unit + 1
    number = f"{size:.1f}".removesuffix(".0") if unit > 2 and size < 10 else f"{size:.0f}"
    return f"{number}{'BKMGTP'[unit]}"


def first_of(names: Iterable[str], most: int) -> str:
    """The first names of many, and how many more there are: `a, b, c and 2 more`."""
    every = list(names)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more} more" if more > 0 else "")


def about(n: int) -> str:
    """A number that changes all the time, to two digits: `9`, `340`, `1,200`."""
    return count(round(n, 2 - len(str(n))))


def count(n: int) -> str:
    """A number with its thousands set apart: `1,204`."""
    return f"{n:,}"


def plural(n: int, one: str, many: str = "") -> str:
    """So many of something: `1 alert`, `2 alerts`, `1,204 entries` (where `many` says so)."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


_BYTES = re.compile(r"(\d{1,9}) ?([kMGT]?)B", re.IGNORECASE)


def bytes_of(text: str) -> int | None:
    """The bytes that a size such as `200MB` means, in decimal units; None when it is none."""
    found = _BYTES.fullmatch(text.strip())
    return int(found[1]) * 1000 ** " kmgt".index(found[2].lower() or " ") if found else None


def percent(share: float | None) -> str:
    """A percentage that never says 100 of what is less: `100 %`, `99.93 %`, `-` for none."""
    if share is None:
        return "-"
    return "100 %" if share >= 100 else f"{int(share * 100) / 100:.2f} %"


def ordinal(number: int) -> str:
    """A number as it counts times: 1st, 2nd, 3rd, 11th."""
    end = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{end}"
