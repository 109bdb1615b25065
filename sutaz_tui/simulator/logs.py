"""The lines that the stack's containers wrote, as the log store keeps them."""

import json
import traceback
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

Labels = tuple[tuple[str, str], ...]
KEPT = 60_000
"""Lines kept a stream."""


class Stream:
    """One stream's entries in order of time."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.texts: list[str] = []

    def add(self, at: int, text: str) -> None:
        place = len(self.times) if not self.times or at >= self.times[-1] else bisect_right(self.times, at)
        self.times.insert(place, at)
        self.texts.insert(place, text)
        if len(self.times) > KEPT:
            del self.times[: KEPT // 10], self.texts[: KEPT // 10]

    def between(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """Entries from `start` (inclusive) to `end` (exclusive), in nanoseconds."""
        low, high = bisect_left(self.times, start), bisect_left(self.times, end)
        yield from zip(self.times[low:high], self.texts[low:high], strict=True)


class Logs:
    """Every stream by its labels; the containers' lines go in as Promtail would send them."""

    def __init__(self, wall: Callable[[], float], container_id: Callable[[str], str]) -> None:
        self._wall = wall
        self._container_id = container_id
        self._last = 0
        self.streams: dict[Labels, Stream] = {}
        self.arrived = 0
        self._arrivals: deque[tuple[Labels, int, str]] = deque(maxlen=KEPT)
        self.muted = False
        """True while Promtail sends nothing."""

    def add(self, labels: dict[str, str], at: int, text: str) -> None:
        """One line at `at` nanoseconds; a line without `service_name` gets its job's name there."""
        if "service_name" not in labels:
            labels = {**labels, "service_name": labels.get("job", "unknown_service")}
        stream = tuple(sorted(labels.items()))
        self.streams.setdefault(stream, Stream()).add(at, text)
        self._arrivals.append((stream, at, text))
        self.arrived += 1

    def since(self, arrived: int) -> list[tuple[Labels, int, str]]:
        """The lines that came in after the first `arrived` ones, in the order of their coming (the last 60,000)."""
        fresh = min(self.arrived - arrived, len(self._arrivals))
        return list(islice(self._arrivals, len(self._arrivals) - fresh, None))

    def container(self, name: str, text: str, stream: str = "stdout", at: float | None = None) -> None:
        """One line of the container `name`, at an epoch time or now."""
        if self.muted:
            return
        when = int((self._wall() if at is None else at) * 1e9)
        if at is None:
            # Two lines never share a nanosecond, as in a real file.
            self._last = when = max(when, self._last + 1)
        identity = self._container_id(name)
        path = f"/var/lib/docker/containers/{identity}/{identity}-json.log"
        self.add({"job": "docker", "filename": path, "stream": stream}, when, text)

    def syslog(self, text: str, at: float) -> None:
        if not self.muted:
            self.add({"job": "varlogs", "filename": "/var/log/syslog"}, int(at * 1e9), text)

    def backend(self, level: str, logger: str, message: str, at: float | None = None, **more: Any) -> None:
        """One JSON line as the backend's own logger writes it."""
        stamp = datetime.fromtimestamp(self._wall() if at is None else at, UTC).isoformat()
        entry = {"timestamp": stamp, "level": level, "logger": logger, "message": message}
        place = {"module": logger.rpartition(".")[2], "function": "dispatch", "line": 83}
        self.container("sutazai-backend", json.dumps({**entry, **place, **more}), at=at)

    def request(
        self, correlation: str, method: str, path: str, status: int, seconds: float, client: str, agent: str
    ) -> None:
        """The two lines that the backend writes for a request: its own and uvicorn's."""
        level = "ERROR" if status >= 500 else "INFO"
        more: dict[str, Any] = {"correlation_id": correlation, "method": method, "path": path, "url": path}
        more |= {
            "client_host": client,
            "user_agent": agent,
            "status_code": status,
            "process_time": round(seconds, 4),
        }
        if status >= 500:
            more["exception_type"] = "OperationalError"
            more["exception"] = {"type": "OperationalError", "traceback": TRACEBACK}
        self.backend(level, "app.middleware.logging", f"{method} {path} {status}", **more)
        phrase = "OK" if status < 400 else "Error"
        self.container(
            "sutazai-backend", f'INFO:     {client}:0 - "{method} {path} HTTP/1.1" {status} {phrase}'
        )


TRACEBACK = "".join(
    traceback.format_list(
        [traceback.FrameSummary("/app/app/core/database.py", 61, "get_db", line="yield session")]
    )
)
