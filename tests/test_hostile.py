"""Texts of outsiders on every widget, and on what `status` prints: they stay text, and the program goes on."""

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.segment import Segment

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.model import (
    Alert,
    Cause,
    Change,
    ChangeKind,
    Claim,
    Service,
    ServiceState,
    Snapshot,
    Status,
    Step,
)
from sutaz_tui.output.status import as_json, as_text
from sutaz_tui.tui.screens.log.completing import QueryCompletion
from tests import hostile
from tests.board.showing import Board, showing
from tests.engine.scripted import tcp
from tests.logs.scripted_feed import ScriptedDesk
from tests.loopback import configured, probing, reading, speaking
from tests.running import LEAK
from tests.terminal import Terminal
from tests.web import Reply, Web, web_server
from widgets.prompt import Prompt

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
NAMES = list(hostile.STRINGS)
PORTIONS = [NAMES[start : start + 16] for start in range(0, len(NAMES), 16)]
SIZES = [(80, 24), (160, 45)]
STATUSES = (Status.DOWN, Status.DEGRADED, Status.UNKNOWN, Status.UP)


def entries(portion: list[str]) -> tuple[ServiceConfig, ...]:
    return tuple(
        tcp(
            f"s{number}",
            title=hostile.STRINGS[name],
            owner=hostile.STRINGS[name],
            runbook=hostile.STRINGS[name],
        )
        for number, name in enumerate(portion)
    )


def spoiled(number: int, text: str) -> ServiceState:
    """A state with that text wherever it holds text."""
    at = NOW - timedelta(seconds=5)
    id = f"s{number}"
    return ServiceState(
        service=Service(id, text, "tcp", "all", text, runbook=text, owner=text, container=text),
        status=STATUSES[number % len(STATUSES)],
        summary=text,
        word=text,
        latency=0.004,
        since=at,
        asked=at,
        facts={text: text, "number": 3},
        error=text,
        rule=text,
        steps=(Step(text, text, text, 0.1, text),),
        claims=(Claim(id, text, Status.DOWN, text, at, {text: text}),),
        disagreements=(text,),
        history=(Change(at, id, ChangeKind.FAULT, text),),
        latencies=(0.1, None),
        minutes=(0.1, None),
        because=(id,),
        known=text if number % 5 == 4 else "",
    )


def picture(portion: list[str], seq: int = 1) -> Snapshot:
    """A snapshot with these texts in every service, cause, alert and change."""
    texts = [hostile.STRINGS[name] for name in portion]
    return Snapshot(
        seq=seq,
        at=NOW,
        services=tuple(spoiled(number, text) for number, text in enumerate(texts)),
        causes=tuple(
            Cause(f"s{number}", text, NOW, text, (f"s{number}",)) for number, text in enumerate(texts[:3])
        ),
        alerts=tuple(
            Alert(text, text, text, NOW, ((text, text),), (text,), (text,), 2, (((text, text),),))
            for text in texts
        ),
        changes=tuple(Change(NOW, f"s{number}", ChangeKind.FAULT, text) for number, text in enumerate(texts)),
        round_at=NOW,
    )


def assert_is_only_text(board: Board) -> None:
    """Every line of the screen is printable, as wide as the screen, and holds no link and no action of an outsider."""
    strips = board.app.screen._compositor.render_strips()
    assert len(strips) == board.app.size.height
    for strip in strips:
        assert strip.text.isprintable(), repr(strip.text)
        strip.text.encode()
        assert strip.cell_length == board.app.size.width, repr(strip.text)
        for segment in strip:
            assert_has_no_action(segment)
    assert board.app._exit is False


def assert_has_no_action(segment: Segment) -> None:
    if segment.style is not None:
        assert segment.style.link is None, segment
        assert not [name for name in segment.style.meta if name.startswith("@")], segment


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


@pytest.mark.parametrize("portion", PORTIONS, ids=lambda portion: portion[0])
async def test_hostile_texts_stay_text_on_every_screen_and_keys_still_work(
    size: tuple[int, int], portion: list[str]
) -> None:
    async with showing(*entries(portion), size=size, is_answered=False) as board:
        board.app.show(picture(portion))
        await board.settle()
        assert_is_only_text(board)
        for number in range(len(portion)):
            board.app.board.map.select(f"s{number}")
            await board.settle()
            assert_is_only_text(board)
        await board.press("k", "k", "c")
        assert_is_only_text(board)
        await board.press("enter")
        assert not board.is_open, "Enter opens the selected service"
        for _ in range(2):
            board.app.screen.query("TextView").first().scroll_page_down(animate=False)
            await board.settle()
            assert_is_only_text(board)
        await board.press("q")
        assert board.is_open
        await board.press("question_mark")
        assert_is_only_text(board)
        await board.press("q")
        before = board.selected
        await board.press("j" if before == "s0" else "k")
        assert board.selected != before, "keys still move the selection"


async def test_hostile_texts_said_typed_and_completed_stay_text() -> None:
    async with showing(*entries(NAMES[:3]), is_answered=False) as board:
        screen, desk = board.app.board, ScriptedDesk
        for text in hostile.STRINGS.values():
            board.app.say(text)
            screen.open_prompt(Prompt("find", text, completion=QueryCompletion([text], desk)))
            await board.pilot.pause()
            assert_is_only_text(board)
            screen.close_prompts()
            screen.open_prompt(Prompt("find", "words", value=text))
            await board.pilot.pause()
            assert_is_only_text(board)
            screen.close_prompts()
            screen.filter(text)
            screen.find(text)
            screen.filter("")
        before = board.selected
        await board.press("k" if before == "s2" else "j")
        assert board.selected != before, "keys still move the selection"


@pytest.mark.parametrize("name", NAMES)
def test_hostile_texts_in_what_status_prints(name: str) -> None:
    shown = picture([name])
    text = as_text(shown, {"all": hostile.STRINGS[name]}, "test")
    assert not [char for char in text if not char.isprintable() and char != "\n"], repr(text)
    text.encode()
    whole = as_json(shown)
    assert not [char for char in whole if ord(char) < 0x20 and char != "\n"], repr(whole)
    assert "\x7f" not in whole
    assert not [char for char in whole if 0x80 <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000]


@pytest.mark.parametrize("form", ["text", "json"])
async def test_hostile_answers_send_a_terminal_no_sequence(form: str, tmp_path: Path) -> None:
    async with web_server() as web:
        lines = ["services:"]
        for number, text in enumerate(hostile.STRINGS.values()):
            path = f"/s{number}"
            web.routes[path] = Reply(200, {"name": text, text: [text]})
            lines.append(
                f"  - {{id: s{number}, kind: http, address: '{web.url}{path}', json_path: name, json_value: well}}"
            )
        path_of_config = tmp_path / "hostile.yaml"
        path_of_config.write_text("\n".join(lines), "utf-8")
        with Terminal(
            "status", "-c", str(path_of_config), "--format", form, columns=200, rows=80
        ) as terminal:
            code = await ended(terminal, web)
        raw = bytes(terminal.raw)
    assert code == 1, raw[-500:]
    said = raw.decode("utf-8")
    assert not [char for char in said if not char.isprintable() and char not in "\r\n"], (
        "no control character"
    )
    assert said.count("s1") >= 1


async def ended(terminal: Terminal, web: Web) -> int:
    """The exit code of a program that asks a server of this very loop."""
    import asyncio

    return await asyncio.to_thread(terminal.wait_end, 30)


# What a server may say after the start-up packet that is no message of PostgreSQL, or one of the wrong length.
FRAMES = {
    "nothing but zeros": bytes(5),
    "many zeros": bytes(5000),
    "no type": b"\0\0\0\0\x08" + bytes(4),
    "a length of zero": b"R\0\0\0\0",
    "a length below its own": b"R\0\0\0\x03",
    "a negative length": b"R\xff\xff\xff\xff",
    "a gigabyte announced": b"R\x40\0\0\0",
    "well, then zeros": b"R\0\0\0\x08\0\0\0\0" + bytes(64),
    "ready, then zeros": b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I" + bytes(64),
    "escapes": b"\x00\xff\x1b[2J" + bytes(range(256)) * 4,
    "ready without a login": b"Z\0\0\0\x05I",
    "an empty authentication": b"R\0\0\0\x04",
    "an unknown authentication": b"R" + struct.pack("!II", 8, 99),
    "an error of zeros": b"E" + struct.pack("!I", 24) + bytes(20),
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("hangs_up", [True, False])
async def test_a_strange_postgres_never_stops_the_loop(name: str, hangs_up: bool) -> None:
    async with speaking(FRAMES[name], hangs_up=hangs_up) as port:
        entry = Postgres(
            id="p",
            title="PostgreSQL",
            address=port.address,
            user="u",
            password="secret-7",
            interval=10.0,
            timeout=0.25,
        )
        async with probing(configured(entry, secrets={"POSTGRES_PASSWORD": "secret-7"})) as probe:
            for _ in range(2):
                seen = await reading(probe)
                assert seen.status in (Status.DOWN, Status.UNKNOWN)
                assert seen.error
                assert not LEAK.search(f"{seen.summary} {seen.error}"), seen.error
