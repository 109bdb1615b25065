"""The lines that the stack's containers wrote, as the log store keeps them."""

import json
import traceback
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

Labels = tuple[tuple[str, str], ...]
KEPT = 400_000
"""Lines kept a stream, and arrivals remembered."""


class Stream:
    """One stream's entries in order of time, no two with the same time and text, as Loki keeps them."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.texts: list[str] = []

    def add(self, at: int, text: str) -> bool:
        """Keep one line; False when it is there already."""
        times = self.times
        if not times or at > times[-1]:
            times.append(at)
            self.texts.append(text)
        else:
            place = bisect_right(times, at)
            if text in self.texts[bisect_left(times, at) : place]:
                return False
            times.insert(place, at)
            self.texts.insert(place, text)
        if len(times) > KEPT:
            del times[: KEPT // 10], self.texts[: KEPT // 10]
        return True

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The places from `start` (inclusive) to `end` (exclusive), in nanoseconds."""
        return bisect_left(self.times, start), bisect_left(self.times, end)

    def between(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """Entries from `start` (inclusive) to `end` (exclusive), in nanoseconds."""
        low, high = self.span(start, end)
        yield from zip(self.times[low:high], self.texts[low:high], strict=True)


class Logs:
    """Every stream by its labels; the containers' lines go in as Promtail sends them: each with its newline."""

    def __init__(self, wall: Callable[[], float], container_id: Callable[[str], str]) -> None:
        self._wall = wall
        self._container_id = container_id
        self._last = 0
        self.streams: dict[Labels, Stream] = {}
        self.unsent: dict[Labels, Stream] = {}
        """What containers wrote while Promtail sent nothing: Docker has it, the log store has not."""
        self.arrived = 0
        self._arrivals: list[tuple[Labels, int, str]] = []
        self.muted = False
        """True while Promtail sends nothing."""

    def add(self, labels: dict[str, str], at: int, text: str) -> None:
        """One line at `at` nanoseconds; a line without `service_name` gets its job's name there."""
        self.extend(labels, ((at, text),))

    def extend(self, labels: dict[str, str], entries: Iterable[tuple[int, str]]) -> None:
        """Lines of one stream, in the order of their coming."""
        if "service_name" not in labels:
            labels = {**labels, "service_name": labels.get("job", "unknown_service")}
        key = tuple(sorted(labels.items()))
        stream = self.streams.setdefault(key, Stream())
        fresh = [(key, at, text) for at, text in entries if stream.add(at, text)]
        self._arrivals += fresh
        self.arrived += len(fresh)
        if len(self._arrivals) > KEPT + KEPT // 10:
            del self._arrivals[: len(self._arrivals) - KEPT]

    def since(self, arrived: int) -> list[tuple[Labels, int, str]]:
        """The lines that came in after the first `arrived` ones, in the order of their coming (the last KEPT)."""
        fresh = min(self.arrived - arrived, len(self._arrivals))
        return self._arrivals[len(self._arrivals) - fresh :]

    def container(self, name: str, text: str, stream: str = "stdout", at: float | None = None) -> None:
        """One line of the container `name`, at an epoch time or now."""
        text += "\n"
        when = int((self._wall() if at is None else at) * 1e9)
        if at is None:
            # Two lines never share a nanosecond, as in a real file.
            self._last = when = max(when, self._last + 1)
        identity = self._container_id(name)
        path = f"/var/lib/docker/containers/{identity}/{identity}-json.log"
        labels = {"job": "docker", "filename": path, "stream": stream}
        if self.muted:
            self.unsent.setdefault(tuple(sorted(labels.items())), Stream()).add(when, text)
        else:
            self.add(labels, when, text)

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
