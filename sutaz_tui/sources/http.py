"""HTTP by httpx2: one small connection pool per origin, bounded bodies, time told phase by phase.

A pool shared by many origins costs quadratic time (15 ms of CPU a request at 1,000 origins), so each origin
has its own. Transports are used without httpx2's client round them: cookies, redirects and environment are
not wanted here.
"""

import asyncio
import importlib
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import httpx2

from sutaz_tui import __version__
from sutaz_tui.config.schema import Auth, Tls
from sutaz_tui.errors import BadAnswer, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Step, Timing
from sutaz_tui.sources.connections import Connections
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.curl import auth_headers, curl
from sutaz_tui.sources.evidence import Shell, record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.http_body import Body, Each
from sutaz_tui.sources.http_heads import Heads, NotHttp
from sutaz_tui.sources.stopwatch import Stopwatch
from sutaz_tui.sources.tcp import stranger
from sutaz_tui.sources.tls_words import WANTS_CERTIFICATE
from sutaz_tui.sources.transport import Stream
from sutaz_tui.text.sanitise import Secrets, head, one_line
from sutaz_tui.text.units import time_limit

READ_LIMIT = 1024 * 1024
KEEP_LIMIT = 4096
CORRELATION = "X-Correlation-ID"
AT_ONCE = 4
"""Questions that one client has under way at once; more wait their turn, within their deadline."""

# httpx2 and anyio load these with the first request, on the event loop, which would be deaf for 60 ms.
for _late in ("httpcore2", "anyio._backends._asyncio"):
    importlib.import_module(_late)

_UNWRITABLE = (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol, httpx2.InvalidURL, ValueError)
Ready = Callable[[float], Awaitable[None]]
_NO_BODY = httpx2.ByteStream(b"")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer: at most 1 MiB of body was kept, or what was asked for, unpacked; `is_cut` says that there was more.

    `packed` says why the body could not be unpacked, "" where it could be; `odd` is a line of the headers that no
    client may read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    timing: Timing
    url: str
    is_cut: bool = False
    certificate_expires: datetime | None = None
    source: str = ""
    packed: str = ""
    odd: str = ""

    @property
    def latency(self) -> float:
        """Seconds from the request to the last byte read."""
        return self.timing.total

    def text(self) -> str:
        """The body as text, undecodable bytes replaced; not sanitised."""
        return f"({self.packed})" if self.packed else self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; BadAnswer says what stands there instead."""
        if self.packed:
            raise BadAnswer(self.source, f"the body is {self.packed}")
        if self.is_cut:
            limit = max(1, len(self.body) >> 20)
            raise BadAnswer(self.source, f"the body is larger than {limit} MiB; is this the right port?")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            start = one_line(self.text(), 60) or "nothing"
            raise BadAnswer(self.source, f"the body is not JSON: {start}") from error


class HttpOrigin:
    """Asks one origin: `base` is `http(s)://host:port[/prefix]` or `unix:///path/to.sock`.

    `ready` is awaited before each question, within its seconds, where there is a way to be opened first.
    `source` names it in errors, `socket` is its path or None. `connections` may be shared with other clients of the same
    origin; `at_once` bounds the questions that this one has under way.
    """

    def __init__(
        self,
        base: str,
        source: str,
        contexts: Contexts,
        *,
        auth: Auth | None = None,
        tls: Tls | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Secrets | None = None,
        shell: Shell | None = None,
        connections: Connections | None = None,
        at_once: int = AT_ONCE,
        ready: Ready | None = None,
    ) -> None:
        self.source = source
        self._ready = ready
        self.socket = socket_of(base)
        self._base = "http://localhost" if self.socket else base.rstrip("/")
        self._contexts = contexts
        self._auth = auth
        self.tls = tls
        self._secrets = secrets or Secrets(())
        self._shell = shell or Shell()
        self._extra = headers or {}
        self._connections = connections or Connections(self.socket)
        self._turns = asyncio.Semaphore(at_once)
        self._is_tls = self._base.startswith("https:")
        self._encoded: httpx2.Headers | None = None
        host = httpx2.URL(self._base)
        self.address = self.socket or f"{host.host}:{host.port or (443 if host.scheme == 'https' else 80)}"
        self._headers = {
            "Host": host.netloc.decode("ascii"),
            "User-Agent": f"sutaz-tui/{__version__}",
            "Accept": "*/*",
            # A compressed body would have to be unpacked before it can be bounded.
            "Accept-Encoding": "identity",
            "Connection": "keep-alive" if self._connections.is_kept else "close",
            **(headers or {}),
            **auth_headers(auth),
        }

    async def get(
        self,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 5.0,
    ) -> HttpAnswer:
        """GET a path of this origin."""
        return await self.request("GET", path, params=params, headers=headers, timeout=timeout)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float = 5.0,
        read_limit: int = READ_LIMIT,
        each: Each | None = None,
    ) -> HttpAnswer:
        """Send one request and read its answer within `timeout` seconds; redirects are answers, not followed.

        Of its body `read_limit` bytes are kept; `each` is given all of it as it comes, until it says that it wants no more.
        Raises Unreachable, Refused, TimedOut or BadAnswer; each leaves its step as evidence.
        """
        url = self._base + path + (f"?{urlencode(params)}" if params else "")
        sent = {**self._headers, **headers} if headers else None
        watch = Stopwatch()
        try:
            async with asyncio.timeout(timeout), self._turns:
                await self.ready(timeout)
                answer = await self._send(method, url, sent, content, watch, (read_limit, each))
        except asyncio.CancelledError:
            self.record(method, url, headers, content, watch, f"given up: {watch.phase()}")
            raise
        except TimeoutError as error:
            failure: SourceError = TimedOut(self.source, f"{watch.phase()} within {time_limit(timeout)}")
            cause: Exception = error
        except NotHttp as error:
            failure, cause = self.stranger(error.heard), error
        except httpx2.RemoteProtocolError as error:
            failure, cause = self._broken(str(error)), error
        except _UNWRITABLE as error:
            # The exception's own text may quote a header, hence a secret.
            words = "the request cannot be written; check address, headers and login in the config"
            failure, cause = Unreachable(self.source, words), error
        except SourceError as error:
            failure, cause = error, error
        except (httpx2.HTTPError, OSError) as error:
            failure, cause = self._lost(error, watch), error
        else:
            start = answer.packed or head(answer.body, KEEP_LIMIT)
            told = one_line(answer.headers.get(CORRELATION, ""), 100)
            self.record(method, url, headers, content, watch, f"{answer.status} {start}", told)
            return answer
        self.record(method, url, headers, content, watch, str(failure))
        try:
            raise failure from (None if cause is failure else cause)
        finally:
            del failure, cause  # see failures.py

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        watch: Stopwatch,
        reading: tuple[int, Each | None],
    ) -> HttpAnswer:
        try:
            return await self._attempt(method, url, headers, content, watch, reading)
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            # A server may close a kept connection just as it is used again: that is no word on its health.
            if watch.is_reused and not watch.first_byte and method in ("GET", "HEAD"):
                watch.restart()
                return await self._attempt(method, url, headers, content, watch, reading)
            raise

    async def _attempt(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        watch: Stopwatch,
        reading: tuple[int, Each | None],
    ) -> HttpAnswer:
        request = httpx2.Request(
            method,
            _parsed(url),
            headers=headers or self._own_headers(),
            content=content,
            stream=_NO_BODY if content is None and method in ("GET", "HEAD") else None,
            extensions={"trace": watch.trace},
        )
        context = await self.context() if self._is_tls else None
        body = Body(*reading)
        async with self._connections.transport(context) as transport:
            response = await transport.handle_async_request(request)
            watch.first_byte = watch.first_byte or time.perf_counter()
            stream = response.stream
            assert isinstance(stream, httpx2.AsyncByteStream)
            wire = response.extensions["network_stream"]
            heads = wire.heads if isinstance(wire, Stream) else Heads()
            body.is_packed(heads.codings, response.headers.get("content-encoding", ""))
            try:
                async for chunk in stream:
                    if not body.take(chunk):
                        break
            finally:
                await stream.aclose()
        watch.done = time.perf_counter()
        return HttpAnswer(
            status=response.status_code,
            headers=response.headers,
            body=bytes(body.kept),
            timing=watch.timing(),
            url=url,
            is_cut=body.is_cut,
            certificate_expires=_expiry(response) if self._is_tls else None,
            source=self.source,
            packed=body.packed,
            odd=one_line(heads.odd.decode("latin-1"), 60),
        )

    def _broken(self, error: str) -> SourceError:
        """What h11's complaint about an answer means."""
        words = _breaks_http(error)
        is_silent = "without an answer" in words
        return BadAnswer(self.source, f"{self.address} {words}{self._doubt() if is_silent else ''}")

    def _lost(self, error: Exception, watch: Stopwatch) -> SourceError:
        """What a lost connection means."""
        failure = network_error(self.source, self.address, error, self.tls)
        if type(failure) is Refused and watch.sent and not watch.first_byte and "reset" in failure.words:
            return Refused(self.source, failure.words + self._doubt())
        return failure

    def _doubt(self) -> str:
        """Many servers hang up on who shows no certificate, and tell why to their log alone."""
        is_shown = not self._is_tls or (self.tls and self.tls.cert_file)
        return "" if is_shown else f"; maybe it {WANTS_CERTIFICATE}"

    def stranger(self, heard: bytes) -> SourceError:
        """That what answers here speaks another protocol, which its first bytes name."""
        return stranger(self.source, self.address, "HTTP", heard, is_tls=self._is_tls)

    def _own_headers(self) -> httpx2.Headers:
        """The headers of every request, encoded once; ValueError when one of them cannot be written."""
        if self._encoded is None:
            self._encoded = httpx2.Headers(self._headers)
        return self._encoded

    async def ready(self, timeout: float) -> None:
        """Return as soon as the way to it is open; raises SourceError."""
        if self._ready is not None:
            await self._ready(timeout)

    @property
    def base(self) -> str:
        """The URL that paths are appended to."""
        return self._base

    @property
    def has_login(self) -> bool:
        """Whether a login is configured."""
        return bool(auth_headers(self._auth))

    @property
    def own_headers(self) -> dict[str, str]:
        """Who we are and how we log in: what a WebSocket of this origin sends too."""
        return {"User-Agent": self._headers["User-Agent"], **self._extra, **auth_headers(self._auth)}

    async def context(self) -> ssl.SSLContext:
        """The TLS context of this origin; Unreachable when a file of it cannot be used."""
        return await self._contexts.get(self.tls, self.source)

    async def renew(self) -> None:
        """Have the next request open a fresh connection."""
        await self._connections.renew()

    async def aclose(self) -> None:
        """Close kept connections, also those of other clients that share them; the next request opens a fresh one."""
        await self._connections.aclose()

    def record(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        watch: Stopwatch,
        answer: str,
        correlation: str = "",
    ) -> None:
        """Leave one question to this origin as evidence."""
        mask = self._secrets.mask
        record(
            Step(
                what=self.source,
                request=mask(f"{method} {url}"),
                answer=mask(answer),
                elapsed=watch.timing().total,
                reproduce=mask(
                    curl(
                        self._shell,
                        method,
                        url,
                        auth=self._auth,
                        tls=self.tls,
                        socket=self.socket,
                        headers={**self._extra, **(headers or {})},
                        content=content,
                    )
                ),
                timing=watch.timing(),
                correlation=mask(correlation or (headers or {}).get(CORRELATION, "")),
            )
        )


def socket_of(base: str) -> str | None:
    """The path of the unix socket that a base URL names, None where it names none."""
    return base.removeprefix("unix://") if base.startswith("unix://") else None


@lru_cache(maxsize=4096)
def _parsed(url: str) -> httpx2.URL:
    """Most URLs are asked again and again, and parsing one costs as much as sending it."""
    return httpx2.URL(url)


def _expiry(response: httpx2.Response) -> datetime | None:
    stream = response.extensions.get("network_stream")
    wrapped = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = wrapped.getpeercert() if wrapped is not None else None
    if not certificate or "notAfter" not in certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _breaks_http(error: str) -> str:
    """What h11's complaint about an answer means."""
    if "disconnected" in error:
        return "closed the connection without an answer"
    if "complete message body" in error:
        return "closed the connection in the middle of its answer"
    return f"breaks HTTP: {one_line(error.partition(': bytearray')[0], 80)}"
