"""HTTP for client libraries that bring requests: their session made safe, in at most two daemon threads.

requests alone follows redirects, takes proxies and logins from the environment, reads bodies without end, and
gives up only when no byte comes for a whole time-out: an answer that drips would hold its thread for ever.
"""

import asyncio
import http.client
import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLContext
from typing import Any, TypeVar, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter

from sutaz_tui import __version__
from sutaz_tui.config.schema import Source
from sutaz_tui.errors import BadAnswer, Denied, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Step, Timing
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.curl import auth_headers, curl
from sutaz_tui.sources.dialling import POOLS, resolve_here
from sutaz_tui.sources.evidence import Shell, record
from sutaz_tui.sources.failures import chain, network_error
from sutaz_tui.sources.http import KEEP_LIMIT, HttpAnswer
from sutaz_tui.sources.threads import DaemonCaller
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import Secrets, head, one_line

T = TypeVar("T")

THREADS = 2
# These APIs tell of everything in one answer: 4 MiB hold some 4,800 scrape targets.
READ_LIMIT = 4 * 1024 * 1024

# What a library raises about a body that has not the shape it expects.
_MISREAD = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)

# The board says itself where TLS is not checked; a warning would be written across it.
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


class BlockingOrigin:
    """One origin asked through a blocking client library that uses `session`; `source` names it in errors.

    A library that mounts adapters of its own is followed by `guard`. `failures` are the library's exceptions.
    """

    def __init__(
        self,
        settings: Source,
        source: str,
        failures: tuple[type[Exception], ...],
        contexts: Contexts,
        secrets: Secrets,
        shell: Shell,
        read_limit: int = READ_LIMIT,
    ) -> None:
        self.source = source
        self.url = settings.url.rstrip("/")
        self.has_login = bool(auth_headers(settings.auth))
        self.session = _session(settings)
        self._settings = settings
        self._contexts = contexts
        self._failures: tuple[type[Exception], ...] = (*failures, *_MISREAD)
        self._secrets = secrets
        self._shell = shell
        self._read_limit = read_limit
        self._address = self.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        self._calls = _Calls()
        self._caller = DaemonCaller(source, THREADS)
        self._turns = asyncio.Semaphore(THREADS)
        self.guard()

    def guard(self) -> None:
        """Put the bounded adapter before any that a library mounted."""
        self.session.adapters.clear()
        adapter = _Bounded(self.source, self._calls, self._read_limit)
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)

    async def ask(self, question: Callable[[], T], timeout: float) -> tuple[T, HttpAnswer]:
        """What the library makes of its one request, and the answer that it was made of.

        Raises UnexpectedStatus, Denied for a configured login that is refused, or another SourceError.
        """
        deadline = time.perf_counter() + timeout
        call = _Call(deadline)
        resolve_here()
        try:
            async with asyncio.timeout(timeout):
                call.context = await self._context()
                await self._turns.acquire()
        except SourceError as error:
            self._record(call, error)
            raise
        except TimeoutError as error:
            raise TimedOut(
                self.source, f"earlier questions still wait for their answers after {timeout:g} s"
            ) from error
        # Rounded, because a failure tells it.
        left = max(0.1, round(deadline - time.perf_counter(), 1))
        value: T | None = None
        failure: SourceError | None = None
        try:
            value = await self._caller.call(lambda: self._in_thread(call, question), left)
            failure = self._judge(call)
        except TimedOut as late:
            failure = late
        finally:
            self._turns.release()
            self._record(call, failure)
        if failure is not None:
            cause, call.error = call.error, None
            try:
                raise failure from (None if cause is failure else cause)
            finally:
                del failure, cause  # see failures.py
        assert call.answer is not None
        return cast(T, value), call.answer

    async def _context(self) -> SSLContext | None:
        if not self.url.startswith("https:"):
            return None
        return await self._contexts.get(self._settings.tls, self.source)

    def _in_thread(self, call: "_Call", question: Callable[[], T]) -> T | None:
        self._calls.now = call
        try:
            return question()
        except (SourceError, OSError, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
            call.error = error
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
        if answer is not None and answer.status != 200:
            if answer.status in (401, 403) and self.has_login:
                return Denied(
                    self.source, f"the configured login is refused ({answer.status}); check it in `sources`"
                )
            return UnexpectedStatus(self.source, answer)
        if error is None:
            return (
                None
                if answer is not None
                else Unreachable(self.source, "nothing was asked; a fault of our own")
            )
        if answer is not None:
            start = one_line(answer.text(), 60) or "nothing"
            return BadAnswer(
                self.source, f"the body is not what its API sends: {start}; is this the right port?"
            )
        for cause in chain(error):
            if isinstance(cause, http.client.IncompleteRead):
                return BadAnswer(self.source, f"{self._address} ended its answer too soon")
            if isinstance(cause, http.client.HTTPException) and not isinstance(cause, ConnectionError):
                return BadAnswer(
                    self.source, f"{self._address} answers, but not in HTTP; is this the right port?"
                )
        return network_error(self.source, self._address, error)

    def _record(self, call: "_Call", failure: SourceError | None) -> None:
        mask = self._secrets.mask
        url = call.url or self.url
        answer = call.answer
        words = (
            f"{answer.status} {head(answer.body, KEEP_LIMIT)}"
            if answer is not None
            else str(failure or "given up")
        )
        settings = self._settings
        line = curl(self._shell, "GET", url, auth=settings.auth, tls=settings.tls, headers=settings.headers)
        record(
            Step(
                what=self.source,
                request=mask(f"GET {url}"),
                answer=mask(words),
                elapsed=time.perf_counter() - call.started,
                reproduce=mask(line),
                timing=answer.timing if answer is not None else None,
            )
        )

    async def aclose(self) -> None:
        """Close kept connections and let idle threads end."""
        self._caller.close()
        self.session.close()


class _Call:
    """One question under way: its deadline, and what was asked and answered so far."""

    def __init__(self, deadline: float) -> None:
        self.started = time.perf_counter()
        self.deadline = deadline
        self.context: SSLContext | None = None
        self.url = ""
        self.answer: HttpAnswer | None = None
        self.error: Exception | None = None


class _Calls(threading.local):
    """The question that this thread is at."""

    now: _Call


class _Bounded(HTTPAdapter):
    """Sends once, within the deadline of the question under way, and reads at most `limit` bytes."""

    def __init__(self, source: str, calls: _Calls, limit: int) -> None:
        super().__init__(pool_connections=1, pool_maxsize=THREADS, max_retries=0)
        self.poolmanager.pool_classes_by_scheme = POOLS
        self._source = source
        self._calls = calls
        self._limit = limit

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, *_: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where to connect, with the TLS context of the question under way."""
        place = super().build_connection_pool_key_attributes(request, verify=False)[0]
        return place, {"ssl_context": self._calls.now.context}

    def cert_verify(self, *_: Any) -> None:
        """The context holds the config's files already, and the system's authorities, not those of requests."""

    def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
        call = self._calls.now
        call.url, call.answer = str(request.url), None
        began = time.perf_counter()
        settings |= {"stream": True, "timeout": max(0.05, call.deadline - began)}
        response = super().send(request, *args, **settings)
        first_byte = time.perf_counter()
        body = self._read(response.raw, call.deadline)
        done = time.perf_counter()
        # requests has no public way to hand over a body that was read already.
        response._content = body
        response._content_consumed = True
        call.answer = HttpAnswer(
            status=response.status_code,
            headers=response.headers,
            body=body,
            timing=Timing(first_byte=first_byte - began, total=done - began),
            url=call.url,
            source=self._source,
        )
        return response

    def _read(self, raw: Any, deadline: float) -> bytes:
        body = bytearray()
        # read1 returns with whatever one wait brought, so that the deadline is looked at in between.
        while chunk := raw.read1(65536, decode_content=False):
            body += chunk
            is_late = time.perf_counter() > deadline
            if len(body) > self._limit or is_late:
                raw.close()
                # The error keeps this frame for as long as it is told.
                body.clear()
                if is_late:
                    raise TimedOut(self._source, "the answer did not end in time")
                words = f"the body is larger than {self._limit >> 20} MiB; is this the right port?"
                raise BadAnswer(self._source, words)
        raw.release_conn()
        return bytes(body)


def _session(settings: Source) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    # A redirect is an answer: requests raises at the first one, after the adapter kept what came.
    session.max_redirects = 0
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {
            "User-Agent": f"sutaz-tui/{__version__}",
            # A compressed body would have to be unpacked before it can be bounded.
            "Accept-Encoding": "identity",
            **settings.headers,
            **auth_headers(settings.auth),
        }
    )
    return session
