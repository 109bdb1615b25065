"""The CPU time of one warm HTTP probe, over a thousand servers: ours, a bare httpx2 request, the blackbox exporter."""

import os
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.child import Child
from tests.bench.row import Row, interleaved
from tests.servers.blackbox import Blackbox
from tests.servers.nginx import Nginx
from tests.servers.programs import find

ORIGINS = 1000
RUNS = 7
TICK = os.sysconf("SC_CLK_TCK")


def warm_probe() -> list[Row]:
    """Microseconds of CPU a probe, in processes of their own, on connections that were opened before."""
    if missing := [name for name in ("nginx", "prometheus-blackbox-exporter") if find(name) is None]:
        words = f"missing server program: {', '.join(missing)}"
        return [Row(name, None, "x", None, words) for name in ("probe", "probe-blackbox")]
    with Nginx(ORIGINS) as nginx, Blackbox() as blackbox:
        urls = [f"http://{nginx.host}:{port}/health" for port in nginx.ports]
        asker = "tests.bench.asker"
        with Child(asker, ["probe", urls]) as probe, Child(asker, ["bare", urls]) as bare:
            cases = {
                "probe": lambda: float(probe.ask()),
                "bare": lambda: float(bare.ask()),
                "blackbox": lambda: _blackbox_round(blackbox, urls),
            }
            # Its first round opens the connections.
            interleaved(1, cases)
            took = interleaved(RUNS, cases)
    ours, httpx2, exporter = (1e6 * took[name] for name in ("probe", "bare", "blackbox"))
    return [
        Row("probe", ours / httpx2, "x", 1.2, f"ours {ours:.0f} us; a bare httpx2 request {httpx2:.0f} us"),
        Row(
            "probe-blackbox",
            ours / exporter,
            "x",
            1,
            f"ours {ours:.0f} us; blackbox exporter {exporter:.0f} us",
        ),
    ]


def _blackbox_round(blackbox: Blackbox, urls: list[str]) -> float:
    """Seconds of the exporter's CPU a probe, asked over one kept connection."""
    pid = blackbox.pid
    assert pid is not None
    connection = HTTPConnection(blackbox.host, blackbox.port, timeout=10)
    before = cpu_of(pid)
    for url in urls:
        connection.request("GET", "/probe?" + urlencode({"target": url, "module": "http_2xx"}))
        if b"probe_success 1" not in connection.getresponse().read():
            raise AssertionError(f"the blackbox exporter could not probe {url}")
    connection.close()
    return (cpu_of(pid) - before) / len(urls)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK
