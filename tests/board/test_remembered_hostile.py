"""Texts of outsiders in what is remembered: they stay text in H and U, and in what `history` and `uptime` print."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sutaz_tui.model import Status
from sutaz_tui.output.history import WIDEST, history_json, history_text, uptime_json, uptime_text
from sutaz_tui.probes.base import Finding
from sutaz_tui.state.history.account import account
from sutaz_tui.state.history.file import Statement
from sutaz_tui.state.history.uptime import SPANS, read_uptimes
from tests import hostile
from tests.board.showing import showing
from tests.test_hostile import assert_is_only_text, entries

NAMES = [*hostile.STRINGS]
LONG = "x" * 10_000


def other_kinds(rows: list[tuple[str]]) -> Iterator[Statement]:
    """Alerts, causes, versions and numbers by these names, and of them."""
    for number, (text,) in enumerate(rows):
        for kind in ("alert", "cause"):
            yield "INSERT OR IGNORE INTO subjects (kind, id) VALUES (?, ?)", (kind, text)
            yield SPAN, (kind, text, text, text, text)
        for kind in ("version", "image", "leader"):
            yield "INSERT OR IGNORE INTO subjects (kind, id) VALUES (?, ?)", (kind, f"s{number}")
            yield SPAN, (kind, f"s{number}", text, text, text)
        facts = json.dumps({text[:40]: number, "n": number})
        yield MINUTES, (facts, f"s{number}")


SPAN = """
INSERT INTO spans SELECT no, began - 60000, NULL, ?3, ?4, ?5, began, 0, NULL FROM subjects, watches WHERE kind = ?1 AND id = ?2
"""
MINUTES = """
INSERT OR REPLACE INTO minutes SELECT no, ended / 60000 - 1, 1, 6, 1, 0.01, 0.02, ?1 FROM subjects, watches
WHERE kind = 'service' AND id = ?2
"""


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("portion", [NAMES[at : at + 16] for at in range(0, len(NAMES), 16)])
async def test_hostile_texts_stay_text_in_what_is_remembered(
    portion: list[str], size: tuple[int, int], tmp_path: Path
) -> None:
    texts = [*(hostile.STRINGS[name] for name in portion), LONG]
    async with showing(*entries(portion), size=size, folder=tmp_path) as board:
        for id, text in zip(board.stand.probes, texts, strict=False):
            board.stand[id].finding = Finding(text, Status.DOWN, 0.001, text)
        await board.run(40)
        await board.written()
        memory, engine = board.app.memory, board.stand.engine
        assert memory is not None and memory.file is not None
        # As a file has them that another program wrote.
        rows = [(text.encode("utf-8", "replace").decode(),) for text in texts]
        memory.file.write(
            (f"INSERT INTO changes SELECT max(ended), NULL, '{kind}', ? FROM watches", row)
            for row in rows
            for kind in ("note", "deploy", "deployed", "checks", "restart")
        )
        memory.file.write(other_kinds(rows))
        for key, waits_for in (("H", "incident"), ("U", "▇ up")):
            await board.press(key)
            await board.until(waits_for)
            assert_is_only_text(board)
            for _ in texts:
                await board.press("j", "enter")
                assert_is_only_text(board)
            await board.press("q", "q")
        for key in ("left_square_bracket", "d", "q", "left_curly_bracket", "enter", "shift+tab", "left", "q"):
            await board.press(key)
            assert_is_only_text(board)
        assert board.app.past is not None
        now = engine.clock.now()
        needed_by = engine.store.dependencies.needed_by
        changes = memory.file.read(lambda db: account(db, now - timedelta(hours=1), now, needed_by))
        times = memory.file.read(lambda db: read_uptimes(db, SPANS[-1].length, now, engine.store.records))
    titles = {service.id: service.title for service in engine.services} | {"s0": LONG}
    text = f"{history_text(changes, titles)}\n{uptime_text(times, titles, 'last 30d')}"
    assert not [char for char in text if not char.isprintable() and char != "\n"], repr(text)
    assert len(changes.changes) >= len(texts)
    assert max(map(len, text.splitlines())) <= WIDEST
    whole = history_json(changes) + uptime_json("30d", times.spans["30d"])
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", whole)
