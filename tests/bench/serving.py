"""What a scrape costs: `serve` on the built-in stack, and of 1,000 services, asked one page after the other."""

import socket
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.board_memory import resident
from tests.bench.probes import cpu_of
from tests.bench.row import Row
from tests.bench.stack import simulated
from tests.serving import Serving, serving

MANY = 1000
ASKS = 40
# CPU of one, ms.
BOUNDS = {34: {"/metrics": 15.0, "/status.json": 30.0}, MANY: {"/metrics": 150.0, "/status.json": 600.0}}


def scrapes() -> list[Row]:
    """CPU, time and bytes of one `/metrics` and one `/status.json`, with few and with many services."""
    with simulated() as (demo, path), tempfile.TemporaryDirectory() as home:
        rows = _measured(path, {**demo.environ, "XDG_STATE_HOME": home}, len(demo.config().services))
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0), backlog=4 * MANY) as at,
    ):
        port = at.getsockname()[1]
        entries = [
            f"  - {{id: service-{n}, kind: tcp, address: '127.0.0.1:{port}', interval: 3600}}\n" for n in range(MANY)
        ]  # fmt: skip
        config = Path(folder, "many.yaml")
        config.write_text("env: test\nservices:\n" + "".join(entries), "utf-8")
        rows += _measured(str(config), {"XDG_STATE_HOME": folder}, MANY)
    return rows


def _measured(path: str, env: dict[str, str], services: int) -> list[Row]:
    rows = []
    with serving("-c", path, env=env) as served:
        served.until(" DOWN, ")
        for place, page in enumerate(("/metrics", "/status.json")):
            # A client each: none is asked to wait.
            served.client = f"127.0.0.{2 + place}"
            cpu, took, size = _asked(served, page)
            words = f"{took:.1f} ms until it is read; {size:,} bytes; {resident(served.pid):.0f} MB resident"
            name = f"serve-{page[1:].replace('.', '-')}-{services}"
            rows.append(Row(name, cpu, "ms", BOUNDS[services][page], words))
    return rows


def _asked(served: Serving, page: str) -> tuple[float, float, int]:
    """CPU and time of one, milliseconds, and its bytes."""
    served.ask(page)
    times = []
    before = cpu_of(served.pid)
    for _ in range(ASKS):
        began = time.perf_counter()
        reply = served.ask(page)
        times.append(time.perf_counter() - began)
        assert reply.code == 200, reply.raw
    return (
        1000 * (cpu_of(served.pid) - before) / ASKS,
        1000 * statistics.median(times),
        len(reply.text.encode()),
    )
