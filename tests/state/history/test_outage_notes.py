"""What somebody noted of an outage comes back with the next one of the same service."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sutaz_tui.engine.since import Since
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.history.spans import outages
from sutaz_tui.state.history.timeline import Seen, Timeline

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_the_last_note_between_two_outages_is_that_of_the_first(tmp_path: Path) -> None:
    timeline = Timeline("board", str)
    timeline.begin(ms(at(0)))
    timeline.note(ms(at(1)), "redis", "note", "before any outage")
    for begins in (10, 60):
        timeline.see(("cause", "redis"), Seen("cause", since=Since(at(begins))), ms(at(begins)))
        timeline.gone(set(), ms(at(begins + 7)))
    timeline.note(ms(at(18)), "redis", "note", "restarted it")
    timeline.note(ms(at(19)), "redis", "note", "raised work_mem")
    timeline.note(ms(at(20)), "kong", "note", "another service")
    timeline.end(ms(at(80)), "stop")
    file = HistoryFile(tmp_path / "history.sqlite3")
    file.write(timeline.take())
    found = file.read(outages)
    file.close()
    assert [(one.seconds, one.note) for one in found["redis"]] == [(420.0, "raised work_mem"), (420.0, "")]
