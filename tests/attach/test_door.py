"""Who is let in at a recorder's socket, and what is dropped there."""

import asyncio
import dataclasses
import os
import stat
from pathlib import Path

import msgspec
import pytest

from sutaz_tui.config import Config, load
from sutaz_tui.config.same import config_hash
from sutaz_tui.sources.recorder import messages
from sutaz_tui.sources.recorder.peers import Peer
from sutaz_tui.wiring.recorder import dial, door
from tests.recorders import Recorder, board, greeted, sent, until


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
    server = door(config, tmp_path / "history", lambda line: asyncio.sleep(60), told.append)
    assert server is not None, told
    await server.start()
    assert [line.partition(" at ")[0] for line in told] == ["boards attach"]
    line = await dial(config)
    assert line is not None
    line.close()
    await server.stop()
