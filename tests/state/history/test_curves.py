"""Curves tell what was measured, and nothing where nobody was: no data is never 0."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sutaz_tui.state.history.curves import Points, curves
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.history.moments import ms

END = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
LAST = ms(END) // 60_000


def kept(folder: Path, *rows: tuple[int, int, int, int, float | None, float | None, str]) -> HistoryFile:
    """A history of one service: minutes before the end, step, asks, failures, median, worst, facts."""
    file = HistoryFile(folder / "history.sqlite3")
    file.write([("INSERT INTO subjects (kind, id) VALUES ('service', 'redis')", ())])
    file.write(
        ("INSERT INTO minutes VALUES (1, ?, ?, ?, ?, ?, ?, ?)", (LAST - row[0], *row[1:])) for row in rows
    )
    file.close()
    return file


def at(points: Points, minutes: float) -> float | None:
    """What a curve says so many minutes before the end, as a chart reads it: the nearest point."""
    moment = END.timestamp() - minutes * 60
    return min(points, key=lambda point: abs(point[0] - moment))[1]


def test_a_time_that_nobody_watched_is_a_gap_and_no_zero(tmp_path: Path) -> None:
    file = kept(
        tmp_path,
        (50, 1, 6, 0, 0.003, 0.018, '{"clients":3}'),
        (49, 1, 6, 2, 0.004, 0.020, ""),
        (20, 1, 6, 6, None, None, '{"clients":5}'),
    )
    found = file.read(lambda db: curves(db, "redis", END - timedelta(hours=1), END))
    assert [figure.name for figure in found] == ["latency", "failures", "clients"]
    (_, median), (_, worst) = found[0].lines
    ((_, failures),), ((_, clients),) = (figure.lines for figure in found[1:])
    assert (at(median, 49.5), at(worst, 49.5), at(failures, 49.5), at(clients, 49.5)) == (0.003, 0.018, 0, 3)
    assert (at(median, 48.5), at(failures, 48.5), at(clients, 48.5)) == (0.004, 2, None)
    assert (at(median, 19.5), at(failures, 19.5), at(clients, 19.5)) == (None, 6, 5)
    for moment in (58, 40, 30, 10, 1):
        assert {at(line, moment) for line in (median, worst, failures, clients)} == {None}
    assert all(before[0] <= after[0] for line in (median, failures) for before, after in pairwise(line))


def test_coarse_minutes_are_rates_and_leave_no_gaps(tmp_path: Path) -> None:
    file = kept(
        tmp_path,
        (120, 60, 360, 120, 0.1, 0.2, ""),
        (60, 10, 60, 20, 0.1, 0.2, ""),
        (50, 10, 60, 0, 0.1, 0.2, ""),
    )
    found = file.read(lambda db: curves(db, "redis", END - timedelta(minutes=90), END))
    ((_, failures),) = found[1].lines
    assert [value for _, value in failures if value is not None] == [2, 2, 0]
    assert (at(failures, 80), at(failures, 55), at(failures, 45)) == (2, 2, 0)
    assert at(failures, 20) is None


def test_a_service_that_was_never_watched_has_none(tmp_path: Path) -> None:
    file = kept(tmp_path)
    assert file.read(lambda db: curves(db, "redis", END - timedelta(days=30), END)) == ()
    assert file.read(lambda db: curves(db, "nobody", END - timedelta(days=30), END)) == ()
