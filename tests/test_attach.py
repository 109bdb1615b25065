"""Several operators, one recorder: one look at the stack, one picture, and each board by itself once the recorder is gone."""

import asyncio
import dataclasses
import grp
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sutaz_tui.config import Config, load
from sutaz_tui.config.same import config_hash
from sutaz_tui.engine.hub import BEAT
from sutaz_tui.model import Known, Status
from sutaz_tui.sources.recorder import messages
from sutaz_tui.sources.recorder.peers import Peer, user_name
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.wiring.recorder import dial, door
from tests.recorders import NEVER, Recorder, asked, board, greeted, recording, sent, settled
from tests.running import ROOT, Simulated, begun, hurried, simulated
from tests.servers.waiting import patient


@pytest.fixture
def stack() -> Iterator[Simulated]:
    with simulated() as stack:
        yield stack


async def until(holds: Callable[[], Any], what: str, within: float = 30.0) -> None:
    """Wait until it holds; AssertionError when it does not in time."""
    try:
        async with asyncio.timeout(patient(within)):
            while not holds():  # noqa: ASYNC110 - what is waited for is in another process, or a file
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None


async def test_three_boards_and_status_cost_the_requests_of_one_recorder(
    stack: Simulated, tmp_path: Path
) -> None:
    config = hurried(stack.config, interval=NEVER)
    async with recording(config, tmp_path) as recorder, AsyncExitStack() as boards:
        of_one = await settled(stack, recorder)
        attached = [await boards.enter_async_context(board(config)) for _ in range(3)]
        for one in attached:
            await one.watched.until(
                lambda shown: shown.answered_count() == len(shown.services), "the picture"
            )
            assert one.engine.link is not None and one.engine.link.whose == user_name()
        told = await asyncio.to_thread(stack.status)
        assert "recorder sees it" in told.stderr
        assert told.returncode == 0, told.stdout
        theirs = [
            [
                (s.service, s.status, s.summary, s.since, s.asked, s.latency)
                for s in one.engine.snapshot().services
            ]
            for one in (*attached, recorder)
        ]
        assert theirs[0] == theirs[1] == theirs[2] == theirs[3]
        assert asked(stack) == of_one
        # The count can grow: a board that is asked to poll by itself does.
        await asyncio.to_thread(stack.status, "--ask")
        assert sum(asked(stack).values()) > sum(of_one.values())


async def test_r_of_all_boards_within_a_second_is_one_poll(stack: Simulated, tmp_path: Path) -> None:
    config = hurried(stack.config, "ollama", interval=NEVER)
    async with recording(config, tmp_path) as recorder, board(config) as one, board(config) as two:
        of_one = await settled(stack, recorder)
        for each in (one, two):
            await each.watched.until_state("ollama", lambda s: s.asked, "asked")
        for _ in range(5):
            one.engine.ask_now("ollama")
            two.engine.ask_all()
        before = one.watched.state("ollama").asked
        await two.watched.until_state("ollama", lambda s: s.asked != before, "asked again")
        assert (await settled(stack, recorder))["ollama"] - of_one["ollama"] == of_one["ollama"]


async def test_the_fastest_board_sets_the_pace_of_all_and_takes_it_with_it(tmp_path: Path) -> None:
    config = hurried(load(None, await _till(tmp_path), os.environ))
    async with recording(config, tmp_path) as recorder:
        rhythm = recorder.engine.rhythm
        async with board(config) as slow:
            async with board(config) as fast:
                for one, stretch in ((slow, 4.0), (fast, 0.25)):
                    one.engine.rhythm.stretch = stretch
                    one.engine.reconsider()
                fast.engine.select("till")
                await until(
                    lambda: (rhythm.stretch, rhythm.selected) == (0.25, "till"), "the pace of the fastest"
                )
            await until(lambda: rhythm.stretch == 1.0, "the config's pace, for the other wants it slower")


async def test_a_key_that_is_held_down_floods_nobody(tmp_path: Path) -> None:
    config = load(None, await _till(tmp_path), os.environ)
    async with recording(config, tmp_path) as recorder, board(config) as one:
        await one.watched.until_state("till", lambda s: s.asked, "asked")
        for number in range(1000):
            one.engine.select("till" if number % 2 else "")
            one.engine.ask_now("till")
            one.engine.ask_all()
            if not number % 50:
                await asyncio.sleep(0.01)
        await until(lambda: recorder.engine.rhythm.selected == "till", "where the cursor came to rest")
        assert one.engine.link is not None and one.said == []
        assert len(recorder.told) == 1, "only where it listens"


async def _till(tmp_path: Path) -> Path:
    file = tmp_path / "till.yaml"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n", "utf-8"
    )
    return file


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    """One service, which refuses."""
    return load(None, await _till(tmp_path), os.environ)


@pytest.fixture
async def recorder(config: Config, tmp_path: Path) -> AsyncIterator[Recorder]:
    async with recording(config, tmp_path) as recorder:
        yield recorder


async def test_a_mark_of_one_board_is_on_all_with_the_name_that_the_kernel_gives(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    async with board(config) as one, board(config) as two:
        await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
        assert one.engine.link is not None
        one.engine.link.mark("till", Known("till", "being mended", None, "somebody else", None, Status.DOWN))
        state = await two.watched.until_state("till", lambda s: s.known, "known")
        assert state.known == "being mended"
        assert two.engine.store.known["till"].by == user_name()
        history = HistoryFile(tmp_path / "history-test.sqlite3")

        def kept() -> list[Any]:
            with suppress(FileNotFoundError):
                return history.read(
                    lambda database: database.execute("SELECT service, reason, by FROM known").fetchall()
                )
            return []

        await until(lambda: kept() == [("till", "being mended", user_name())], "kept in the history")
        one.engine.link.mark("till", None)
        await two.watched.until_state("till", lambda s: not s.known, "no longer known")


async def test_a_note_of_a_board_is_in_the_recorders_history(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    async with board(config) as one:
        assert one.engine.link is not None
        now = one.engine.clock.now()
        one.engine.link.note(now, "till", "drawer jammed", "note")
        one.engine.link.note(now, "nowhere", "of nothing here", "note")
        await until(lambda: one.said, "told of a service that is none")
        assert one.said == ["the recorder does not know that service"]

    history = HistoryFile(tmp_path / "history-test.sqlite3")

    def notes() -> list[Any]:
        with suppress(FileNotFoundError):
            return history.read(lambda database: database.execute("SELECT * FROM changes").fetchall())
        return []

    await until(lambda: any("drawer jammed" in row for row in notes()), "the note is kept")
    assert not any("of nothing here" in row for row in notes())


async def test_what_one_board_runs_the_others_see_and_only_one_writes(
    config: Config, recorder: Recorder
) -> None:
    async with board(config) as two:
        async with board(config) as one:
            first, second = one.engine.link, two.engine.link
            assert first is not None and second is not None
            assert await first.begin("e2e", True) == ""
            await until(lambda: second.runs, "the run is seen")
            assert [(run.who, run.scope, run.process) for run in second.runs] == [
                (user_name(), "e2e", os.getpid())
            ]
            assert f"{user_name()} runs e2e, which writes" in await second.begin("pool", True)
            assert await second.begin("agents", False) == ""
        await until(
            lambda: [run.scope for run in second.runs] == ["agents"], "what ran on a board that left is over"
        )
        assert await second.begin("pool", True) == ""
        second.end("pool")


async def test_how_checks_of_one_board_ended_is_kept_by_the_recorder_for_all_once(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    kept = HistoryFile(tmp_path / "history-test.sqlite3")

    asked_of_it = "SELECT check_id, outcome, message, steps FROM results"

    def rows() -> list[Any]:
        with suppress(FileNotFoundError):
            return kept.read(lambda database: database.execute(asked_of_it).fetchall())
        return []

    now = recorder.engine.clock.now()
    steps = '[{"what": "GET", "request": "GET /", "answer": "502"}]'
    found = [messages.Checked(f"own.{n}", now, "fail", 0.1, "refused", steps) for n in range(300)]
    never = messages.Checked("own.x", now, "won", 0.1, "", "[]")
    odd = messages.Checked("own.odd", now, "pass", 0.1, "well", '[{"request": "no more"}]')
    async with board(config) as one:
        link = one.engine.link
        assert link is not None
        # Of what it does not run a board tells nothing.
        await link.share([messages.Checked("own.none", now, "pass", 0.1, "", "[]")])
        assert await link.begin("own", False) == ""
        await link.share([*found, never, odd])
        await link.share(found)
        link.end("own")
        await until(lambda: len(rows()) == 301, "kept")
        assert one.said == [] and recorder.told[1:] == []
    by_id = {id: rest for id, *rest in rows()}
    assert by_id["own.0"][:2] == ["fail", "refused"] and "502" in by_id["own.0"][2]
    assert by_id["own.odd"] == ["pass", "well", "[]"] and len(by_id) == 301


async def test_a_check_that_writes_waits_for_nobody_but_says_who_writes(
    stack: Simulated, tmp_path: Path
) -> None:
    config = load(None, stack.demo.path, {**os.environ, **stack.demo.environ})
    async with recording(config, tmp_path, polls=False), board(config) as one:
        assert one.engine.link is not None
        assert await one.engine.link.begin("e2e", True) == ""
        words = ("check", "caching", "--allow", "writes", "-c", str(stack.demo.path))
        done = await asyncio.to_thread(_command, words, stack)
        assert done.returncode == 1
        assert "nothing was run: " in done.stderr and "runs e2e, which writes" in done.stderr
        one.engine.link.end("e2e")
        done = await asyncio.to_thread(_command, words, stack)
        assert "nothing was run" not in done.stderr


def _command(words: tuple[str, ...], stack: Simulated) -> Any:
    from tests.running import command

    return command(*words, env=stack.demo.environ, within=120)


async def test_once_the_recorder_has_gone_a_board_polls_by_itself_and_comes_back(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sutaz_tui.engine.attached.RETRY", 0.2)
    async with AsyncExitStack() as closing_both:
        async with recording(config, tmp_path):
            one = await closing_both.enter_async_context(board(config))
            down = await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
        await until(lambda: one.engine.link is None, "noticed")
        assert one.said == [f"{user_name()}'s recorder has gone: this board polls by itself"]
        state = await one.watched.until_state(
            "till", lambda s: s.asked and s.asked > down.asked, "polled by itself"
        )
        assert (state.status, state.since) == (Status.DOWN, down.since)
        async with recording(config, tmp_path):
            await until(lambda: one.engine.link is not None, "attached again")
            await until(lambda: not one.engine.poller._loops, "it polls no more")


async def test_a_board_that_attaches_again_lets_go_of_what_it_polled_by(
    stack: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kept three dozen connections open for as long as their servers let it."""
    monkeypatch.setattr("sutaz_tui.engine.attached.RETRY", 0.2)
    config = hurried(stack.config, interval=NEVER)

    def connected() -> int:
        return sum(stack.control("GET", "/connections").values())

    none = connected()
    async with board(config) as one:
        await one.watched.until(lambda shown: shown.answered_count() == len(shown.services), "all asked", 60)
        assert await asyncio.to_thread(connected) > none + 10
        async with recording(config, tmp_path, polls=False):
            await until(lambda: one.engine.link is not None, "attached")
            for _ in range(100):
                if (left := await asyncio.to_thread(connected)) <= none:
                    break
                await asyncio.sleep(0.05)
            assert left <= none, {k: v for k, v in stack.control("GET", "/connections").items() if v}


async def test_a_board_that_was_only_dropped_attaches_again_and_polls_nothing(
    config: Config, recorder: Recorder
) -> None:
    async with board(config) as one:
        await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
        first = one.engine.link
        assert first is not None
        first._line._writer.transport.abort()
        await until(lambda: one.engine.link not in (None, first), "attached again")
        await until(lambda: one.engine.link and one.engine.link.whose, "by a new line")
        assert one.said == [] and not one.engine.poller._loops
        assert one.watched.state("till").status is Status.DOWN


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no such signal")
async def test_a_recorder_that_hangs_is_gone_after_two_intervals(config: Config, tmp_path: Path) -> None:
    file = await _till(tmp_path)
    with begun("record", "-c", str(file)) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert await asyncio.to_thread(lambda: next(line for line in lines if "boards attach at" in line))
        async with board(config) as one:
            await one.watched.until_state("till", lambda s: s.status is Status.DOWN, "down")
            assert one.engine.link is not None
            process.send_signal(signal.SIGSTOP)
            await until(lambda: one.engine.link is None, "noticed", 4 * BEAT)
            assert "has sent nothing for 10 s: this board polls by itself" in one.said[0]


async def test_a_recorder_of_another_config_is_told_and_not_shown(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    service = msgspec.structs.replace(config.services[0], address="127.0.0.1:2")
    other = dataclasses.replace(config, services=(service,))
    assert config_hash(other) != config_hash(config)
    async with board(other) as one:
        assert one.engine.link is None
        assert "watches other services than this config" in one.said[0]
        await one.watched.until_state("till", lambda s: s.asked, "polled by itself")


def test_the_hash_of_a_config_knows_no_secret_and_no_order(tmp_path: Path) -> None:
    text = """
env_file: env
services:
  - {id: a, kind: http, address: 'http://127.0.0.1:1'}
  - {id: b, kind: postgres, address: '127.0.0.1:2', user: u, password: "${PASS}", depends_on: [a]}
"""
    turned = """
env_file: env
services:
  - {id: b, kind: postgres, address: '127.0.0.1:2', user: u, password: "${PASS}", depends_on: [a]}
  - {id: a, kind: http, address: 'http://127.0.0.1:1', interval: 77}
"""
    hashes = set()
    for number, (words, secret) in enumerate(
        [(text, "one-secret"), (turned, "another-one"), (text.replace(":1'", ":3'"), "x")]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "env").write_text(f"PASS={secret}\n", "utf-8")
        (folder / "env").chmod(0o600)
        (folder / "c.yaml").write_text(words, "utf-8")
        hashes.add(config_hash(load(None, folder / "c.yaml", os.environ)))
    assert len(hashes) == 2


async def test_the_socket_is_for_its_owner_alone(recorder: Recorder) -> None:
    assert stat.S_IMODE(recorder.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(recorder.path.parent.stat().st_mode) == 0o700


def test_only_root_the_owner_and_the_group_are_let_in() -> None:
    someone, member = Peer(1, 1234, frozenset({1234})), Peer(1, 1235, frozenset({1235, 77}))
    assert Peer(1, 0, frozenset()).may(frozenset({1}), None)
    assert someone.may(frozenset({1234}), None)
    assert not someone.may(frozenset({1}), 77)
    assert member.may(frozenset({1}), 77)
    assert not member.may(frozenset({1}), None)


GARBAGE = {
    "an HTTP client": (b"GET / HTTP/1.1\r\n\r\n", "no word of this program"),
    "half a greeting": (messages.BEGINNING[:5], "half a greeting"),
    "a later version": (b"sutaz-tui\x00\x07\n", "version 7 of these words"),
}
AFTER_GREETING = {
    "half a message": (b"\x00\x00\x00\x09abc", "half a message"),
    "half a length": (b"\x00\x00", "half a message"),
    "100 MB": ((100 << 20).to_bytes(4, "big") + b"x" * 65536, "a message of 104,857,600 bytes"),
    "no MessagePack": (b"\x00\x00\x00\x04\xc1\xc1\xc1\xc1", "a message that is none of ours"),
    "an array of four billion": (b"\x00\x00\x00\x05\xdd\xff\xff\xff\xff", "a message that is none of ours"),
    "arrays without end": (b"\x00\x00\xff\x00" + b"\x91" * 0xFF00, "a message that is none of ours"),
    "a word of a recorder": (messages.frame(messages.Said("x")), "a message that is none of ours"),
    "no stop": (messages.frame(messages.Ask("till")) * 300, "200 messages within 10 s"),
}


@pytest.mark.parametrize("case", [*GARBAGE, *AFTER_GREETING])
async def test_garbage_at_the_socket_is_dropped_and_told_and_the_others_see_on(
    case: str, config: Config, recorder: Recorder
) -> None:
    async with board(config) as one:
        data, words = GARBAGE.get(case) or AFTER_GREETING[case]
        connection = await sent(recorder.path, (b"" if case in GARBAGE else greeted(config)) + data)
        with connection:
            if "half" in case:
                connection.shutdown(1)
            await until(lambda: len(recorder.told) > 1, "told")
        assert f"sent {words}" in recorder.told[1] and "dropped" in recorder.told[1]
        assert str(os.getpid()) in recorder.told[1]
        await one.watched.until_state("till", lambda s: s.asked, "still attached")
        assert one.engine.link is not None and one.said == []


async def test_what_a_recorder_sends_that_is_none_of_ours_ends_the_attachment(
    config: Config, tmp_path: Path
) -> None:
    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(messages.BEGINNING + messages.frame(messages.Hello(config_hash(config))))
        writer.write((100 << 20).to_bytes(4, "big"))
        await reader.read(1000)

    from sutaz_tui.sources.recorder.places import own_places

    place = own_places(config)[0]
    place.parent.mkdir(parents=True)
    async with await asyncio.start_unix_server(lie, str(place)), board(config) as one:
        await until(lambda: one.said, "told")
        assert "sent a message of 104,857,600 bytes" in one.said[0]
        await one.watched.until_state("till", lambda s: s.asked, "polled by itself")


async def test_a_board_that_takes_nothing_holds_up_nobody(
    config: Config, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sutaz_tui.sources.recorder.line.TAKEN_WITHIN", 0.5)
    monkeypatch.setattr("sutaz_tui.engine.hub.BEAT", 0.0)
    monkeypatch.setattr("sutaz_tui.engine.hub.LOOK", 0.001)
    with await sent(recorder.path, greeted(config)):
        async with board(config) as one:
            await until(lambda: any("takes nothing" in words for words in recorder.told), "dropped", 60)
            await one.watched.until_state("till", lambda s: s.asked, "attached")
            assert one.engine.link is not None


async def test_a_second_recorder_lets_the_first_be_and_a_killed_ones_socket_is_taken_over(
    config: Config, recorder: Recorder, tmp_path: Path
) -> None:
    from sutaz_tui.sources.recorder.places import listening

    with pytest.raises(FileExistsError):
        listening(recorder.path, None)
    left = tmp_path / "left.sock"
    listening(left, None).close()
    assert left.is_socket()
    listening(left, None).close()


async def test_a_runtime_folder_that_has_gone_is_no_reason_to_let_nobody_attach(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last logout $XDG_RUNTIME_DIR is no more, and nobody but root could make it."""
    gone = tmp_path / "no-folder"
    gone.write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(gone / "1000"))
    told: list[str] = []
    server = door(config, lambda line: asyncio.sleep(60), told.append)
    assert server is not None, told
    await server.start()
    assert [line.partition(" at ")[0] for line in told] == ["boards attach"]
    line = await dial(config)
    assert line is not None
    line.close()
    await server.stop()


AS_ANOTHER = """
import asyncio, os, sys
from pathlib import Path
import sutaz_tui.wiring.recorder
from sutaz_tui.config import load
from sutaz_tui.wiring.engine import build_attached
config = load(None, Path(sys.argv[1]), {})
# The interpreter's own modules may be for root alone, so all are loaded by now.
os.setgroups([int(word) for word in sys.argv[2:]]); os.setgid(54_322); os.setuid(54_322)
async def main():
    engine = build_attached(config)
    engine.said = print
    picture = await engine.attach()
    if picture is None:
        print("not attached")
    else:
        print("attached to", engine.link.whose, picture.services[0].service.id)
        engine.link.mark("till", None)
        print(repr(await engine.link.begin("e2e", True)))
    await engine.stop()
asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
async def test_another_user_attaches_where_the_group_says_so_and_else_not(open_folder: Path) -> None:
    file = open_folder / "till.yaml"
    group = grp.getgrgid(1)
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n"
        f"record: {{group: {group.gr_name}, socket: {open_folder}/run/till.sock}}\n",
        "utf-8",
    )
    file.chmod(0o644)
    config = load(None, file, {})

    async def as_another(*groups: int) -> str:
        words = [sys.executable, "-c", AS_ANOTHER, str(file), *map(str, groups)]
        env = {"HOME": "/", "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        done = await asyncio.to_thread(
            subprocess.run, words, capture_output=True, text=True, timeout=patient(60), env=env
        )
        return str(done.stdout + done.stderr)

    async with recording(config, open_folder / "kept") as recorder:
        assert stat.S_IMODE(recorder.path.stat().st_mode) == 0o660
        assert stat.S_IMODE(recorder.path.parent.stat().st_mode) == 0o750
        told = await as_another(1)
        assert told.splitlines() == ["attached to root till", "''"], told
        assert "is not for this user: see record.group" in await as_another(54_322)
        # Where the folder lets everybody through it is the kernel's word that counts.
        recorder.path.parent.chmod(0o755)
        recorder.path.chmod(0o666)
        assert "let nobody in: it is for root, its own user and record.group" in await as_another(54_322)
        assert any("uid 54322 may not attach" in words for words in recorder.told)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
async def test_a_recorder_of_somebody_else_is_not_believed(open_folder: Path) -> None:
    """Who may write in the socket's folder could be anybody: what listens there must be the config's owner or root."""
    os.chmod(open_folder, 0o777)  # noqa: PTH101 - in a moment
    file = open_folder / "till.yaml"
    place = open_folder / "till.sock"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n"
        f"record: {{socket: {place}}}\n",
        "utf-8",
    )
    listens = (
        "import os, socket, time; os.setgroups([]); os.setgid(54322); os.setuid(54322); "
        f"s = socket.socket(socket.AF_UNIX); s.bind({str(place)!r}); s.listen(); print('ready', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(  # noqa: ASYNC220 - it begins at once
        [sys.executable, "-c", listens], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == "ready\n"
            async with board(load(None, file, {})) as one:
                assert one.engine.link is None
                assert "uid 54322 listens at" in one.said[0]
        finally:
            process.kill()
