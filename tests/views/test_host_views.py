"""A host behind its row: this machine's /proc, a real node exporter, a disk that fills, units that failed."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config.kinds import Host, Redis
from sutaz_tui.errors import SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.host_look import Look, disks_here, look_here
from sutaz_tui.sources.processes import Process, processes_here, whose
from sutaz_tui.text.sanitise import Secrets
from sutaz_tui.views.base import Ask, Asker, Rows, View
from sutaz_tui.views.disk_growth import growth
from sutaz_tui.views.host_cpu import CPU
from sutaz_tui.views.host_disks import DISKS
from sutaz_tui.views.host_figures import figures_of
from sutaz_tui.views.host_processes import ELSEWHERE, LISTED, PROCESSES, _row
from sutaz_tui.views.host_units import NO_COLLECTOR, NO_SYSTEMD, UNITS
from tests.loopback import configured
from tests.servers.node_exporter import NodeExporter
from tests.web import Reply, Web, web_server

FAR = Redis(id="far", title="Far", address="192.0.2.1:6379")
"""With it in the config the stack is not on this machine."""


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


@asynccontextmanager
async def asking(view: View, address: str = "", *others: Redis, **more: Any) -> AsyncIterator[Ask]:
    entry = Host(id="host", title="Host", address=address, interval=60.0, **more)
    clients = Clients(configured(entry, *others))
    try:
        yield view.asker(entry, clients)
    finally:
        await clients.aclose()


def values(rows: Rows, key: str) -> dict[str, Any]:
    return {str(row.values[key]): dict(row.values) for row in rows.rows}


# --- cpu


def written(proc: Path, idle: int, user: int, waited: int, received: int) -> Look:
    (proc / "pressure").mkdir(parents=True, exist_ok=True)
    (proc / "net").mkdir(exist_ok=True)
    (proc / "stat").write_text(
        f"cpu 9 0 9 9 0 0 0 0 0 0\ncpu0 {user} 0 0 {idle} 0 0 0 0 0 0\ncpu1 0 0 0 {idle + user} 0 0 0 0 0 0\n"
    )
    (proc / "loadavg").write_text("1.50 1.00 0.50 2/300 4711\n")
    (proc / "meminfo").write_text(
        "MemTotal: 1000 kB\nMemAvailable: 250 kB\nSwapTotal: 100 kB\nSwapFree: 40 kB\n"
    )
    (proc / "pressure/io").write_text(
        f"some avg10=0.00 avg60=0.00 avg300=0.00 total={waited}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    )
    devices = "".join(
        f"{name}: {received} 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0\n" for name in ("lo", "eth0", "veth1")
    )
    (proc / "net/dev").write_text(f"Inter-|\n face |\n{devices}")
    return look_here(proc)


def test_what_changed_between_two_looks_is_told_of_each_core_and_resource(tmp_path: Path) -> None:
    tick = os.sysconf("SC_CLK_TCK")
    before = written(tmp_path, 100 * tick, 0, 0, 0)
    after = written(tmp_path, 103 * tick, 1 * tick, 1_000_000, 8_000)
    told = {f.name: f for f in figures_of(before, Look(before.at + 4, *(getattr(after, n) for n in PARTS)))}
    assert {name: figure.value for name, figure in told.items()} == {
        "cpu": 12.5, "load": 1.5, "memory": 75.0, "swap": 60.0, "pressure io": 25.0,
        "eth0 in": 2000.0, "eth0 out": 0.0, "core 0": 25.0, "core 1": 0.0,
    }  # fmt: skip
    assert told["core 0"].words == "user 25 %" and told["memory"].words == "750K of 1000K"


PARTS = ("cores", "load", "memory", "pressure", "networks")


async def test_this_machine_is_told_whole_by_the_first_answer() -> None:
    async with asking(CPU) as ask:
        rows = await ask(5.0)
    told = values(rows, "what")
    assert rows.about.endswith("from /proc") and rows.again == 0
    assert {"cpu", "load", "memory", *(f"core {n}" for n in range(os.cpu_count() or 1))} <= told.keys()
    assert 0 <= told["cpu"]["value"] <= 100 and 0 < told["memory"]["value"] < 100
    assert json.loads(json.dumps(told["cpu"]["value"])) == told["cpu"]["value"]


async def test_a_real_node_exporter_tells_the_same_as_proc(node_exporter: NodeExporter) -> None:
    async with asking(CPU, node_exporter.url) as ask, asking(CPU) as here:
        await ask(5.0)
        rows, own = await ask(5.0), await here(5.0)
    told, same = values(rows, "what"), values(own, "what")
    assert rows.about.endswith("from node exporter")
    assert {name for name in same if not name.startswith("pressure")} <= told.keys()
    assert abs(told["memory"]["value"] - same["memory"]["value"]) < 20
    async with asking(DISKS, node_exporter.url) as ask:
        disks = values(await ask(5.0), "mount")
    root = next(disk for disk in disks_here()[0] if disk.mount == "/")
    assert abs(disks["/"]["used"] - root.used) < 5 and disks["/"]["size"] == root.size
    async with asking(PROCESSES, node_exporter.url, FAR) as ask:
        counted = await ask(5.0)
    assert counted.missing == ELSEWHERE and "running" in counted.about and not counted.rows
    async with asking(UNITS, node_exporter.url, FAR) as ask:
        assert (await ask(5.0)).missing == NO_COLLECTOR


async def test_an_exporter_that_takes_no_choice_of_collectors_is_asked_for_all_from_then_on(web: Web) -> None:
    refused = Reply(400, "Couldn't create filtered metrics handler: disabled collector: pressure")

    def answer(path: str) -> None:
        web.other = refused if "collect" in web.asked[-1] else Reply(body="node_load1 2.5\nnode_load5 NaN\n")

    web.on_request = answer
    async with asking(CPU, web.url) as ask:
        await ask(5.0)
        rows = await ask(5.0)
    assert values(rows, "what").keys() == {"load"}
    assert ["collect" in line for line in web.asked] == [True, False, False]


async def test_a_host_that_is_not_this_machine_and_does_not_answer_is_trouble(web: Web) -> None:
    web.answers(body="something_else 1\n")
    for view in (CPU, DISKS):
        async with asking(view, web.url, FAR) as ask:
            with pytest.raises(SourceError, match="node exporter's port"):
                await ask(5.0)
        async with asking(view, web.url) as ask:
            assert "/proc" in (await ask(5.0)).about, "here it is read without"


# --- disks

FILLING = """
import asyncio, json, sys, time
from pathlib import Path
from sutaz_tui.config.kinds import Host
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.host_disks import DISKS
from tests.loopback import configured

async def main(folder):
    entry = Host(id="host", title="Host", interval=60.0)
    clients = Clients(configured(entry))
    ask, now = DISKS.asker(entry, clients), time.time()
    # An hour in which it filled by 600 kB of 1 MiB, as the history has it.
    ask.past = lambda id, begin, end: {f"disk {folder}": tuple((now - 3600 + 60 * n, n * 60 / 61) for n in range(60))}
    (Path(folder) / "filling").write_bytes(bytes(614_400))
    for number in range(100):
        (Path(folder) / str(number)).touch()
    (row,) = [row for row in (await ask(5.0)).rows if row.key == folder]
    print(json.dumps({"look": row.look, **{k: v for k, v in row.values.items() if k != "line"}}))
    (Path(folder) / "rest").write_bytes(bytes(430_000))
    (row,) = [row for row in (await ask(5.0)).rows if row.key == folder]
    print(json.dumps({"look": row.look, **{k: v for k, v in row.values.items() if k != "line"}}))
    await clients.aclose()

asyncio.run(main(sys.argv[1]))
"""


def test_a_small_disk_that_fills_says_when_it_is_full(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    mount = "mount -t tmpfs -o size=1m,nr_inodes=110 filling"
    tried = unshare and subprocess.run(
        [unshare, "-m", "sh", "-c", f'{mount} "$0"', str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if not tried or tried.returncode:
        pytest.skip(f"no mount namespace may be made here: {tried and tried.stderr.strip()}")
    done = subprocess.run(
        [str(unshare), "-m", "sh", "-c", f'{mount} "$0" && exec "$@"', str(tmp_path),
         sys.executable, "-c", FILLING, str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    filling, full = map(json.loads, done.stdout.splitlines())
    assert (filling["kind"], filling["size"], round(filling["used"], 1)) == ("tmpfs", 1 << 20, 58.6)
    assert filling["look"] == "degraded" and 90 < filling["inodes"] < 100
    # 59 % an hour: what is left lasts forty minutes.
    assert (
        2000 < filling["full"] < 3000
        and filling["state"].startswith("full in 4")
        and "inodes" in filling["state"]
    )
    assert 500_000 < filling["growth"] < 700_000
    assert full["look"] == "down" and full["used"] > 99.5


def test_growth_is_told_of_what_grows_and_not_of_what_comes_and_goes() -> None:
    now = time.time()
    steady = [(now - 3600 + 60 * n, 40 + n / 10) for n in range(61)]
    assert growth(steady, now) == pytest.approx(0.1 / 60)
    rotated = [(at, 40 + n % 7) for n, (at, _) in enumerate(steady)]
    assert growth(rotated, now) is None and growth([(at, 40.0) for at, _ in steady], now) is None
    assert growth(steady[-3:], now) is None, "three minutes tell nothing"
    assert growth([(at - 86_400, used) for at, used in steady], now) is None, "nor does yesterday"


async def test_a_history_that_cannot_be_read_is_told_and_the_disks_are_there() -> None:
    def unreadable(*_: object) -> Any:
        raise OSError(5, "the history is damaged")

    async with asking(DISKS) as ask:
        assert isinstance(ask, Asker)
        ask.past = unreadable
        rows = await ask(5.0)
    assert rows.rows and rows.missing == "how they grow is not known: the history is damaged"


def test_each_file_system_stands_once_and_those_of_dead_servers_are_not_asked(tmp_path: Path) -> None:
    place = tmp_path / "a place"
    place.mkdir()
    mounts = tmp_path / "mounts"
    escaped = str(place).replace(" ", "\\040")
    mounts.write_text(
        f"/dev/x {escaped} ext4 rw 0 0\n/dev/x {tmp_path} ext4 rw 0 0\nproc /proc proc rw 0 0\n"
        f"tmpfs /run tmpfs rw 0 0\nserver:/x /nowhere nfs4 rw 0 0\nx /nowhere fuse.sshfs rw 0 0\nbroken\n"
    )
    disks, far = disks_here(mounts)
    assert [disk.mount for disk in disks] == [str(tmp_path)] and far == 2


# --- processes


def test_a_process_is_read_with_its_user_and_command_line() -> None:
    own = next(one for one in processes_here() if one.pid == os.getpid())
    assert own.memory > 1_000_000 and own.threads >= 1 and own.cpu > 0
    told = whose(own.pid)
    assert "pytest" in told.command or "execnet" in told.command or "python" in told.command
    assert told.user and not told.container and whose(1 << 30).user == ""


async def test_the_ten_heaviest_are_listed_most_cpu_first() -> None:
    async with asking(PROCESSES) as ask:
        rows = await ask(5.0)
        again = await ask(5.0)
    for found in (rows, again):
        assert 1 <= len(found.rows) <= LISTED and found.total >= len(found.rows)
        shares = [float(str(row.values.get("cpu", 0.0))) for row in found.rows]
        assert all(first >= second - 1 for first, second in pairwise(shares)), shares
    assert any("cpu" in row.values for row in rows.rows), "the first answer tells it already"


async def test_a_password_on_a_command_line_is_not_shown() -> None:
    code = "import time\nwhile True: time.sleep(0)"
    argv = [sys.executable, "-c", code, "--password=hunter2hunter2"]
    process = await asyncio.create_subprocess_exec(*argv)
    try:
        told = whose(process.pid)
        row = _row(Process(process.pid, 1, 1.0, "python", "R", 1.0, 1, 1), None, told, Secrets().mask)
        assert "hunter2" in told.command and "--password=***" in str(row.values["command"])
    finally:
        process.kill()
        await process.wait()


def test_a_process_whose_name_looks_like_the_rest_of_its_line_is_read_right(tmp_path: Path) -> None:
    fields = ["S", *"0" * 10, "250", "50", *"0" * 4, "7", "0", "99", "0", "3"]
    for pid, text in (("42", f"42 (a) R (b) {' '.join(fields)}"), ("43", "43 (gone")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "stat").write_text(text)
    (tmp_path / "self").mkdir()
    (tmp_path / "42" / "cmdline").write_bytes(b"a\0--x=1\0")
    (tmp_path / "42" / "cgroup").write_text(f"0::/system.slice/docker-{'ab' * 32}.scope\n")
    (one,) = processes_here(tmp_path)
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    assert (one.pid, one.name, one.state, one.started) == (42, "a) R (b", "S", 99)
    assert (one.cpu, one.threads, one.memory) == (300 / tick, 7, 3 * page)
    assert (whose(42, tmp_path).command, whose(42, tmp_path).container) == ("a --x=1", "ab" * 32)


# --- units


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in that prints the file `said`, notes how it was called in `called`, and ends as `code` says."""
    program = tmp_path / "systemctl"
    program.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/called\ncat {tmp_path}/said\nexit $(cat {tmp_path}/code)\n'
    )
    program.chmod(0o755)
    (tmp_path / "code").write_text("0")
    (tmp_path / "said").write_text("")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


async def test_failed_units_are_listed_with_the_line_that_shows_their_journal(systemctl: Path) -> None:
    (systemctl / "said").write_text(
        "nginx.service loaded failed failed A high performance web server\n"
        "odd\\x2dname.mount loaded failed failed /odd name\n"
    )
    async with asking(UNITS) as ask:
        rows = await ask(5.0)
        (systemctl / "said").write_text("")
        none = await ask(5.0)
        (systemctl / "code").write_text("1")
        (systemctl / "said").write_text("Failed to connect to bus: Permission denied")
        with pytest.raises(SourceError, match="Permission denied"):
            await ask(5.0)
        (systemctl / "said").write_text("System has not been booted with systemd as init system (PID 1).")
        assert (await ask(5.0)).missing == NO_SYSTEMD
    assert [row.values["unit"] for row in rows.rows] == ["nginx.service", "odd\\x2dname.mount"]
    assert rows.rows[0].values["description"] == "A high performance web server"
    assert rows.rows[1].copied == "journalctl -u 'odd\\x2dname.mount' -n 100"
    assert (systemctl / "called").read_text().startswith("list-units --failed")
    assert not none.rows and none.about == "none failed"


async def test_without_systemctl_it_says_that_there_are_no_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with asking(UNITS) as ask:
        assert (await ask(5.0)).missing == NO_SYSTEMD


async def test_another_hosts_units_are_those_of_its_node_exporter(web: Web) -> None:
    web.answers(body='node_systemd_unit_state{name="b.service",state="failed"} 1\n'
                'node_systemd_unit_state{name="a.service",state="failed"} 0\n'
                'node_systemd_unit_state{name="a.service",state="active"} 1\n')  # fmt: skip
    async with asking(UNITS, web.url, FAR) as ask:
        assert [row.values["unit"] for row in (await ask(5.0)).rows] == ["b.service"]
