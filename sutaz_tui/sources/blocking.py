"""Client libraries that bring requests: their session sends by the client of everybody else, from daemon threads.

requests alone follows redirects, takes proxies and logins from the environment, reads bodies without end, resolves and
dials by itself, and gives up only when no byte comes for a whole time-out.
"""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar, cast

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from sutaz_tui.errors import BadAnswer, SourceError, TimedOut, Unreachable
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.sources.threads import DaemonCaller
from sutaz_tui.sources.unexpected import UnexpectedStatus, login_denied
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import time_limit

T = TypeVar("T")

THREADS = 2
# These APIs tell of everything in one answer: 4 MiB hold some 4,800 scrape targets.
READ_LIMIT = 4 * 1024 * 1024
# What a thread gets beyond its question's own deadline, which knows which phase was late.
_GRACE = 0.2

# What a library raises about a body that has not the shape it expects; what requests raises is an OSError.
_MISREAD = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OSError)


class TooLarge(BadAnswer):
    """The answer is larger than is read."""


class BlockingOrigin:
    """One origin asked through a blocking client library that uses `session`.

    A library that mounts adapters of its own is followed by `guard`. `failures` are the library's exceptions.
    """

    def __init__(
        self, http: HttpOrigin, failures: tuple[type[Exception], ...] = (), read_limit: int = READ_LIMIT
    ) -> None:
        self.source = http.source
        self.url = http.base
        self.session = requests.Session()
        self.session.trust_env = False
        # A redirect is an answer: requests raises at the first one, after the adapter kept what came.
        self.session.max_redirects = 0
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._http = http
        self._failures: tuple[type[Exception], ...] = (SourceError, *failures, *_MISREAD)
        self._read_limit = read_limit
        self._calls = _Calls()
        self._caller = DaemonCaller(http.source, THREADS)
        self._turns = asyncio.Semaphore(THREADS)
        self.guard()

    def guard(self) -> None:
        """Put the adapter of ours before any that a library mounted."""
        self.session.adapters.clear()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _Adapter(self._http, self._calls, self._read_limit))

    async def ask(self, question: Callable[[], T], timeout: float) -> tuple[T, HttpAnswer]:
        """What the library makes of its one request, and the answer that it was made of.

        Raises UnexpectedStatus, Denied for a configured login that is refused, TooLarge, or another SourceError.
        """
        deadline = time.perf_counter() + timeout
        try:
            async with asyncio.timeout(timeout):
                await self._turns.acquire()
        except TimeoutError as error:
            raise TimedOut(
                self.source, f"earlier questions still wait for their answers after {time_limit(timeout)}"
            ) from error
        # Rounded, because a failure tells it.
        left = max(0.1, round(deadline - time.perf_counter(), 1))
        call = _Call(asyncio.get_running_loop(), left)
        try:
            value = await self._caller.call(lambda: self._in_thread(call, question), left + _GRACE)
        finally:
            self._turns.release()
            if call.asked is not None:
                # Nobody waits any more for what is still under way.
                call.asked.cancel()
        failure, cause = self._judge(call), call.error
        if failure is not None:
            call.error = None
            try:
                raise failure from (None if cause is failure else cause)
            finally:
                del failure, cause  # see failures.py
        assert call.answer is not None
        return cast(T, value), call.answer

    def _in_thread(self, call: "_Call", question: Callable[[], T]) -> T | None:
        self._calls.now = call
        try:
            return question()
        except self._failures as error:
            call.error = error
        finally:
            # This thread waits for its next question, and must not keep the answer to this one.
            del self._calls.now
        return None

    def _judge(self, call: "_Call") -> SourceError | None:
        error, answer = call.error, call.answer
        if isinstance(error, SourceError):
            return error
        if answer is None:
            return Unreachable(self.source, "nothing was sent; internal error")
        if answer.status in (401, 403) and self._http.has_login:
            return login_denied(self.source, answer, "it in `sources`")
        if answer.status != 200:
            return UnexpectedStatus(self.source, answer)
        if error is None:
            return None
        start = one_line(answer.text(), 60) or "nothing"
        return BadAnswer(self.source, f"the body is not what its API sends: {start}; is this the right port?")

    async def aclose(self) -> None:
        """Let idle threads end; the connections are closed by whose they are."""
        self._caller.close()
        self.session.close()


class _Call:
    """One question under way: where it is asked, its seconds, and what was asked and answered so far."""

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout: float) -> None:
        self.loop = loop
        self.timeout = timeout
        self.asked: concurrent.futures.Future[HttpAnswer] | None = None
        self.answer: HttpAnswer | None = None
        self.error: Exception | None = None


class _Calls(threading.local):
    """The question that this thread is at."""

    now: _Call


class _Adapter(BaseAdapter):
    """Sends once, by the event loop, with the login and headers of the client there."""

    def __init__(self, http: HttpOrigin, calls: _Calls, limit: int) -> None:
        super().__init__()
        self._http = http
        self._calls = calls
        self._limit = limit

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        call, url = self._calls.now, str(request.url)
        call.answer = None
        question = self._http.request(
            str(request.method),
            url.removeprefix(self._http.base),
            timeout=call.timeout,
            read_limit=self._limit,
        )
        call.asked = asyncio.run_coroutine_threadsafe(question, call.loop)
        try:
            answer = call.asked.result()
        except concurrent.futures.CancelledError as error:
            raise TimedOut(self._http.source, "given up") from error
        if answer.is_cut:
            raise TooLarge(self._http.source, f"the body is larger than {self._limit >> 20} MiB")
        call.answer = answer
        response = requests.Response()
        response.request, response.url = request, url
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = get_encoding_from_headers(response.headers)
        # requests has no public way to hand over a body that was read already.
        response._content = answer.body
        response._content_consumed = True
        return response

    def close(self) -> None:
        """Nothing of its own is open."""
