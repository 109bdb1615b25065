"""The way that `c` goes through causes."""

from datetime import UTC, datetime

from sutaz_tui.model import NAME_SERVER, Cause, Snapshot
from sutaz_tui.tui.screens.board.causes import CauseWalk

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def _seen(cause: Cause) -> Snapshot:
    return Snapshot(1, NOW, causes=(cause,))


def test_c_goes_nowhere_while_only_the_name_server_is_silent_and_then_to_who_suffers() -> None:
    walk, silent = CauseWalk(), Cause(NAME_SERVER, "name server", NOW, "the name server does not answer")
    assert walk.next(_seen(silent), "redis") == ""
    assert walk.leave("redis") == "", "nobody went anywhere"
    suffering = Cause(NAME_SERVER, "name server", NOW, silent.words, affected=("kong",))
    assert walk.next(_seen(suffering), "redis") == "kong"
    assert walk.leave("kong") == "redis"
