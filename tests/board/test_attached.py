"""The board of an operator beside a recorder: whose picture it is, what others run and mark, and that it has gone."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Twin
from sutaz_tui.config import Config, load
from sutaz_tui.model import CheckClass, Known, Status
from sutaz_tui.sources.recorder.peers import user_name
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.recorders import board, recording, until
from tests.servers.waiting import patient

ME = user_name()


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    file = tmp_path / "till.yaml"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n", "utf-8"
    )
    return load(None, file, os.environ)


class Shown:
    """The screen of an app that runs."""

    def __init__(self, app: SutazApp) -> None:
        self.app = app

    @property
    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    async def until(self, holds: Callable[[str], bool], what: str) -> None:
        """Wait until it shows that."""
        try:
            async with asyncio.timeout(patient(30)):
                while not holds(self.text):  # noqa: ASYNC110 - what draws it is Textual's own
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{what}; shown was:\n{self.text}") from None


@asynccontextmanager
async def app_of(config: Config) -> AsyncIterator[Shown]:
    app = SutazApp(config, terminal=Terminal())
    async with app.run_test(size=(100, 24)):
        yield Shown(app)
    app.writer.flush(patient(10))
    if app.recorder is not None:
        app.recorder.let_go()


async def test_the_head_says_whose_picture_it_is_and_what_another_runs(
    config: Config, tmp_path: Path
) -> None:
    async with recording(config, tmp_path) as recorder, app_of(config) as shown, board(config) as other:
        await shown.until(lambda text: "from your recorder" in text and "Till DOWN" in text, "its picture")
        assert other.engine.link is not None
        other.engine.link.mark("till", Known("till", "being mended", None, "", None, Status.DOWN))
        await shown.until(lambda text: "1 known" in text, "what another marked")
        # Both are of one process here, which an operator's two boards are not.
        recorder.engine.store.touch()
        assert await other.engine.link.begin("e2e", True) == ""
        await shown.until(lambda _: bool(shown.app.engine.link and shown.app.engine.link.runs), "told")
        shown.app.tab.process = 0
        shown.app.show(shown.app.engine.snapshot())
        await shown.until(lambda text: f"{ME} runs e2e" in text, "what another runs")
        other.engine.link.end("e2e")
        await shown.until(lambda text: "runs e2e" not in text, "that it ended")


async def test_a_board_whose_recorder_has_gone_says_that_it_polls_itself(
    config: Config, tmp_path: Path
) -> None:
    async with recording(config, tmp_path):
        started = app_of(config)
        shown = await started.__aenter__()
        await shown.until(lambda text: "from your recorder" in text and "Till DOWN" in text, "its picture")
    try:
        await shown.until(lambda text: f"{ME}'s recorder gone: own polls" in text, "in the head")
        assert f"{ME}'s recorder has gone: this board polls by itself" in shown.text
        await shown.until(lambda _: bool(shown.app.engine.poller._loops), "polls")
        assert "Till DOWN" in shown.text
    finally:
        await started.__aexit__(None, None, None)


async def test_slower_is_not_for_one_of_several(config: Config, tmp_path: Path) -> None:
    async with recording(config, tmp_path) as recorder, app_of(config) as shown:
        await shown.until(lambda text: "from your recorder" in text, "attached")
        shown.app.action_slower()
        await shown.until(
            lambda text: "the recorder polls as in the config: others look too" in text, "refused"
        )
        shown.app.action_faster()
        await shown.until(lambda _: recorder.engine.rhythm.stretch == 0.5, "faster for all")


async def test_a_run_that_writes_is_refused_while_another_writes(config: Config, tmp_path: Path) -> None:
    async with recording(config, tmp_path), app_of(config) as shown, board(config) as other:
        await shown.until(lambda text: "from your recorder" in text, "attached")
        assert other.engine.link is not None
        assert await other.engine.link.begin("e2e", True) == ""
        asked: list[str] = []

        async def write(_: Ask) -> str:
            asked.append("it")
            return "written"

        check = Check("pool.a", "pool", "it writes", write, (), Twin(), check_class=CheckClass.WRITES)
        runs = shown.app.checks.runs

        async def run() -> None:
            task = runs.run([check], "pool", frozenset({CheckClass.WRITES}))
            assert task is not None
            await task

        await run()
        await shown.until(lambda text: "pool did not run" in text, "said")
        assert asked == []
        other.engine.link.end("e2e")
        await run()
        assert asked == ["it"]


async def test_the_history_on_a_board_is_that_of_the_recorder_and_says_so(
    config: Config, tmp_path: Path
) -> None:
    async with recording(config, tmp_path) as recorder, app_of(config) as shown, board(config) as other:
        await shown.until(lambda text: "from your recorder" in text and "Till DOWN" in text, "its picture")
        assert other.engine.link is not None
        other.engine.link.note(recorder.engine.clock.now(), "till", "drawer jammed", "note")
        await until((tmp_path / "history-test.sqlite3").exists, "kept")
        shown.app.action_history()
        await shown.until(lambda text: "drawer jammed" in text, "what the recorder was told")
        assert f"of {ME}'s recorder" in shown.text.splitlines()[0]


async def test_a_board_that_cannot_read_its_recorders_history_says_that_it_shows_its_own(
    config: Config, tmp_path: Path
) -> None:
    async with recording(config, tmp_path / "elsewhere"), app_of(config) as shown:
        words = f"your own history: that of {ME}'s recorder cannot be read"
        await shown.until(lambda text: words in text, "said at once")
        await shown.until(lambda text: "from your recorder, own history" in text, "and in the head")
        shown.app.action_history()
        await shown.until(lambda text: "HISTORY" in text and words in text, "and where it is shown")
