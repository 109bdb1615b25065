"""Measure the figures that are asked for by name, all of them without one; always exit 0, as machines are noisy."""

import compileall
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    board_idle,
    board_keys,
    board_memory,
    board_rows,
    board_start,
    charts,
    checks,
    engine,
    history,
    log_beside,
    log_buffer,
    log_find,
    log_flood,
    log_reading,
    log_sources,
    places,
    probes,
    recorder,
    serving,
    size,
    stack,
    start,
    tabs,
    together,
    view_change,
    view_cost,
    view_hosts,
    view_open,
    view_servers,
)
from tests.bench.row import Row, table

ROOT = Path(__file__).parent.parent.parent

FIGURES: dict[str, Callable[[], list[Row]]] = {
    "version": start.version,
    "status-line": start.status_line,
    "status-start": start.status_start,
    "check-start": start.check_start,
    "size": size.installed,
    "round": stack.round_from_first_request,
    "first-frame": stack.round_from_first_frame,
    "probe": probes.warm_probe,
    "thousand": engine.thousand_services,
    "targets": together.ten_thousand_targets,
    "checks": checks.rerun,
    "checks-own": checks.own,
    "checks-pytest": checks.suite,
    "log-reading": log_reading.reading,
    "log-memory": log_buffer.memory,
    "log-file": log_sources.file_follow,
    "log-find": log_find.whole_file,
    "log-filter": log_find.filter_key,
    "board-start": board_start.first_frame,
    "board-start-history": board_start.first_frame_with_history,
    "board-resize": board_start.resize,
    "board-quit": board_start.leaving,
    "board-memory": board_memory.memory,
    "board-idle": board_idle.idle,
    "board-row": board_rows.changes,
    "board-fill": board_rows.ten_thousand,
    "board-key": board_keys.key_to_paint,
    "board-slow-line": board_keys.slow_line,
    "log-beside": log_beside.log_beside,
    "log-flood": log_flood.log_flood,
    "view-queues": view_cost.queues,
    "view-open": view_open.first_data,
    "view-servers": view_servers.servers,
    "view-catalog": view_servers.catalog,
    "view-change": view_change.consul,
    "charts-open": charts.first_data,
    "charts-draw": charts.drawing,
    "charts-cost": charts.cost,
    "view-containers": view_hosts.containers,
    "view-hosts": view_hosts.hosts,
    "tabs": tabs.three,
    "unknown-host": tabs.unknown_host,
    "history": history.remembering,
    "record": recorder.recording,
    "attach": recorder.attached,
    "serve": serving.scrapes,
    "workers": places.workers,
}


def main(names: list[str]) -> int:
    """Measure and print; 2 for a name that is no figure's."""
    if unknown := [name for name in names if name not in FIGURES]:
        print(f"no figure {', '.join(unknown)}; there are: {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    for package in ("sutaz_tui", "widgets"):
        # Where PYTHONDONTWRITEBYTECODE is set, every start would compile anew.
        compileall.compile_dir(ROOT / package, quiet=2)
    rows: list[Row] = []
    for name in names or FIGURES:
        began = time.monotonic()
        try:
            rows += FIGURES[name]()
        except (AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            # The other figures are still worth having.
            rows.append(Row(name, None, "", None, str(error).partition("\n")[0] or type(error).__name__))
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(table(rows))
    print(f"\n{machine()}")
    return 0


def machine() -> str:
    """What the figures were measured on, and whether it was busy with something else."""
    cores, load = os.cpu_count() or 1, os.getloadavg()[1]
    words = f"Python {platform.python_version()}, {cores} cores, load {load:.1f} over the last 5 minutes"
    if load > cores / 2:
        words += ": busy, so seconds and percents are too high; the ratios are less so"
    return words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
