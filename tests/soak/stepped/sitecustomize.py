"""Python under a libfaketime whose clock is stepped: it adds its offset to the moment at which a sleep is to end."""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
