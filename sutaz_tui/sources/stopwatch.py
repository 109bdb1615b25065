"""Where the time of one HTTP request goes, phase by phase."""

import time
from collections.abc import Mapping
from typing import Any

from sutaz_tui.model import Timing


class Stopwatch:
    """When each phase of one request began and ended, from httpx2's trace extension."""

    __slots__ = ("connected", "done", "first_byte", "is_reused", "secured", "sent", "started")

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew, for the same request sent again."""
        self.started = time.perf_counter()
        self.connected = self.secured = self.sent = self.first_byte = self.done = 0.0
        self.is_reused = True

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """Take one event of the trace extension."""
        match event:
            case "connection.connect_tcp.started" | "connection.connect_unix_socket.started":
                self.is_reused = False
            case "connection.connect_tcp.complete" | "connection.connect_unix_socket.complete":
                self.connected = time.perf_counter()
            case "connection.start_tls.complete":
                self.secured = time.perf_counter()
            case "http11.send_request_headers.started":
                self.sent = time.perf_counter()
            case "http11.receive_response_headers.complete":
                self.first_byte = time.perf_counter()

    def phase(self) -> str:
        """What did not happen, for a time-out."""
        if self.first_byte:
            return "the answer did not end"
        if self.sent:
            return "connected, but no answer"
        if self.connected:
            return "connected, but TLS was not agreed"
        return "no connection"

    def timing(self) -> Timing:
        """The phases in seconds; up to this moment while the answer is not done."""
        end = self.done or time.perf_counter()
        return Timing(
            connect=self.connected - self.started if self.connected else None,
            tls=self.secured - self.connected if self.secured else None,
            first_byte=self.first_byte - (self.sent or self.started) if self.first_byte else None,
            total=end - self.started,
            reused=self.is_reused and bool(self.sent),
        )
