"""What remembering costs: 30 days of 34 services, how large that is, and how long it takes to ask of it."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection

from sutaz_tui.model import Service
from sutaz_tui.state.history.account import account
from sutaz_tui.state.history.curves import curves
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.history.moment import change_beside, snapshot_at
from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.history.spans import last_seen
from sutaz_tui.state.history.thinning import Bounds, thin
from sutaz_tui.state.history.uptime import read_uptimes
from tests.bench.row import Row

SERVICES = 34
DAYS = 30
RUNS = 20
UP = "up", "", "16.4 primary, connections 14/100"
DOWN = "down", "DOWN", ":10000 refused"
FACTS = '{"connections":14,"max_connections":100,"memory":27262976,"ops_per_s":141,"hit_ratio":0.9612,"clients":12}'


def remembering() -> list[Row]:
    """The file's megabytes, and milliseconds of what the screens ask of it, in the middle of so many runs."""
    now = datetime.now(UTC)
    ids = [f"svc-{number}" for number in range(SERVICES)]
    with tempfile.TemporaryDirectory() as folder:
        file = HistoryFile(Path(folder) / "history.sqlite3")
        fill(file, ids, now)
        file.change(lambda database: thin(database, Bounds(DAYS, 200_000_000), now))
        file.close()
        size = file.path.stat().st_size / 1e6
        begin = now - timedelta(days=DAYS)
        day = now - timedelta(days=1)
        services = tuple(Service(id, id, "tcp", "all") for id in ids)
        asked: list[tuple[str, float, Callable[[], object]]] = [
            ("history-day", 100, lambda: file.read(lambda db: account(db, day, now, lambda _: ()))),
            ("history-30d", 100, lambda: file.read(lambda db: account(db, begin, now, lambda _: ()))),
            ("history-uptime", 200, lambda: file.read(lambda db: read_uptimes(db, timedelta(days=DAYS), now, ids))),
            ("history-moment", 50, lambda: file.read(lambda db: snapshot_at(db, begin + timedelta(days=9), services))),
            ("history-step", 50, lambda: file.read(lambda db: change_beside(db, begin + timedelta(days=9), -1, now))),
            ("history-curves", 200, lambda: file.read(lambda db: curves(db, ids[3], begin, now))),
            ("history-recall", 20, lambda: file.read(last_seen)),
        ]  # fmt: skip
        rows = [
            Row("history-size", size, "MB", 60, f"{DAYS} days of {SERVICES} services, 1,000 changes a day")
        ]
        rows += [
            Row(name, wall, "ms", bound, f"the middle of {RUNS} reads; {cpu:.3g} ms of CPU")
            for name, bound, ask in asked
            for wall, cpu in (took(ask),)
        ]
        return rows


def took(ask: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds, and those of CPU, the middle of several runs: where others are at work the first are more."""
    times = []
    for _ in range(RUNS):
        began, cpu = time.perf_counter(), time.process_time()
        ask()
        times.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu)))
    return statistics.median(wall for wall, _ in times), statistics.median(cpu for _, cpu in times)


def fill(file: HistoryFile, ids: list[str], now: datetime) -> None:
    """A bad month: each service changes thirty times a day, and each minute has its figures."""
    chance = random.Random(7)
    begin = ms(now - timedelta(days=DAYS))
    end = ms(now)

    def write(database: Connection) -> None:
        database.executemany("INSERT INTO subjects (kind, id) VALUES ('service', ?)", [(id,) for id in ids])
        database.execute("INSERT INTO watches VALUES (?, ?, '', 'record')", (begin, end))
        spans, minutes = [], []
        for number in range(1, len(ids) + 1):
            edges = sorted(chance.randrange(begin, end) for _ in range(30 * DAYS))
            for index, (at, until) in enumerate(zip([begin, *edges], [*edges, None], strict=True)):
                spans.append((number, at, until, *(DOWN if index % 2 else UP), at, 0, None))
            first = end // 60_000
            for step, young, old in (
                (1, 0, 48 * 60),
                (10, 48 * 60 + 10, 14 * 1440),
                (60, 14 * 1440 + 60, DAYS * 1440),
            ):
                minutes += [
                    (number, (first - one) // step * step, step, 6 * step, 0, 0.00312, 0.01844, FACTS)
                    for one in range(young, old, step)
                ]
        database.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", spans)
        database.executemany("INSERT OR IGNORE INTO minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", minutes)

    file.change(write)
