"""Standard output: whether anybody can still read it."""

import asyncio
import errno
import select
import sys

LOOK = 1.0


def is_closed() -> bool:
    """Whether it was closed before the start (`>&-`): what is printed goes nowhere."""
    return sys.__stdout__ is None


def is_lost(fileno: int) -> bool:
    """Whether the reader of this pipe or the terminal has gone; a file never is lost."""
    poll = select.poll()
    # No event is asked for: an end that went away is told all the same.
    poll.register(fileno, 0)
    return bool(poll.poll(0))


def has_gone(error: BaseException, fileno: int = 1) -> bool:
    """Whether this error of a write says that nobody reads on: a pipe without a reader, a terminal that vanished."""
    if not isinstance(error, OSError):
        return False
    # A disk says EIO too.
    return error.errno == errno.EPIPE or (error.errno == errno.EIO and is_lost(fileno))


async def until_lost(fileno: int) -> None:
    """Wait until nobody reads on; of what is quiet no write would ever tell."""
    while not is_lost(fileno):  # noqa: ASYNC110 - nothing tells it: epoll is not told of what a terminal cannot take
        await asyncio.sleep(LOOK)
