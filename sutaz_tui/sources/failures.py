"""What a failed connection means in an operator's words: one reading of the exceptions of every client.

Whoever keeps an error in a local variable and raises it deletes the variable: the error knows its frames, and a frame
that knows the error keeps all that it read, megabytes at times, until the collector comes, which counts objects.
"""

import errno
import socket
import ssl
from collections.abc import Iterator

from sutaz_tui.config.schema import Tls
from sutaz_tui.errors import (
    Denied,
    NoHost,
    NoNameServer,
    NoNetwork,
    NotListening,
    Refused,
    SourceError,
    TimedOut,
    Unreachable,
)
from sutaz_tui.sources.tls_words import tls_words
from sutaz_tui.text.sanitise import one_line


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that stand behind it, groups opened, the outermost first."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(behind for behind in (current.__cause__, current.__context__) if behind is not None)


def let_go(error: BaseException) -> None:
    """Take from a judged error, and from all behind it, the frames that it went through.

    asyncio and client libraries keep errors in their own frames, beside buffers of a quarter of a megabyte.
    """
    for one in chain(error):
        one.__traceback__ = None


def network_error(source: str, address: str, error: BaseException, tls: Tls | None = None) -> SourceError:
    """The SourceError that a client library's exception amounts to; `address` is safe to show, `tls` were the settings."""
    for cause in chain(error):
        found = _one(source, address, cause, tls)
        if found is not None:
            return found
    words = one_line(str(error), 120)
    return Refused(source, f"{address} closed the connection" + (f": {words}" if words else ""))


def no_tls(source: str, address: str) -> Refused:
    """That TLS is configured, and what answers there does not know it."""
    return Refused(source, f"{address} speaks no TLS; check its port, or ask it without TLS")


def _one(source: str, address: str, error: BaseException, tls: Tls | None) -> SourceError | None:
    port = address.rpartition(":")[2]
    short = f":{port}" if port.isdigit() else address
    host = address.rpartition(":")[0] or address
    match error:
        case SourceError():
            # Docker could not tell where a container is: that is no word of who was to be asked there.
            return type(error)(source, error.words)
        case socket.gaierror(errno=socket.EAI_AGAIN):
            return NoNameServer(
                source, f"the name server does not answer for {host}; check DNS of this machine"
            )
        case socket.gaierror():
            return Unreachable(
                source, f"the name {host} does not resolve; check the address in the config and DNS"
            )
        case ssl.SSLError():
            return Refused(source, tls_words(address, error, tls))
        case ConnectionRefusedError():
            return NotListening(source, f"{short} refused")
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return Refused(source, f"{short} reset the connection")
        case TimeoutError():
            return TimedOut(source, f"{short} gave no answer in time")
        case FileNotFoundError():
            return NotListening(source, f"the socket file {address} is missing")
        case PermissionError():
            return Denied(source, f"{address} may not be opened by this user; add the user to its group")
        case OSError(errno=errno.EMFILE | errno.ENFILE):
            return Unreachable(source, "this program has no free file descriptors; raise ulimit -n")
        case OSError(errno=errno.ENETUNREACH | errno.EADDRNOTAVAIL | errno.ENETDOWN):
            return NoNetwork(source, f"no network leads to {address}; check this machine's own network")
        case OSError(errno=errno.EHOSTUNREACH | errno.EHOSTDOWN):
            return NoHost(source, f"{address} cannot be reached: no such host, or a firewall rejects it")
    return None
