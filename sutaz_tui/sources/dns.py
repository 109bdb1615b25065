"""One question to one DNS server, by UDP and, where the answer does not fit, by TCP (RFC 1035)."""

import asyncio
import ipaddress
import secrets as random
import struct
import time
from dataclasses import dataclass

from sutaz_tui.errors import BadAnswer, TimedOut
from sutaz_tui.sources.evidence import Shell
from sutaz_tui.sources.question import Question
from sutaz_tui.sources.tcp import split_address
from sutaz_tui.text.sanitise import Secrets, one_line

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
AGAIN = 1.0
"""Seconds after which a packet that may be lost is sent once more."""
_CUT = 0x0200
_AUTHORITATIVE = 0x0400
_LONGEST_TTL = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The code (NOERROR …), the records of the wanted type as they are written, and seconds.

    `ttl` is the lowest of these records, in seconds, 0 without one; `is_authoritative`: the server holds the zone itself.
    """

    code: str
    records: tuple[str, ...]
    latency: float
    ttl: int
    is_authoritative: bool


class DnsServer:
    """One DNS server; `source` names it in errors."""

    def __init__(self, address: str, source: str, secrets: Secrets, shell: Shell) -> None:
        self.source = source
        self.address = address
        self._host, self._port = split_address(address)
        self._secrets = secrets
        self._shell = shell

    async def ask(self, name: str, type: str, timeout: float) -> DnsAnswer:
        """What the server says of a name; raises SourceError."""
        word = self._shell.word
        line = f"dig @{word(self._host)} -p {self._port} {word(name)} {type}"
        question = Question(self.source, self.address, self._secrets, f"{type} of {name}", line)
        number = random.randbelow(1 << 16)
        sent = _question(number, name, TYPES[type])
        async with question.within(timeout):
            heard = await self._by_udp(sent, timeout, question)
            if len(heard) > 3 and struct.unpack("!H", heard[2:4])[0] & _CUT:
                heard = await self._by_tcp(sent)
            try:
                code, records, ttl, is_authoritative = _read(heard, number, TYPES[type])
            except (struct.error, IndexError, ValueError, UnicodeError) as error:
                raise BadAnswer(self.source, "the answer is no DNS; is this the right port?") from error
            question.answer = f"{code} {' '.join(records)}"
            latency = time.perf_counter() - question.started
        return DnsAnswer(code, records, latency, ttl, is_authoritative)

    async def _by_udp(self, sent: bytes, timeout: float, question: Question) -> bytes:
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[bytes] = loop.create_future()
        host, port, *_ = (await loop.getaddrinfo(self._host, self._port))[0][4]
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(heard, sent[:2]), remote_addr=(str(host), int(port))
        )
        question.connected = time.perf_counter()
        try:
            for wait in (min(AGAIN, timeout / 2), timeout):
                transport.sendto(sent)
                done, _ = await asyncio.wait({heard}, timeout=wait)
                if done:
                    return heard.result()
        finally:
            transport.close()
            heard.cancel()
        raise TimedOut(self.source, f"no answer within {timeout:g} s")

    async def _by_tcp(self, sent: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(struct.pack("!H", len(sent)) + sent)
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            return await reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise BadAnswer(self.source, "closed the connection in the middle of its answer") from error
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    """Takes the first packet that answers our number: others may be forged, or late."""

    def __init__(self, heard: "asyncio.Future[bytes]", number: bytes) -> None:
        self._heard = heard
        self._number = number

    def datagram_received(self, data: bytes, _addr: object) -> None:
        if not self._heard.done() and data[:2] == self._number:
            self._heard.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._heard.done():
            self._heard.set_exception(exc)


def _question(number: int, name: str, type: int) -> bytes:
    labels = [label.encode("idna") for label in name.rstrip(".").split(".")] if name.strip(".") else []
    asked = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + asked + struct.pack("!HH", type, 1)


def _read(data: bytes, number: int, type: int) -> tuple[str, tuple[str, ...], int, bool]:
    id, flags, questions, answers = struct.unpack("!HHHH", data[:8])
    if id != number or not flags & 0x8000:
        raise ValueError("not the answer to our question")
    at = 12
    for _ in range(questions):
        at = _name(data, at)[1] + 4
    records, ttls = [], []
    for _ in range(answers):
        _, at = _name(data, at)
        kind, _, ttl, length = struct.unpack("!HHIH", data[at : at + 10])
        at += 10
        if kind == type:
            records.append(one_line(_record(data, at, length, kind), 200))
            # One with the highest bit is taken for 0 (RFC 2181).
            ttls.append(ttl if ttl <= _LONGEST_TTL else 0)
        at += length
    code = CODES.get(flags & 15, f"code {flags & 15}")
    return code, tuple(records), min(ttls, default=0), bool(flags & _AUTHORITATIVE)


def _record(data: bytes, at: int, length: int, kind: int) -> str:
    body = data[at : at + length]
    if len(body) < length:
        raise ValueError("cut")
    if kind in (1, 28):
        return str(ipaddress.ip_address(body))
    if kind == 15:
        return f"{struct.unpack('!H', body[:2])[0]} {_name(data, at + 2)[0]}"
    if kind == 33:
        priority, weight, port = struct.unpack("!HHH", body[:6])
        return f"{priority} {weight} {port} {_name(data, at + 6)[0]}"
    if kind == 16:
        parts, place = [], 0
        while place < length:
            parts.append(body[place + 1 : place + 1 + body[place]])
            place += 1 + body[place]
        return b"".join(parts).decode("utf-8", "replace")
    return _name(data, at)[0]


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A name and where what follows it begins; it may point backwards, which hostile ones do in circles."""
    labels: list[str] = []
    end = 0
    for _ in range(128):
        size = data[at]
        if size & 0xC0 == 0xC0:
            end = end or at + 2
            at = struct.unpack("!H", data[at : at + 2])[0] & 0x3FFF
        elif size == 0:
            return ".".join(labels), end or at + 1
        else:
            labels.append(data[at + 1 : at + 1 + size].decode("ascii", "replace"))
            at += 1 + size
    raise ValueError("a name without an end")
