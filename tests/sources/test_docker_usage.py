"""What a container uses, read from cgroup files of both versions, from cAdvisor and from Docker's own samples."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sutaz_tui.probes.exposition import samples
from sutaz_tui.sources.docker_usage import CADVISOR, Usage, from_cadvisor, from_cgroup, from_stats

ID = "0123456789abcdef" * 4


def written(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def process(proc: Path, pid: str, net: str) -> None:
    written(
        proc / pid,
        {"net/dev": "Inter-|\n face |\n    lo: 9 9 0 0 0 0 0 0 9 9\n  eth0: 700 1 0 0 0 0 0 0 300 2\n"},
    )
    (proc / pid / "ns").mkdir()
    (proc / pid / "ns/net").symlink_to(net)


def test_files_of_version_2(tmp_path: Path) -> None:
    cgroup = tmp_path / "cgroup" / "system.slice" / f"docker-{ID}.scope"
    written(cgroup, {
        "cgroup.procs": "41\n42\n", "cpu.stat": "usage_usec 2500000\nuser_usec 1\n", "memory.current": "1000\n",
        "memory.stat": "anon 5\ninactive_file 200\n",
        "io.stat": "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2 rios=1\n",
    })  # fmt: skip
    process(tmp_path / "proc", "41", "net:[1]")
    process(tmp_path / "proc", "self", "net:[2]")
    assert from_cgroup(ID, tmp_path / "cgroup", tmp_path / "proc") == Usage(800, 2.5, 700, 300, 11, 22)


def test_files_of_version_1_of_a_container_in_the_network_of_its_host(tmp_path: Path) -> None:
    roots = {name: tmp_path / "cgroup" / name / "docker" / ID for name in ("cpuacct", "memory", "blkio")}
    written(roots["cpuacct"], {"cgroup.procs": "41\n", "cpuacct.usage": "1500000000\n"})
    written(
        roots["memory"],
        {"memory.usage_in_bytes": "900\n", "memory.stat": "cache 9\ntotal_inactive_file 100\n"},
    )
    blkio = "8:0 Read 5\n8:0 Write 7\n8:0 Total 12\nTotal 12\n"
    written(roots["blkio"], {"blkio.throttle.io_service_bytes_recursive": blkio})
    for pid in ("41", "self"):
        process(tmp_path / "proc", pid, "net:[1]")
    assert from_cgroup(ID, tmp_path / "cgroup", tmp_path / "proc") == Usage(800, 1.5, None, None, 5, 7)


def test_no_such_cgroup_is_none_and_files_that_are_missing_tell_nothing(tmp_path: Path) -> None:
    assert from_cgroup(ID, tmp_path, tmp_path) is None
    written(tmp_path / "docker" / ID, {"cgroup.procs": ""})
    assert from_cgroup(ID, tmp_path, tmp_path) == Usage()


def test_cadvisors_total_is_taken_before_its_cores_and_what_is_no_container_is_left_out() -> None:
    body = "\n".join([
        *(f'container_cpu_usage_seconds_total{{id="/docker/{ID}",cpu="{core}"}} {value}'
          for core, value in (("cpu00", 1), ("cpu01", 2), ("total", 3.5))),
        *(f'container_network_receive_bytes_total{{id="/docker/{ID}",interface="{name}"}} 40' for name in ("a", "b")),
        f'container_memory_working_set_bytes{{id="/docker/{ID}"}} NaN',
        'container_memory_working_set_bytes{id="/"} 5',
    ]).encode()  # fmt: skip
    assert from_cadvisor(samples(body, CADVISOR)) == {ID: Usage(cpu=3.5, received=80)}


def test_a_sample_of_docker_with_parts_missing_or_odd() -> None:
    whole = {
        "cpu_stats": {"cpu_usage": {"total_usage": 2_000_000_000}},
        "memory_stats": {"usage": 10, "stats": {"inactive_file": 4}},
        "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
        "blkio_stats": {
            "io_service_bytes_recursive": [{"op": "Read", "value": 3}, {"op": "write", "value": 4}]
        },
    }
    assert from_stats(whole) == Usage(6, 2.0, 11, 22, 3, 4)
    odd = {
        "networks": {"eth0": None},
        "blkio_stats": {"io_service_bytes_recursive": None},
        "memory_stats": [],
    }
    assert from_stats(odd) == from_stats([]) == from_stats(None) == Usage()


def test_a_user_who_may_not_see_the_network_of_a_process_knows_it_by_its_routes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "readlink", denied)
    written(tmp_path / "cgroup" / "docker" / ID, {"cgroup.procs": "41\n", "memory.current": "1000\n"})
    for pid in ("41", "self"):
        process(tmp_path / "proc", pid, "net:[1]")
        written(tmp_path / "proc" / pid, {"net/route": "eth0 00000000 010011AC\n"})
    told = from_cgroup(ID, tmp_path / "cgroup", tmp_path / "proc")
    assert told is not None and told.received is None, "it is in the host's own"
    (tmp_path / "proc/41/net/route").write_text("eth0 00000000 010014AC\n")
    told = from_cgroup(ID, tmp_path / "cgroup", tmp_path / "proc")
    assert told is not None and (told.received, told.sent) == (700, 300)
