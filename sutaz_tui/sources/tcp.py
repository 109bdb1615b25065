"""Plain TCP and TLS: dialling a port, hearing its first bytes, and reading its certificate."""

import asyncio
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sutaz_tui.config.schema import Tls
from sutaz_tui.errors import BadAnswer, Refused, SourceError
from sutaz_tui.model import Timing
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import Shell
from sutaz_tui.sources.question import KEEP_LIMIT, Question
from sutaz_tui.text.sanitise import Secrets, hidden, one_line

SECOND_THOUGHT = 0.25
"""Seconds that a TLS port has to turn us away after the handshake."""

_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNEXPECTED_MESSAGE")
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
    (b"E\0\0\0", "PostgreSQL"),
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
            told = [one for one in name.split(" or ") if one.encode() in data.upper()]
            return told[0] if len(told) == 1 else name
    if data[3:5] == b"\x00\x0a" or data[3:5] == b"\x00\xff":
        return "MySQL"
    return f"'{one_line(data[:KEEP_LIMIT].decode('utf-8', 'replace'), 40)}'" if data else "nothing"


def stranger(
    source: str, address: str, name: str, heard: bytes, *, is_tls: bool, did: str = "closed"
) -> SourceError:
    """That what answers on this port is not `name` (RabbitMQ, …), by the first bytes that were heard of it.

    `did` is what it did to the connection where nothing was heard: closed, reset.
    """
    if not heard:
        words = f"{address} {did} the connection without an answer; is this {name}"
        return Refused(source, words + ("?" if is_tls else ", or does it want TLS?"))
    speaks = spoken(heard)
    if speaks == name:
        return BadAnswer(source, f"does not keep to {name}'s protocol; is this the right port?")
    if speaks == "TLS" and name == "HTTP":
        return BadAnswer(source, f"answers as TLS; {address} wants https:// in the config")
    if speaks == "TLS":
        return BadAnswer(source, f"answers as TLS; set `tls` for {address} in the config")
    return BadAnswer(source, f"answers as {speaks}, not as {name}; is this the right port?")


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
        request = f"connect {self.address}" + (f", send {send!r}" if send else "")
        question = Question(self.source, self.address, self._secrets, request, self._reproduce(send))
        question.late = "no connection"
        heard = b""
        async with question.within(timeout):
            reader, writer = await asyncio.open_connection(self._host, self._port)
            question.connected = time.perf_counter()
            question.late = "connected, but no answer"
            try:
                if send:
                    writer.write(send)
                    await writer.drain()
                while len(heard) < min(len(expect), KEEP_LIMIT) and expect.startswith(heard):
                    part = await reader.read(KEEP_LIMIT - len(heard))
                    if not part:
                        break
                    heard += part
                    question.late = "connected, but only part of the answer"
            finally:
                writer.close()
            question.answer = heard.decode("utf-8", "replace") or "connected"
            timing = question.timing()
        return Heard(heard, timing)

    def _reproduce(self, send: bytes) -> str:
        netcat = f"nc -w 5 {self._shell.word(self._host)} {self._port}"
        if not send:
            return f"nc -vz -w 5 {self._shell.word(self._host)} {self._port}"
        octal = "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b"\\%'" else f"\\{byte:03o}" for byte in send
        )
        return f"printf {self._shell.word(octal)} | {netcat}"


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
        request = f"TLS handshake with {self.address} as {self._name}"
        name, address = Shell().word(self._name), Shell().word(self.address)
        line = f"openssl s_client -connect {address} -servername {name} </dev/null"
        question = Question(self.source, self.address, hidden(), request, line)
        question.late, question.tls = "no connection", self._tls
        async with question.within(timeout):
            context = await self._contexts.get(self._tls, self.source)
            question.started = time.perf_counter()
            try:
                found = await self._agreed(context, question)
            except ssl.SSLError as error:
                if error.reason not in _NO_TLS:
                    raise
                words = f"{self.address} answers, but not in TLS; is this the right port?"
                raise BadAnswer(self.source, words) from error
            question.answer = (
                f"{found.version} {found.cipher}, certificate {found.name}, valid until {found.expires}"
            )
        return found

    async def _agreed(self, context: ssl.SSLContext, question: Question) -> Handshake:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        question.connected = time.perf_counter()
        question.late = "connected, but TLS was not agreed"
        try:
            await writer.start_tls(context, server_hostname=self._name)
            found = _agreed(writer, question)
            if found.version == "TLSv1.3" and not (self._tls and self._tls.cert_file):
                await self._hear_alert(reader)
            return found
        finally:
            writer.close()

    async def _hear_alert(self, reader: asyncio.StreamReader) -> None:
        """TLS 1.3 agrees before the server has looked for our certificate: SSLError where it then turns us away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SECOND_THOUGHT):
                await reader.read(1)


def _agreed(writer: asyncio.StreamWriter, question: Question) -> Handshake:
    question.secured = time.perf_counter()
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
        timing=question.timing(),
    )


def _common_name(names: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    pairs = [pair for part in names for pair in part]
    values = [value for key, value in pairs if key == "commonName"] or [value for _, value in pairs]
    return one_line(values[0], 100) if values else ""
