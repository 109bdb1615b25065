"""Plain TCP and TLS: dialling a port, hearing its first bytes, and reading its certificate."""

import asyncio
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sutaz_tui.config.schema import Tls
from sutaz_tui.errors import BadAnswer, SourceError, TimedOut
from sutaz_tui.model import Step, Timing
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import Shell, record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.text.sanitise import Secrets, head, one_line

KEEP_LIMIT = 4096
# Which protocol begins so; the longest beginning that fits wins by standing first.
_BEGINNINGS = (
    (b"HTTP/", "HTTP"),
    (b"<!DOCTYPE", "HTTP"),
    (b"SSH-", "SSH"),
    (b"AMQP", "AMQP"),
    (b"-ERR", "Redis"),
    (b"-NOAUTH", "Redis"),
    (b"-DENIED", "Redis"),
    (b"+PONG", "Redis"),
    (b"\x15\x03", "TLS"),
    (b"220", "SMTP or FTP"),
    (b"* OK", "IMAP"),
    (b"+OK", "POP3"),
    (b"\x00\x00\x12\x04", "HTTP/2 (gRPC)"),
    (b"\x00\x00\x18\x04", "HTTP/2 (gRPC)"),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a port answered: its first bytes, at most 4 KiB."""

    data: bytes
    timing: Timing


@dataclass(frozen=True, slots=True)
class Handshake:
    """A TLS handshake that was agreed; an unverified certificate stays unread: None and ""."""

    version: str
    cipher: str
    expires: datetime | None
    name: str
    issuer: str
    timing: Timing


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port`; IPv6 stands in brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def spoken(data: bytes) -> str:
    """What first bytes sound like, for `answers as …`: a protocol's name, else a quotation."""
    for beginning, name in _BEGINNINGS:
        if data.startswith(beginning):
            return name
    if data[3:5] == b"\x00\x0a" or data[3:5] == b"\x00\xff":
        return "MySQL"
    return f"'{one_line(data[:KEEP_LIMIT].decode('utf-8', 'replace'), 40)}'" if data else "nothing"


class TcpPort:
    """One TCP port; each ask dials it afresh. `source` names it in errors."""

    def __init__(self, address: str, source: str, secrets: Secrets, shell: Shell) -> None:
        self.source = source
        self.address = address
        self._host, self._port = split_address(address)
        self._secrets = secrets
        self._shell = shell

    async def exchange(self, send: bytes, expect: bytes, timeout: float) -> Heard:
        """Connect, send, and read until `expect` is there, contradicted or impossible; raises SourceError."""
        started = time.perf_counter()
        connected = 0.0
        heard = b""
        failure: SourceError | None = None
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                connected = time.perf_counter()
                try:
                    if send:
                        writer.write(send)
                        await writer.drain()
                    while len(heard) < min(len(expect), KEEP_LIMIT) and expect.startswith(heard):
                        part = await reader.read(KEEP_LIMIT - len(heard))
                        if not part:
                            break
                        heard += part
                finally:
                    writer.close()
        except TimeoutError as error:
            late = (
                f"connected, but {'only part of the' if heard else 'no'} answer"
                if connected
                else "no connection"
            )
            failure = TimedOut(self.source, f"{late} within {timeout:g} s")
            failure.__cause__ = error
        except OSError as error:
            failure = network_error(self.source, self.address, error)
            failure.__cause__ = error
        total = time.perf_counter() - started
        timing = Timing(connect=connected - started if connected else None, total=total)
        said = head(heard, KEEP_LIMIT) if heard else "connected"
        record(
            Step(
                what=self.source,
                request=self._secrets.mask(f"connect {self.address}" + (f", send {send!r}" if send else "")),
                answer=self._secrets.mask(said if failure is None else str(failure)),
                elapsed=total,
                reproduce=self._reproduce(send),
                timing=timing,
            )
        )
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # see failures.py
        return Heard(heard, timing)

    def _reproduce(self, send: bytes) -> str:
        netcat = f"nc -w 5 {self._shell.word(self._host)} {self._port}"
        if not send:
            return f"nc -vz -w 5 {self._shell.word(self._host)} {self._port}"
        octal = "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b"\\%'" else f"\\{byte:03o}" for byte in send
        )
        return self._secrets.mask(f"printf {self._shell.word(octal)} | {netcat}")


class TlsDoor:
    """One TLS port: the handshake with the certificate checked as `tls` says; each ask dials it afresh."""

    def __init__(
        self, address: str, source: str, contexts: Contexts, tls: Tls | None, server_name: str
    ) -> None:
        self.source = source
        self.address = address
        self._host, self._port = split_address(address)
        self._contexts = contexts
        self._tls = tls
        self._name = server_name or self._host

    async def handshake(self, timeout: float) -> Handshake:
        """Connect and agree on TLS; Refused says why a certificate is not accepted."""
        started = time.perf_counter()
        connected = 0.0
        failure: SourceError | None = None
        found: Handshake | None = None
        try:
            async with asyncio.timeout(timeout):
                context = await self._contexts.get(self._tls, self.source)
                started = time.perf_counter()
                _, writer = await asyncio.open_connection(self._host, self._port)
                connected = time.perf_counter()
                try:
                    await writer.start_tls(context, server_hostname=self._name)
                    found = _agreed(writer, started, connected)
                finally:
                    writer.close()
        except TimeoutError as error:
            late = "connected, but TLS was not agreed" if connected else "no connection"
            failure = TimedOut(self.source, f"{late} within {timeout:g} s")
            failure.__cause__ = error
        except SourceError as error:
            failure = error
        except ssl.SSLCertVerificationError as error:
            failure = network_error(self.source, self.address, error)
            failure.__cause__ = error
        except ssl.SSLError as error:
            no_tls = error.reason in (
                "WRONG_VERSION_NUMBER",
                "RECORD_LAYER_FAILURE",
                "HTTP_REQUEST",
                "UNEXPECTED_MESSAGE",
            )
            words = f"{self.address} answers, but not in TLS; is this the right port?"
            failure = (
                BadAnswer(self.source, words) if no_tls else network_error(self.source, self.address, error)
            )
            failure.__cause__ = error
        except OSError as error:
            failure = network_error(self.source, self.address, error)
            failure.__cause__ = error
        total = time.perf_counter() - started
        if found is not None:
            said = f"{found.version} {found.cipher}, certificate {found.name}, valid until {found.expires}"
        else:
            said = str(failure)
        name = Shell().word(self._name)
        record(
            Step(
                what=self.source,
                request=f"TLS handshake with {self.address} as {self._name}",
                answer=said,
                elapsed=total,
                reproduce=f"openssl s_client -connect {Shell().word(self.address)} -servername {name} </dev/null",
                timing=found.timing
                if found
                else Timing(connect=connected - started if connected else None, total=total),
            )
        )
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # see failures.py
        assert found is not None
        return found


def _agreed(writer: asyncio.StreamWriter, started: float, connected: float) -> Handshake:
    done = time.perf_counter()
    wrapped = writer.get_extra_info("ssl_object")
    certificate = wrapped.getpeercert() or {}
    cipher = wrapped.cipher()
    expires = certificate.get("notAfter")
    return Handshake(
        version=wrapped.version() or "",
        cipher=cipher[0] if cipher else "",
        expires=datetime.fromtimestamp(ssl.cert_time_to_seconds(expires), UTC) if expires else None,
        name=_common_name(certificate.get("subject", ())),
        issuer=_common_name(certificate.get("issuer", ())),
        timing=Timing(connect=connected - started, tls=done - connected, total=done - started),
    )


def _common_name(names: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    pairs = [pair for part in names for pair in part]
    values = [value for key, value in pairs if key == "commonName"] or [value for _, value in pairs]
    return one_line(values[0], 100) if values else ""
