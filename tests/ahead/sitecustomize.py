"""Python under faketime, for `make ahead`, which sets PYTHONPATH to this folder.

libfaketime up to 0.9.10 adds its offset to the absolute moment of the steady clock until which Python sleeps, though it is
told to leave that clock alone: each sleep is an "Invalid argument". A wait for no file at all sleeps as long.
"""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
