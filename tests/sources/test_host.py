"""This machine's figures out of /proc, as it may be."""

from pathlib import Path

import pytest

from sutaz_tui.errors import Unreachable
from sutaz_tui.sources.host import CpuTimes, read_proc


def test_this_machine() -> None:
    figures = read_proc("Host")
    assert figures.cpu is not None and 0 < figures.cpu.idle < figures.cpu.total
    assert figures.memory is not None and 0 < figures.memory < 100
    assert figures.disk is not None and 0 <= figures.disk <= 100
    assert figures.load1 is not None and figures.load1 >= 0


def test_busy_is_what_was_not_idle_in_between() -> None:
    before = CpuTimes(idle=50.0, total=100.0)
    assert CpuTimes(idle=65.0, total=120.0).busy_since(before) == 25.0
    assert CpuTimes(idle=90.0, total=120.0).busy_since(before) == 0.0
    # No tick has passed, or the counters started over.
    assert before.busy_since(before) is None
    assert CpuTimes(idle=1.0, total=2.0).busy_since(before) is None
    assert CpuTimes(idle=1.0, total=120.0).busy_since(before) is None


def test_proc_as_it_may_be(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="set the address of a node exporter"):
        read_proc("Host", tmp_path)
    (tmp_path / "stat").write_text("cpu  10 0 10 70 10 0 0 0 99 99\ncpu0 1 2 3 4\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    (tmp_path / "loadavg").write_text("0.25 0.5 0.7 1/234 999\n")
    figures = read_proc("Host", tmp_path)
    assert (figures.cpu, figures.memory, figures.load1) == (CpuTimes(80.0, 100.0), 75.0, 0.25)
    (tmp_path / "stat").write_text("intr 5\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\n")
    figures = read_proc("Host", tmp_path)
    assert (figures.cpu, figures.memory) == (None, None)
    (tmp_path / "loadavg").write_text("")
    with pytest.raises(Unreachable):
        read_proc("Host", tmp_path)


@pytest.mark.parametrize("missing", ["stat", "meminfo", "loadavg"])
def test_a_machine_that_hides_a_file_of_proc_tells_the_rest(missing: str, tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  10 0 10 70 10 0 0 0 99 99\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 100 kB\n")
    (tmp_path / "loadavg").write_text("0.25 0.5 0.7 1/234 999\n")
    (tmp_path / missing).unlink()
    figures = read_proc("Host", tmp_path, str(tmp_path / "no such place"))
    told = {"stat": figures.cpu, "meminfo": figures.memory, "loadavg": figures.load1}
    assert told.pop(missing) is None
    assert None not in told.values()
    assert figures.disk is None


def test_more_memory_available_than_there_is_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 5000 kB\n")
    figures = read_proc("Host", tmp_path)
    assert (figures.memory, figures.odd) == (None, ("5000 of 1000 memory available",))
