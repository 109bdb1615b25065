"""Blocking clients kept off the event loop: at most two daemon threads, a deadline round each call.

Not a ThreadPoolExecutor: the interpreter waits for its threads at exit, so one hung call would hold up the exit.
"""

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from sutaz_tui.errors import TimedOut
from sutaz_tui.text.units import time_limit

T = TypeVar("T")
_Job = tuple[Callable[[], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


def in_daemon(
    function: Callable[[], T], name: str, loop: asyncio.AbstractEventLoop | None = None
) -> "asyncio.Future[T]":
    """The future of what `function()` returns or raises, in a daemon thread of its own: nothing can be ahead of it."""
    target = loop or asyncio.get_running_loop()
    future: asyncio.Future[T] = target.create_future()

    def work() -> None:
        try:
            result = function()
        except BaseException as error:  # handed over whole to whoever awaits the future
            _hand_over(target, _fail, future, error)
        else:
            _hand_over(target, _succeed, future, result)

    threading.Thread(target=work, name=name, daemon=True).start()
    return future


def _hand_over(loop: asyncio.AbstractEventLoop, settle: Callable[..., None], *what: Any) -> None:
    # The loop may be closed by the time a lost call returns: nobody waits for it any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(settle, *what)


def _succeed(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


class DaemonCaller:
    """Calls blocking functions in at most `threads` daemon threads of one source.

    A call that passes its deadline raises TimedOut at once; its thread stays lost until the call returns. While all
    threads are lost, calls fail at once instead of queueing behind them.
    """

    def __init__(self, source: str, threads: int = 2) -> None:
        self._source = source
        self._limit = threads
        self._started = 0
        self._busy = 0
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()

    async def call(self, function: Callable[[], T], timeout: float) -> T:
        """What `function()` returns or raises; TimedOut after `timeout` seconds."""
        loop = asyncio.get_running_loop()
        if self._busy >= self._limit:
            raise TimedOut(self._source, f"{self._limit} earlier questions still wait for their answers")
        self._busy += 1
        if self._started < self._busy:
            self._started += 1
            threading.Thread(target=self._work, name=f"{self._source}-{self._started}", daemon=True).start()
        future: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()
        self._jobs.put((lambda: context.run(function), future, loop))
        try:
            async with asyncio.timeout(timeout) as deadline:
                return await future
        except TimeoutError as error:
            # The function's own passes; it may also have ended just as its time did.
            if not deadline.expired():
                raise
            raise TimedOut(self._source, f"no answer within {time_limit(timeout)}") from error
        finally:
            # An error of the future knows this frame: see failures.py.
            del future

    def close(self) -> None:
        """Let idle threads end; lost ones end with their call or with the process."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future, loop = job
            result: Any = None
            failure: BaseException | None = None
            try:
                result = function()
            except BaseException as error:  # handed over whole to whoever awaits the future
                failure = error
            # The loop may be closed by the time a lost call returns: nobody waits for it any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._finish, future, result, failure)
            # While it waits for the next job, this thread keeps nothing of the last one.
            del job, function, future, loop, result, failure

    def _finish(self, future: "asyncio.Future[Any]", result: Any, failure: BaseException | None) -> None:
        self._busy -= 1
        if future.done():
            return
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
