"""What carries HTTP for every client of it: httpx2's transport, with the heads of answers read as browsers read them."""

import ssl
from collections.abc import Iterable

import httpx2
from httpcore2 import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from sutaz_tui.sources.http_heads import Heads


class Stream(AsyncNetworkStream):
    """A connection whose answers begin with heads that h11 takes; reading raises NotHttp."""

    def __init__(self, stream: AsyncNetworkStream) -> None:
        self.heads = Heads()
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            data = await self._stream.read(max_bytes, timeout)
            given = self.heads.feed(data)
            if given or not data:
                return given

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.heads.expect()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        return Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _Backend(AsyncNetworkBackend):
    def __init__(self) -> None:
        self._backend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        return Stream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SOCKET_OPTION] | None = None
    ) -> AsyncNetworkStream:
        return Stream(await self._backend.connect_unix_socket(path, timeout, socket_options))


def transport(
    context: ssl.SSLContext, limits: httpx2.Limits, socket: str | None = None
) -> httpx2.AsyncHTTPTransport:
    """A transport to one origin; `socket` is the path of a unix socket. Its requests may raise NotHttp too."""
    made = httpx2.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits, uds=socket)
    # It takes no other backend in its own arguments.
    made._pool._network_backend = _Backend()
    return made
