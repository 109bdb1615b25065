"""A whole program that tells people: each thing once, also over its end; what fails is seen, tried again, and not lost."""

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import load
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.news.telling import Message, State
from sutaz_tui.model import Answer, CheckClass, CheckResult, Outcome, Reading, Status
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.notify.notifying import Notifying, Watching
from sutaz_tui.state.notify.outbox import BEGUN, DUE, SENT, Outbox
from sutaz_tui.wiring.engine import build
from tests.notify.hooks import Hook, hook, until
from tests.running import begun, command
from tests.servers.alertmanager import Alertmanager


class Program:
    """A program that watches `db` and `api`, which needs it, and tells people."""

    def __init__(self, folder: Path, notify: str, is_board: bool = False, **watching: Any) -> None:
        file = folder / "stack.yaml"
        file.write_text(
            "env: test\nservices:\n"
            f"  - {{id: db, title: Database, kind: tcp, address: '127.0.0.1:1', logs: {{file: {folder}/db.log}}}}\n"
            "  - {id: api, title: Api, kind: tcp, address: '127.0.0.1:2', depends_on: [db]}\n"
            f"notify:\n{notify}",
            "utf-8",
        )
        self.config = load(None, file, {"KEY": "key-17-secret"})
        self.engine: Engine = build(self.config)
        self.said: list[str] = []
        self.results: dict[str, CheckResult] = {}
        by = Watching(results=lambda: self.results, **watching)
        self.notifying = Notifying(
            self.config, self.engine, folder / "history-x.sqlite3", is_board, self.said.append, by
        )

    def see(self, **statuses: Status) -> None:
        """An answer of each of these services, often enough to count."""
        for _ in range(2):
            for id, status in statuses.items():
                now = self.engine.clock.now()
                self.engine.store.put(
                    id, Answer((Reading(id, "tcp", status, "refused" if status else "well", now),))
                )

    @property
    def rows(self) -> list[str]:
        """The alerts that the board shows."""
        return [f"{alert.name}: {alert.summary}" for alert in self.engine.snapshot().alerts]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Program"]:
        task = asyncio.create_task(self.notifying.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled() or task.exception() is None


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sutaz_tui.state.notify.notifying.LOOK", 0.05)
    monkeypatch.setattr("sutaz_tui.state.notify.runner.PAUSES", (0.1,))
    monkeypatch.setattr("sutaz_tui.state.notify.log_watch.AGAIN", 0.2)


def to(there: Hook, **more: str) -> str:
    keys = {"name": "x", "to": "webhook", "url": there.url, "after": "0", **more}
    return f"  - {json.dumps(keys)}\n".replace('"after": "0"', '"after": 0')


def titles(there: Hook) -> list[str]:
    return [json.loads(body)["title"] for body in there.bodies]


DOWN, BACK = "TEST: Database DOWN", "TEST: RECOVERED: Database DOWN"


async def test_a_trouble_is_told_once_by_all_runs_of_a_recorder_and_its_recovery(tmp_path: Path) -> None:
    async with hook() as there:
        async with Program(tmp_path, to(there)).running() as first:
            first.see(db=Status.UP, api=Status.UP)
            first.see(db=Status.DOWN, api=Status.DEGRADED)
            await until(lambda: there.bodies, "told")
            assert titles(there) == [DOWN]
            assert json.loads(there.bodies[0])["services"] == ["Database", "Api"]
        async with Program(tmp_path, to(there)).running() as second:
            second.see(db=Status.DOWN, api=Status.DEGRADED)
            await asyncio.sleep(0.5)
            assert titles(there) == [DOWN], "another run knows that it was told"
            second.see(db=Status.UP, api=Status.UP)
            await until(lambda: len(there.bodies) == 2, "its recovery told")
        assert titles(there) == [DOWN, BACK]
        assert len({headers["idempotency-key"] for headers in there.headers}) == 2


async def test_a_notifier_that_fails_is_a_row_and_what_waits_goes_out_in_the_end_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with hook() as there:
        there.status = 503
        async with Program(tmp_path, to(there)).running() as first:
            first.see(db=Status.DOWN, api=Status.UP)
            await until(lambda: first.rows, "a row")
            since = first.engine.snapshot().alerts[0].since
            assert first.rows == ["notifier x fails: it answered 503: ok; trying again"]
            assert first.said == first.rows
            await until(lambda: there.tries > 2, "tried again")
            first.see(db=Status.UP)
            await until(lambda: "2 messages wait" in first.rows[0], "both wait")
            assert first.engine.snapshot().alerts[0].since == since, "since it failed first"
        async with Program(tmp_path, to(there)).running() as second:
            second.see(db=Status.UP, api=Status.UP)
            await until(lambda: second.rows, "still failing")
            there.status = 200
            await until(lambda: len(there.bodies) == 2, "sent after all")
            assert titles(there) == [DOWN, BACK]
            await until(lambda: not second.rows, "no row any more")
            assert second.said[-1] == "notifier x fails no longer"


async def test_of_two_boards_that_see_the_same_one_sends(tmp_path: Path) -> None:
    async with hook() as there:
        more = {"from": "board"}
        async with Program(tmp_path, to(there, **more), True).running() as one:
            one.see(db=Status.DOWN, api=Status.UP)
            two = Program(tmp_path, to(there, **more), True)
            two.engine.store.take_picture(one.engine.snapshot(), ())
            async with two.running():
                await until(lambda: there.bodies, "told")
                await asyncio.sleep(0.5)
        assert titles(there) == [DOWN]


async def test_a_board_sends_only_what_is_for_boards(tmp_path: Path) -> None:
    notify = "  - {name: a, to: command, argv: [a]}\n"
    notify += "  - {name: b, to: command, argv: [b], from: board}\n  - {name: c, to: terminal}\n"
    assert [runner.to.name for runner in Program(tmp_path, notify).notifying._runners] == ["a"]
    assert [runner.to.name for runner in Program(tmp_path, notify, True).notifying._runners] == ["b", "c"]


async def test_a_board_rings_its_terminal(tmp_path: Path) -> None:
    rung: list[str] = []
    async with Program(
        tmp_path, "  - {name: c, to: terminal, after: 0}\n", True, ring=rung.append
    ).running() as one:
        one.see(db=Status.DOWN, api=Status.UP)
        await until(lambda: rung, "rung")
    assert rung == ["\a\x1b]9;sutaz-tui: TEST: Database DOWN: refused; 1 more need it\x1b\\"]


async def test_nothing_is_sent_while_another_program_writes(tmp_path: Path) -> None:
    ours = False
    async with hook() as there, Program(tmp_path, to(there), is_ours=lambda: ours).running() as one:
        one.see(db=Status.DOWN, api=Status.UP)
        await asyncio.sleep(0.4)
        assert there.bodies == []
        ours = True
        await until(lambda: there.bodies, "told once it is ours")


def message(state: State = State.FIRING) -> Message:
    now = datetime.now(UTC)
    item = Item("service:db", "Database DOWN", "refused", "critical", now, "db", ("db",))
    return Message("x/service:db/firing/1", state, item, now)


async def test_what_was_being_sent_when_the_program_was_killed_is_said_and_not_sent_twice(
    tmp_path: Path,
) -> None:
    box = Outbox(HistoryFile(tmp_path / "history-x.sqlite3"), "x")
    one = message()
    assert box.keep([one.item], [], [one], one.at) == [one]
    assert box.keep([one.item], [], [one], one.at) == [], "another program was first"
    box.mark(one, BEGUN)
    assert box.load().begun == (one,)
    async with hook() as there:
        async with Program(tmp_path, to(there)).running() as program:
            program.see(db=Status.DOWN, api=Status.UP)
            await until(lambda: program.said, "said")
            await asyncio.sleep(0.4)
        words = "notifier x fails: ended while sending 'Database DOWN': whether it went is not known"
        assert program.said == program.rows == [words]
        assert there.bodies == []
    box.mark(one, DUE)


async def test_what_a_notifier_that_is_no_longer_in_the_config_left_is_said(tmp_path: Path) -> None:
    box = Outbox(HistoryFile(tmp_path / "history-x.sqlite3"), "old")
    one = message()
    box.keep([], [], [one], one.at)
    async with hook() as there, Program(tmp_path, to(there)).running() as program:
        await until(lambda: program.said, "said")
    assert program.said == ["notify old is no longer in the config: 1 message not sent: 'Database DOWN'"]
    assert box.load().due == () and there.bodies == []


async def test_a_message_that_a_receiver_refuses_for_what_it_is_holds_up_no_other(tmp_path: Path) -> None:
    async with hook() as there, Program(tmp_path, to(there)).running() as one:
        there.status = 400
        one.see(db=Status.DOWN, api=Status.UP)
        await until(lambda: "; given up: 'Database DOWN'" in "".join(one.rows), "given up")
        there.status = 200
        one.see(db=Status.UP)
        await until(lambda: there.bodies, "the next goes out")
        await until(lambda: not one.rows, "all is well")
    assert titles(there) == [BACK]


async def test_what_was_sent_while_nothing_could_be_kept_is_not_sent_again_by_the_next_run(
    tmp_path: Path,
) -> None:
    path = tmp_path / "history-x.sqlite3"
    HistoryFile(path).write([])
    async with hook() as there:
        async with Program(tmp_path, to(there)).running() as one:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                one.see(db=Status.DOWN, api=Status.UP)
                await until(lambda: there.bodies, "told all the same")
                await until(lambda: "what was sent is not kept" in "".join(one.said), "said")
                marked = one.notifying._runners[0]._unmarked  # type: ignore[attr-defined]
                await until(lambda: [state for _, state in marked.values()] == [SENT], "its end too")
                other.execute("ROLLBACK")
            await until(lambda: Outbox(HistoryFile(path), "x").load().sent, "kept in the end")
            await until(lambda: Outbox(HistoryFile(path), "x").load().told, "and what holds")
        async with Program(tmp_path, to(there)).running() as second:
            second.see(db=Status.DOWN, api=Status.UP)
            await asyncio.sleep(0.5)
            assert second.said == []
    assert titles(there) == [DOWN]


async def test_a_trouble_is_told_in_time_though_the_clock_steps_back_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hook() as there:
        program = Program(tmp_path, to(there).replace('"after": 0', '"after": 2'))
        clock, now = program.engine.clock, program.engine.clock.now
        async with program.running() as one:
            one.see(db=Status.DOWN, api=Status.UP)
            await until(lambda: any(runner._teller._seen for runner in one.notifying._runners), "seen")
            monkeypatch.setattr(clock, "now", lambda: now() - timedelta(days=1))
            await until(lambda: there.bodies, "told")
    assert titles(there) == [DOWN]


async def test_red_checks_are_told(tmp_path: Path) -> None:
    async with hook() as there, Program(tmp_path, to(there)).running() as one:
        one.see(db=Status.UP, api=Status.UP)
        now = one.engine.clock.now()
        one.results["api.a"] = CheckResult(
            "api.a", "api", "a", CheckClass.READS, "api", Outcome.FAIL, "", "", "found 404", now, 0.1
        )
        await until(lambda: there.bodies, "told")
        assert titles(there) == ["TEST: api checks failing"]
        assert json.loads(there.bodies[0])["words"] == "1 check red: api.a; Api: found 404"


LOGS = {"logs": [{"service": "db", "pattern": "lost|refused", "count": 3, "within": "1m"}], "on": []}


async def test_a_pattern_in_a_log_is_told_once_it_comes_often_enough(tmp_path: Path) -> None:
    log = tmp_path / "db.log"
    log.write_text("connection lost long ago\n" * 9)
    async with hook() as there, Program(tmp_path, to(there, **LOGS)).running() as one:  # type: ignore[arg-type]
        one.see(db=Status.UP, api=Status.UP)
        await until(lambda: one.notifying._logs and one.notifying._logs["db"]._watched[0].heard, "followed")
        await asyncio.sleep(0.5)
        for number in range(3):
            assert there.bodies == []
            with log.open("a") as file:
                file.write(f"all is well\nconnection lost {number} with \x1b[31mkey-17-secret\n")
            await until(lambda n=number: len(one.notifying._logs["db"]._watched[0].hits) == n + 1, "seen")  # type: ignore[misc]
        await until(lambda: there.bodies, "told")
    assert titles(there) == ["TEST: Database: 3 lines with lost|refused within 1m00s"]
    assert json.loads(there.bodies[0])["words"].startswith("connection lost 2 with")


async def test_a_log_that_is_silent_is_told_and_one_that_cannot_be_read_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"logs": [{"service": "db", "silent": "10s"}], "on": []}
    async with hook() as there, Program(tmp_path, to(there, **rule)).running() as one:  # type: ignore[arg-type]
        one.see(db=Status.UP, api=Status.UP)
        await until(lambda: one.rows, "a row: there is no such file")
        assert one.rows[0].startswith("log of Database is not watched: ")
        (tmp_path / "db.log").write_text("a line\n")
        await until(lambda: not one.rows, "there is one", 40)
        await until(lambda: there.bodies, "silent", 40)
    assert titles(there) == ["TEST: Database: nothing logged for 10s"]


async def test_an_alertmanager_gets_what_is_wrong_and_that_it_is_over(
    tmp_path: Path, alertmanager: Alertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify = (
        f"  - {{name: am, to: alertmanager, url: '{alertmanager.url}', after: 0, labels: {{team: blue}}}}\n"
    )

    def alerts() -> list[Any]:
        found = json.loads(alertmanager.call("/api/v2/alerts").body)
        return [one for one in found if one["labels"].get("team") == "blue"]

    async with Program(tmp_path, notify).running() as one:
        one.see(db=Status.UP, api=Status.UP)
        one.see(db=Status.DOWN, api=Status.DEGRADED)
        await until(lambda: asyncio.get_running_loop() and alerts(), "fires there")
        (alert,) = alerts()
        assert alert["labels"]["alertname"] == "ServiceTrouble"
        assert (alert["labels"]["service"], alert["labels"]["monitor"]) == ("db", "sutaz-tui")
        assert alert["annotations"]["summary"] == "Database DOWN"
        assert alert["annotations"]["services"] == "Database, Api"
        assert one.rows == [] and one.said == []
        one.see(db=Status.UP, api=Status.UP)
        await until(lambda: not alerts(), "is over there")


async def test_the_whole_recorder_tells_a_command(tmp_path: Path) -> None:
    file, out = tmp_path / "stack.yaml", tmp_path / "out"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: 'Till $(touch owned)', kind: tcp, address: '127.0.0.1:1'}\n"
        f"notify:\n  - {{name: page, to: command, argv: [/bin/sh, -c, 'echo \"$SUTAZ_TITLE\" >> {out}'], after: 0}}\n",
        "utf-8",
    )
    with begun("record", "-c", str(file)) as recorder:
        await until(lambda: out.exists() and out.read_text(), "told", 40)
        recorder.terminate()
        lines = recorder.stdout.read().splitlines() if recorder.stdout is not None else []
    assert [line for line in lines if not re.match(r"\d\d:\d\d:\d\d ", line)] == [], "each says when"
    assert out.read_text() == "TEST: Till $(touch owned) DOWN\n"


@pytest.mark.parametrize("words", [[], ["--send"]])
async def test_notify_test_shows_what_it_sends_and_sends_on_a_word(words: list[str], tmp_path: Path) -> None:
    async with hook() as there:
        file = tmp_path / "stack.yaml"
        file.write_text(
            "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n"
            f"notify:\n  - {{name: chat, to: webhook, url: '{there.url}', sign: '${{KEY}}'}}\n",
            "utf-8",
        )
        env = {**os.environ, "KEY": "key-17-secret"}
        done = await asyncio.to_thread(command, "notify", "test", "chat", "-c", str(file), *words, env=env)
    assert done.returncode == 0, done.stderr
    assert "TEST: test of chat" in done.stdout and "key-17" not in done.stdout + done.stderr
    assert len(there.bodies) == len(words)
    assert ("sent" in done.stdout.splitlines()) is bool(words)
    assert ("not sent: --send" in done.stderr) is not bool(words)
    missing = await asyncio.to_thread(command, "notify", "test", "nobody", "-c", str(file), env=env)
    assert missing.returncode == 2 and "there are: chat" in missing.stderr


async def test_a_test_of_an_alertmanager_fires_there_long_enough_to_reach_somebody(
    tmp_path: Path, alertmanager: Alertmanager
) -> None:
    """It was resolved at once: nobody was told, for an Alertmanager waits before it tells of a group."""
    file = tmp_path / "stack.yaml"
    file.write_text(
        "env: test\ngroups: [{id: web}, {id: data}]\nservices:\n"
        "  - {id: shop, kind: tcp, group: web, address: '127.0.0.1:1'}\n"
        "  - {id: till, kind: tcp, group: data, address: '127.0.0.1:1'}\n"
        f"notify:\n  - {{name: am, to: alertmanager, url: '{alertmanager.url}/', groups: [data]}}\n",
        "utf-8",
    )
    done = await asyncio.to_thread(command, "notify", "test", "am", "-c", str(file), "--send")
    assert done.returncode == 0, done.stderr
    where, _, rest = done.stdout.partition("\n")
    shown, _, sent = rest.rstrip().rpartition("\n")
    assert where == f"POST to {alertmanager.url.removeprefix('http://')}/api/v2/alerts:"
    assert re.fullmatch(r"sent: fires there until \d\d:\d\d:\d\d, then it is resolved", sent)
    labels = json.loads(shown)["labels"]
    there = [one["labels"] for one in json.loads(alertmanager.call("/api/v2/alerts").body)]
    assert labels in there and labels["service"] == "till", "of a service that it tells of"
    alertmanager.call("/api/v2/alerts", "POST", [{"labels": labels, "endsAt": datetime.now(UTC).isoformat()}])
