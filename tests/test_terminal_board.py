"""The whole board in a real terminal: every size, every kind of colours, and how it is left."""

import re
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.waiting import patient
from tests.terminal import Terminal

DEMO = ("--demo", "--scenario", "healthy")
# SGR parameters that set a colour: 30-38, 40-48, 90-97, 100-107; 39 and 49 are the terminal's own.
COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
FINE = re.compile(rb"[34]8;[25];")
ANSWERED = re.compile(r"✓ (?:2\d|3\d)|\+ (?:2\d|3\d)")


def answered(text: str) -> bool:
    """Whether most services have answered well."""
    return bool(ANSWERED.search(text.split("\n")[0]))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_every_size_is_filled_and_followed() -> None:
    with Terminal(*DEMO) as terminal:
        terminal.wait_for(answered)
        for columns, rows in ((73, 20), (160, 45), (200, 60), (40, 10), (80, 24)):
            terminal.screen.reset()
            terminal.resize(columns, rows)
            text = terminal.wait_for(lambda text: "TEST" in text.split("\n")[0])
            terminal.pump(0.3)
            text = terminal.text
            assert len(text.split("\n")) == rows
            if columns >= 60:
                assert "PostgreSQL" in text
                assert "AGENTS" in text
            if columns >= 120:
                # Most services have answered; on a busy machine this one may be the last.
                terminal.wait_for(lambda text: re.search(r"PostgreSQL.*16\.4 primary", text))


@pytest.mark.parametrize("how", ["quit", "term", "hangup", "vanish", "vanish-ignored"])
def test_however_it_is_left_its_child_goes_too(how: str) -> None:
    with Terminal(*DEMO, ignore_hangup=how == "vanish-ignored") as terminal:
        terminal.wait_for(answered)
        [child] = children(terminal.process.pid)
        began = time.monotonic()
        if how == "quit":
            terminal.press("Q")
            assert terminal.wait_end() == 0
        elif how.startswith("vanish"):
            terminal.vanish()
            assert terminal.process.wait(patient(5)) == 129
            assert time.monotonic() - began < patient(2)
        else:
            number = signal.SIGTERM if how == "term" else signal.SIGHUP
            terminal.process.send_signal(number)
            assert terminal.wait_end() == 128 + number
        while Path(f"/proc/{child}").exists():
            assert time.monotonic() - began < patient(3)
            terminal.pump(0.02) if how != "vanish" and not how.startswith("vanish") else None


@pytest.mark.parametrize(("start", "end"), [("\x1b[200~", "\x1b[201~"), ("", "")], ids=["bracketed", "plain"])
def test_a_large_paste_starts_nothing(start: str, end: str) -> None:
    with Terminal(*DEMO) as terminal:
        shown = terminal.wait_for(answered)
        marked = re.search(r">\w+", shown)
        assert marked is not None
        terminal.press_slowly(start + "jjGQq:!zMSYy?\r" * 740 + end)
        text = terminal.wait_for("ignored")
        terminal.pump(0.3)
        assert terminal.process.poll() is None
        assert marked[0] in text
        assert "HELP" not in text and "\x1b[?1049l" not in terminal.raw.decode("utf-8", "replace")
        assert terminal.end_by("Q") == 0


def test_suspended_it_asks_nothing_and_comes_back() -> None:
    with Terminal(*DEMO) as terminal:
        terminal.wait_for(answered)
        terminal.press("\x1a")
        stat = Path(f"/proc/{terminal.process.pid}/stat")
        terminal.wait_for(lambda _: stat.read_text().rpartition(")")[2].split()[0] == "T")
        terminal.wait_for(lambda _: terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h"))
        terminal.screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for(lambda text: answered(text) and "PostgreSQL" in text)
        terminal.press("Q")
        assert terminal.wait_end() == 0


@pytest.mark.parametrize(
    ("env", "has_colour", "has_fine"),
    [
        ({"TERM": "xterm", "COLORTERM": ""}, True, False),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, True, True),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True, True),
        ({"TERM": "nonsense", "COLORTERM": "truecolor"}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"TERM": "vt100", "COLORTERM": ""}, False, False),
        ({"NO_COLOR": ""}, True, True),
    ],
    ids=["16", "256", "truecolor", "unknown", "NO_COLOR", "vt100", "NO_COLOR-empty"],
)
def test_colours(env: Mapping[str, str], has_colour: bool, has_fine: bool) -> None:
    with Terminal("--demo", env=env) as terminal:
        terminal.wait_for(lambda text: answered(text) or "DOWN" in text)
        terminal.pump(0.5)
        assert bool(COLOUR.search(bytes(terminal.raw))) is has_colour
        assert bool(FINE.search(bytes(terminal.raw))) is has_fine
        # The selection can be seen in any case.
        assert re.search(rb"\x1b\[[0-9;]*\b7\b[0-9;]*m", bytes(terminal.raw))


def test_an_unknown_terminal_is_said_once() -> None:
    with Terminal(*DEMO, env={"TERM": "nonsense"}) as terminal:
        terminal.wait_for("'nonsense' (TERM) is unknown here")
        terminal.wait_for(lambda text: answered(text) and "unknown here" not in text)


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (("--ascii",), {}),
        ((), {"LANG": "de_DE.ISO-8859-1"}),
        ((), {"LC_ALL": "C"}),
        ((), {"LANG": "C"}),
        ((), {"TERM": "linux"}),
    ],
    ids=["asked", "latin-1", "C", "coerced", "linux"],
)
def test_in_ascii_every_character_is(arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
    with Terminal(*DEMO, *arguments, env=env) as terminal:
        terminal.wait_for(lambda text: answered(text) and re.search(r"\+[ >]PostgreSQL", text))
        terminal.press("?")
        terminal.pump(0.5)
        assert bytes(terminal.raw).isascii()


def test_input_that_is_no_terminal_is_a_sentence(tmp_path: Path) -> None:
    with Terminal(program=("sh", "-c", f"exec {sys.executable} -m sutaz_tui --demo </dev/null")) as terminal:
        assert terminal.wait_end() == 2
        assert "reads keys from a terminal" in " ".join(terminal.text.split())


def test_what_is_typed_ahead_on_a_slow_line_is_not_lost() -> None:
    with Terminal(*DEMO) as terminal:
        terminal.wait_for(answered)
        terminal.press("/backend\r")
        terminal.wait_for(lambda text: ">Backend" in text)
        terminal.press("gjjjj/redis\rk:help\r")
        text = terminal.wait_for("the keys of the board")
        assert "ignored" not in text
        terminal.press("q")
        terminal.wait_for(lambda text: "the keys of" not in text and ">PostgreSQL" in text)
        assert terminal.end_by("Q") == 0


def test_no_key_is_held_where_the_terminal_brackets_what_is_pasted() -> None:
    with Terminal(*DEMO, brackets=True) as terminal:
        terminal.wait_for(answered)
        # A hand that knows where it goes: the results of the checks, back, and the service whole.
        terminal.press("Tq?")
        terminal.wait_for("the keys of the board")
        terminal.press("qTT?")
        terminal.wait_for("the keys of the checks")
        assert terminal.end_by("Q") == 0
