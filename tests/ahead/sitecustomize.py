"""Python under faketime, for `make test-ahead`, which sets PYTHONPATH to this folder.

libfaketime of Debian 12 and 13 knows neither the functions by which Python reads and sets the times of files, nor how Python
sleeps: it adds its offset to a moment of the steady clock, which it is told to leave alone, and the sleep is an error.
"""

import os
import select
import time

_AHEAD = int(os.environ["FAKETIME"].removeprefix("+").removesuffix("d")) * 86_400
_OF_TIMES = ("st_atime", "st_mtime", "st_ctime")
_OTHERS = ("st_blksize", "st_blocks", "st_rdev")

_utime = os.utime


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


def _ahead(look):
    def ahead(*args, **more):
        found = look(*args, **more)
        fields = {name: getattr(found, name) for name in _OTHERS}
        for name in _OF_TIMES:
            fields[name] = getattr(found, name) + _AHEAD
            fields[f"{name}_ns"] = getattr(found, f"{name}_ns") + _AHEAD * 10**9
        return os.stat_result((*found[:7], *(int(fields[name]) for name in _OF_TIMES)), fields)

    return ahead


def _utime_back(path, times=None, *, ns=None, **more):
    if times is not None:
        ns = tuple(int(moment * 10**9) for moment in times)
    elif ns is None:
        ns = (time.time_ns(), time.time_ns())
    _utime(path, ns=tuple(moment - _AHEAD * 10**9 for moment in ns), **more)


time.sleep = _sleep
os.stat, os.lstat, os.fstat = map(_ahead, (os.stat, os.lstat, os.fstat))
os.utime = _utime_back
