"""Ten thousand services behind one question: until all are told, and what that costs from then on."""

import asyncio
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from sutaz_tui.config import Config, load
from sutaz_tui.wiring.engine import build
from tests.bench import child
from tests.bench.engine import watch
from tests.bench.row import Row
from tests.servers.programs import find
from tests.servers.prometheus import Prometheus

SERVICES = 10_000
INTERVAL = 15.0
SECONDS = 60.0


class _Targets(BaseHTTPRequestHandler):
    """The `up` of that many targets, as a federated Prometheus tells it; each hundredth is down."""

    page = "".join(
        f'up{{job="node",instance="host-{number}.example:9100"}} {int(number % 100 != 0)}\n'
        for number in range(SERVICES)
    ).encode()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_: object) -> None:
        return


def ten_thousand_targets() -> list[Row]:
    """A real Prometheus that holds `up` of ten thousand targets, and a row for each."""
    if find("prometheus") is None:
        return [Row("targets-fill", None, "s", 2, "missing server program: prometheus")]
    server = HTTPServer(("127.0.0.1", 0), _Targets)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Prometheus() as prometheus:
        target = {"targets": [f"127.0.0.1:{server.server_port}"]}
        job = {
            "job_name": "federated",
            "honor_labels": True,
            "scrape_interval": "5s",
            "static_configs": [target],
        }
        prometheus.scrape([job])
        while not prometheus.query('count(up{job="node"})'):
            time.sleep(0.2)
        before = _queries(prometheus)
        with child.Child("tests.bench.together", prometheus.url) as ours:
            used = ours.ask()
        asked = _queries(prometheus) - before
    server.shutdown()
    words = f"{used['up']:,.0f} up, {used['down']:,.0f} down; the config of them was read in {used['loaded']:.1f} s"
    shared = f"of a core, {INTERVAL:g} s; Prometheus heard {asked:.0f} queries in {used['whole']:.0f} s"
    return [
        Row("targets-fill", used["filled"], "s", 2, words),
        Row("targets-cpu", 100 * used["cpu"] / used["seconds"], "%", 5, shared),
        Row(
            "targets-deaf",
            1000 * used["deaf"],
            "ms",
            None,
            "the longest time in which the loop heard nothing",
        ),
    ]


def _queries(prometheus: Prometheus) -> float:
    """How many queries it has answered, by its own page."""
    page = prometheus.call("/metrics").body.decode()
    return sum(
        float(line.rpartition(" ")[2])
        for line in page.splitlines()
        if line.startswith("prometheus_http_requests_total") and 'handler="/api/v1/query"' in line
    )


def written(url: str) -> str:
    """A config with a row for each target."""
    shared = f"source: p, group: hosts, bad: under, down_at: 0, interval: {INTERVAL:g}"
    head = f"sources: {{p: {{url: '{url}'}}}}\ndefaults: {{kinds: {{promql: {{{shared}}}}}}}\nservices:\n"
    rows = [
        f"  - {{id: h{number}, kind: promql, query: 'up{{instance=\"host-{number}.example:9100\"}}'}}\n"
        for number in range(SERVICES)
    ]
    return head + "".join(rows)


def filled(url: str) -> dict[str, float]:
    """How long the config takes to be read, and then its rows to be filled."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "many.yaml")
        path.write_text(written(url), "utf-8")
        at = time.perf_counter()
        config = load(None, path, {})
        loaded = time.perf_counter() - at
    return {"loaded": loaded} | asyncio.run(filling(config))


async def filling(config: Config) -> dict[str, float]:
    """Seconds until all are told, then CPU seconds of some rounds."""
    engine = build(config)
    began = time.perf_counter()
    await engine.start()
    async for snapshot in engine.snapshots():
        if snapshot.answered_count() == SERVICES:
            break
    filled = time.perf_counter() - began
    await asyncio.sleep(5)
    deaf = 0.0

    async def hear() -> None:
        nonlocal deaf
        while True:
            at = time.perf_counter()
            await asyncio.sleep(0.01)
            deaf = max(deaf, time.perf_counter() - at - 0.01)

    cpu, at = time.process_time(), time.perf_counter()
    await watch(engine, SECONDS)
    used = {"cpu": time.process_time() - cpu, "seconds": time.perf_counter() - at}
    hearing = asyncio.create_task(hear())
    await watch(engine, 1.5 * INTERVAL)
    hearing.cancel()
    totals = engine.snapshot().totals()
    await engine.stop()
    told = {status.label: float(count) for status, count in totals.items()}
    return (
        {"up": 0, "down": 0}
        | told
        | used
        | {"filled": filled, "deaf": deaf, "whole": time.perf_counter() - began}
    )


if __name__ == "__main__":
    where = child.order()
    child.answer(lambda _: filled(where))
