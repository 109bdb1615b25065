"""Connections of urllib3 whose names the event loop resolves, as for every other client, and not their own thread."""

import asyncio
import socket
from contextvars import ContextVar
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from sutaz_tui.sources.resolver import PATIENCE

_asker: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("asker", default=None)

# Its deadline passes in the loop; this one is for a loop that has ended meanwhile.
_LOOP_WITHIN = 2 * PATIENCE


def resolve_here() -> None:
    """Let connections that are dialled from this context, in whatever thread, resolve names by the running loop."""
    _asker.set(asyncio.get_running_loop())


if TYPE_CHECKING:
    _Base = HTTPConnection
else:
    _Base = object


class _Resolving(_Base):
    """Dials the addresses of its host one after the other, as urllib3 does with those that it looks up itself."""

    def _new_conn(self) -> socket.socket:
        loop, name = _asker.get(), self.host
        if loop is None:
            return super()._new_conn()
        lookup = loop.getaddrinfo(name.strip("[]"), self.port, type=socket.SOCK_STREAM)
        try:
            found = asyncio.run_coroutine_threadsafe(lookup, loop).result(_LOOP_WITHIN)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error
        try:
            for *_, address in found[:-1]:
                self.host = str(address[0])
                try:
                    return super()._new_conn()
                except NewConnectionError:
                    continue
            self.host = str(found[-1][-1][0])
            return super()._new_conn()
        finally:
            self.host = name


class _Connection(_Resolving, HTTPConnection):
    pass


class _TlsConnection(_Resolving, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}
"""What a `PoolManager` makes its connections of."""
