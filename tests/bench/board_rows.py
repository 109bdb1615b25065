"""What rows cost: to fill, to change, to scroll and filter, against a DataTable of the same rows."""

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.board_keys import COLUMNS, ROWS, percentile
from tests.bench.row import Row
from tests.bench.screen import Wire

RUNS = 2
FEW, MANY = 40, 10_000
Acts = dict[str, list[dict[str, float]]]


def changes() -> list[Row]:
    """One changed row, and four changed cells, each painted alone."""
    ours, table = _measured(FEW)
    row, other = _cpu(ours, "row"), _cpu(table, "row")
    written, repainted = _bytes(ours, "cells"), _bytes(table, "cells")
    return [
        Row(
            "board-row",
            row / other,
            "x",
            0.25,
            f"CPU: ours {1000 * row:.1f} ms, DataTable {1000 * other:.1f} ms",
        ),
        Row(
            "board-cells",
            written / repainted,
            "x",
            0.1,
            f"ours {written:.0f} bytes, DataTable {repainted:.0f}",
        ),
    ]


def ten_thousand() -> list[Row]:
    """Ten thousand services."""
    ours, table = _measured(MANY)
    fill, other = _cpu(ours, "fill"), _cpu(table, "fill")
    scroll, filtered = (
        percentile([act["wall"] for run in ours for act in run[name]]) for name in ("scroll", "filter")
    )
    pages = percentile([act["wall"] for run in table for act in run["scroll"]])
    return [
        Row(
            "board-fill",
            fill / other,
            "x",
            0.1,
            f"CPU: ours {1000 * fill:.0f} ms, DataTable {1000 * other:.0f} ms",
        ),
        Row(
            "board-scroll",
            1000 * scroll,
            "ms",
            50,
            f"p95 of a page, painted; DataTable {1000 * pages:.0f} ms",
        ),
        Row("board-filter", 1000 * filtered, "ms", 50, "p95 of a filter, painted"),
    ]


def _measured(rows: int) -> tuple[list[Acts], list[Acts]]:
    ours, table = [], []
    for _ in range(RUNS):
        ours.append(_run("ours", rows))
        table.append(_run("datatable", rows))
    return ours, table


def _run(kind: str, rows: int) -> Acts:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "told.json")
        program = (sys.executable, "-m", "tests.bench.table_app", kind, str(rows), str(told))
        with Wire(program=program, columns=COLUMNS, rows=ROWS) as wire:
            wire.until_end(120)
        acts: Acts = json.loads(told.read_text("utf-8"))
    return acts


def _cpu(runs: list[Acts], name: str) -> float:
    return median(act["cpu"] for run in runs for act in run[name])


def _bytes(runs: list[Acts], name: str) -> float:
    return median(act["bytes"] for run in runs for act in run[name])
