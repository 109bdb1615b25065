"""`python -m tests.bench.log_writer PATH RATE SECONDS`: appends lines of a backend and its agents, so many a second."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

TICK = 0.02
FAST_FROM = 20_000
TAILS = [
    f" - {name} - INFO - Processing request {number:x} of session {number * 7919 % 99991} for user {number % 97}, {words}\n"
    for number in range(500)
    for name, words in (("crewai", "queued behind two others"), ("letta", "answered from memory"))
]
"""What follows the moment in a fast line; every other one is of another logger, so nothing folds."""


def line(number: int, at: float) -> str:
    """One of four usual shapes, 100 to 330 characters long."""
    when = datetime.fromtimestamp(at, UTC)
    match number % 4:
        case 0:
            fields = {
                "timestamp": when.isoformat(),
                "level": "INFO",
                "logger": "app.middleware.logging",
                "message": f"GET /api/v1/agents/ 200 request {number}",
                "correlation_id": f"{number:032x}",
                "method": "GET",
                "path": "/api/v1/agents/",
                "status_code": 200,
                "process_time": 0.0042,
            }
            return json.dumps(fields)
        case 1:
            return (
                f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d} - crewai - INFO - "
                f"Processing chat completion request {number} of session {number * 7919 % 99991}"
            )
        case 2:
            return f'INFO:     172.20.0.31:{40000 + number % 9999} - "GET /api/v1/models/{number} HTTP/1.1" 200 OK'
        case _:
            return (
                f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d} - letta - WARNING - "
                f"slow answer of ollama: {number % 900} ms for prompt {number}"
            )


def fast_lines(count: int, at: float) -> str:
    """So many lines at once, of one shape, made in a tenth of the time: only their moment is worked out."""
    when = datetime.fromtimestamp(at, UTC)
    stamp = f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d}"
    return "".join(stamp + tail for tail in (TAILS * (count // len(TAILS) + 1))[:count])


def write(path: str, rate: float, seconds: float) -> None:
    """Append at an even pace, a tick's lines at once."""
    began, written = time.time(), 0
    with Path(path).open("a", encoding="utf-8") as file:
        while (passed := time.time() - began) < seconds:
            due = int(passed * rate)
            if due > written:
                now = time.time()
                if rate < FAST_FROM:
                    file.write("".join(line(number, now) + "\n" for number in range(written, due)))
                else:
                    file.write(fast_lines(due - written, now))
                file.flush()
                written = due
            time.sleep(TICK)


if __name__ == "__main__":
    write(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
