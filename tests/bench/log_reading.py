"""What a line costs until it may be seen: out of Docker's frames, sanitised, masked, its level found."""

import json
import random
import statistics
import struct
import time
from collections.abc import Callable, Iterator

from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.parsing.levels import level_of
from sutaz_tui.logs.shown import Safe
from sutaz_tui.sources.logs.frames import FramedLines
from sutaz_tui.text.masking import Secrets
from tests.bench.row import Row

LINES = 50_000
RUNS = 9
CHUNK = 64 * 1024
BOUND = 1e6 / 300_000
SECRETS = [f"{number:x}kjh7Gs0{number}pqW" for number in range(8)]

_PATHS = ["/health", "/api/v1/auth/login", "/api/v1/agents/", "/api/v1/models/", "/api/v1/chat/sessions/9b1"]
_MESSAGES = [
    "Calling model tinyllama with 512 tokens",
    "task-41b2 finished in 3.2 s",
    "Registered with MCP bridge",
    "connection to 172.20.0.10:5432 was closed",
    "All checks passed: broken=0 keys kept=17",
    "created embedding of 384 dimensions for user 17",
]


def lines(number: int) -> Iterator[str]:
    """Lines as the stack writes them: JSON, Python logging, uvicorn; of twenty one is dirty or holds a password."""
    chance = random.Random(7)
    for count in range(number):
        second, path = f"2026-11-23 14:{count // 60 % 60:02}:{count % 60:02}", chance.choice(_PATHS)
        match chance.choice("jjjjpppuuu"):
            case "j":
                text = _request(f"{second.replace(' ', 'T')}.{count % 10**6:06}+00:00", path, chance)
            case "p":
                level = chance.choice(["INFO", "INFO", "INFO", "WARNING", "ERROR"])
                text = f"{second},{count % 1000:03} - agent.letta - {level} - {chance.choice(_MESSAGES)}"
            case _:
                text = f'INFO:     172.20.0.31:{count % 60000} - "GET {path} HTTP/1.1" 200 OK'
        if count % 20 == 0:
            text = chance.choice(
                [f"\x1b[32m{text}\x1b[0m", f"{text}\tZoë", f"{text} password=x7", f"{text} → é"]
            )
        yield text


def _request(stamp: str, path: str, chance: random.Random) -> str:
    said = {
        "timestamp": stamp,
        "level": "INFO",
        "logger": "app.middleware.logging",
        "message": f"GET {path} 200",
    }
    place = {"module": "logging", "function": "dispatch", "line": 83}
    who = {"correlation_id": f"{chance.getrandbits(128):032x}", "method": "GET", "path": path, "url": path}
    end = {
        "client_host": "172.20.0.31",
        "user_agent": "python-httpx/0.27",
        "status_code": 200,
        "process_time": 0.0043,
    }
    return json.dumps(said | place | who | end)


def _frames(texts: list[str]) -> list[bytes]:
    """The lines as Docker sends them, in chunks as a socket gives them."""
    framed = bytearray()
    for count, text in enumerate(texts):
        payload = f"2026-11-23T14:07:12.{count:09}Z {text}\n".encode()
        framed += struct.pack(">BxxxI", 1, len(payload)) + payload
    return [bytes(framed[start : start + CHUNK]) for start in range(0, len(framed), CHUNK)]


def reading() -> list[Row]:
    """Microseconds of one core for a line, from the bytes to what may be seen of it."""
    texts = list(lines(LINES))
    chunks = _frames(texts)
    safe = Safe(Secrets(SECRETS))

    def decode() -> list[list[LogLine]]:
        decoder = FramedLines("docker", "backend", "sutazai-backend")
        return [decoder.feed(chunk) for chunk in chunks]

    batches = decode()
    assert [line.text for batch in batches for line in batch] == texts
    raw = [[line.text for line in batch] for batch in batches]
    parts: dict[str, Callable[[], object]] = {
        "frames": decode,
        "sanitise and mask": lambda: [safe.lines(batch) for batch in raw],
        "level": lambda: [[level_of(text) for text in batch] for batch in raw],
    }
    costs: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(RUNS):
        for name, part in parts.items():
            began = time.process_time()
            part()
            costs[name].append((time.process_time() - began) / LINES * 1e6)
    # The best run: what else the machine does only adds to it.
    best = {name: min(cost) for name, cost in costs.items()}
    total = sum(best.values())
    words = ", ".join(f"{name} {cost:.2f}" for name, cost in best.items())
    length = statistics.mean(map(len, texts))
    return [
        Row(
            "log-reading",
            total,
            "us",
            BOUND,
            f"{words}; {1e6 / total:,.0f} lines/s of {length:.0f} characters",
        )
    ]
