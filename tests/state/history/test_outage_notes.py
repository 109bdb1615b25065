"""What somebody noted of an outage comes back with the next one of the same service."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sutaz_tui.engine.since import Since
from sutaz_tui.state.history.account import account
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.history.moments import ms
from sutaz_tui.state.history.spans import outages, spans
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


def test_one_outage_that_was_unknown_for_a_moment_is_one_incident(tmp_path: Path) -> None:
    """H listed it twice, 23 s and 25 s, both from its beginning on."""
    timeline = Timeline("board", str)
    timeline.begin(ms(at(0)))
    seen = Seen("cause", since=Since(at(10)))
    timeline.see(("cause", "redis"), seen, ms(at(10)))
    timeline.gone(set(), ms(at(12)))
    timeline.see(("cause", "redis"), seen, ms(at(12.1)))
    timeline.gone(set(), ms(at(14)))
    timeline.end(ms(at(80)), "stop")
    file = HistoryFile(tmp_path / "history.sqlite3")
    file.write(timeline.take())
    first, second = file.read(lambda db: spans(db, at(0), at(80), "cause"))
    assert first.ended <= second.began, "they do not overlap"
    (incident,) = file.read(lambda db: account(db, at(0), at(80), lambda _: ())).incidents
    file.close()
    assert (incident.began, incident.ended, incident.times) == (at(10), at(14), 1)
