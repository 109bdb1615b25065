"""What every screen of ours does in a real terminal, whatever it shows: leave, suspend, be pasted into, be slow."""

import json
import shlex
import signal
import sys
import time
from pathlib import Path

import pytest

from sutaz_tui.tui.terminal.driver import RESTORE
from tests.servers.waiting import patient
from tests.terminal import Terminal

LEFT = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?7h", b"\x1b[?1004l")


def steady(*arguments: str, columns: int = 80, rows: int = 24, ignore_hangup: bool = False) -> Terminal:
    return Terminal(
        *arguments,
        program=(sys.executable, "-m", "tests.programs.steady"),
        columns=columns,
        rows=rows,
        ignore_hangup=ignore_hangup,
    )


def is_restored(terminal: Terminal) -> bool:
    """Whether the terminal was given back: every mode that was set was unset after it was last set."""
    raw = bytes(terminal.raw)
    return all(raw.rfind(off) > raw.rfind(off[:-1] + (b"h" if off[-1:] == b"l" else b"l")) for off in LEFT)


def test_leaving_restores_the_terminal() -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        assert not is_restored(terminal)
        terminal.press("q")
        assert terminal.wait_end() == 0
        assert is_restored(terminal)


ENDING = (
    "TERM",
    "HUP",
    "INT",
    "QUIT",
    "USR1",
    "USR2",
    "ALRM",
    "VTALRM",
    "PROF",
    "XCPU",
    "IO",
    "PWR",
    "ABRT",
    "RTMIN",
)


@pytest.mark.parametrize("number", [signal.Signals[f"SIG{name}"] for name in ENDING], ids=ENDING)
def test_a_signal_restores_the_terminal_and_is_the_exit_code(number: signal.Signals) -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.process.send_signal(number)
        assert terminal.wait_end() == 128 + number
        assert is_restored(terminal)


def test_an_error_restores_the_terminal_and_shows_no_traceback() -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press("x")
        assert terminal.wait_end() == 1
        assert is_restored(terminal)
        assert "crashed: RuntimeError" in terminal.text
        after = bytes(terminal.raw).rpartition(b"\x1b[?1049l")[2]
        for raw in (b"Traceback", b"hunter22", b"the end"):
            assert raw not in after


def test_an_error_beside_the_app_ends_it_too() -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press("b")
        assert terminal.wait_end() == 1
        assert "crashed: OSError" in terminal.text


def test_a_shutdown_that_hangs_is_cut_short_and_restores_the_terminal() -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press("h")
        terminal.pump(0.2)
        began = time.monotonic()
        terminal.press("q")
        assert terminal.wait_end() == 0
        assert time.monotonic() - began < patient(3)
        assert RESTORE in terminal.raw
        assert is_restored(terminal)


@pytest.mark.parametrize("ignore_hangup", [True, False], ids=["hangup-ignored", "hangup"])
@pytest.mark.parametrize("is_drawing", [True, False], ids=["drawing", "still"])
@pytest.mark.parametrize("is_hanging", [True, False], ids=["hanging", "well"])
def test_it_ends_when_the_terminal_vanishes(ignore_hangup: bool, is_drawing: bool, is_hanging: bool) -> None:
    with steady(ignore_hangup=ignore_hangup) as terminal:
        terminal.wait_for("ready")
        if is_hanging:
            terminal.press("h")
        if is_drawing:
            terminal.press("w")
            terminal.wait_for("frame")
        terminal.pump(0.1)
        began = time.monotonic()
        terminal.vanish()
        assert terminal.process.wait(patient(3)) == 129
        assert time.monotonic() - began < patient(2)


def test_bytes_that_are_no_text_are_no_crash() -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press(b"\xff")
        terminal.pump(0.2)
        terminal.press(b"\xc3(\xed\xa0\x80")
        terminal.pump(0.2)
        terminal.press("m")
        terminal.wait_for(lambda _: b"\x1b[?1000h" in terminal.raw)


def test_the_mouse_is_off_until_asked_for_and_goes_off_again() -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press("\x1b[<0;5;3M\x1b[<0;5;3m")
        assert b"\x1b[?1000h" not in terminal.raw
        terminal.press("m")
        terminal.wait_for(lambda _: b"\x1b[?1006h" in terminal.raw)
        terminal.press("\x1b[<0;5;3M\x1b[<0;5;3m")
        terminal.wait_for("clicked 4,2")
        terminal.press("m")
        terminal.wait_for(lambda _: terminal.raw.rfind(b"\x1b[?1000l") > terminal.raw.rfind(b"\x1b[?1000h"))
        assert terminal.raw.rfind(b"\x1b[?1006l") > terminal.raw.rfind(b"\x1b[?1006h")


def test_output_goes_to_the_terminal_also_when_standard_error_does_not(tmp_path: Path) -> None:
    line = f"exec {shlex.quote(sys.executable)} -m tests.programs.steady 2>{tmp_path}/errors"
    with Terminal(program=("sh", "-c", line)) as terminal:
        terminal.wait_for("ready")
        terminal.press("q")
        assert terminal.wait_end() == 0
    assert (tmp_path / "errors").read_bytes() == b""


def test_suspending_gives_the_terminal_back_and_resuming_repaints() -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press("\x1a")
        terminal.wait_for(lambda _: state(terminal.process.pid) == "T" and is_restored(terminal))
        terminal.screen.reset()
        terminal.resize(60, 20)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("resumed")
        assert not is_restored(terminal)
        terminal.press("w")
        terminal.wait_for(lambda text: text.count("frame") == 19)
        terminal.press("q")
        assert terminal.wait_end() == 0


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_repainting_draws_every_cell() -> None:
    with steady() as terminal:
        shown = terminal.wait_for(lambda text: "ready" in text and "the foot" in text)
        for keys in ("\x0c", "\x1b[I"):
            terminal.screen.draw("rubbish" * 40)
            assert "rubbish" in terminal.text
            terminal.press(keys)
            terminal.wait_for(lambda text: text == shown)


@pytest.mark.parametrize("start, end", [("\x1b[200~", "\x1b[201~"), ("", "")], ids=["bracketed", "plain"])
def test_ten_kilobytes_pasted_start_nothing(start: str, end: str) -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press_slowly(start + "qxhmwf\r\n " * 1100 + end)
        terminal.wait_for("ignored")
        terminal.pump(0.3)
        assert terminal.process.poll() is None
        assert b"\x1b[?1000h" not in terminal.raw
        # Keys are heard again.
        assert terminal.end_by("q") == 0


@pytest.mark.parametrize("start, end", [("\x1b[200~", "\x1b[201~"), ("", "")], ids=["bracketed", "plain"])
def test_a_field_takes_what_is_pasted(start: str, end: str) -> None:
    with steady() as terminal:
        terminal.wait_for("ready")
        terminal.press("f")
        terminal.pump(0.3)
        terminal.press(start + "qxhmw postgres" + end)
        terminal.wait_for("field holds 14")


def test_a_slow_line_does_not_make_the_loop_deaf(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with steady(str(told), columns=160, rows=45) as terminal:
        terminal.wait_for("ready")
        terminal.press("w")
        terminal.pump_slowly(64 * 1024, 4)
        terminal.press("q")
        assert terminal.wait_end() == 0
    seen = json.loads(told.read_text())
    # Where the loop waits for the line it is deaf for 0.4 s on a quiet machine.
    assert seen["lag"] < patient(0.1)
    assert seen["drawn"] > 40  # it went on making changes
    assert seen["frames"] < seen["drawn"]  # and drew only as many as the line takes


def test_a_resize_on_a_slow_line_leaves_nothing_old_on_the_screen() -> None:
    with steady(columns=160, rows=45) as terminal:
        terminal.wait_for("ready")
        terminal.press("w")
        terminal.pump_slowly(64 * 1024, 1.5)
        # The last frame is still on its way when the size changes, and no other follows it.
        terminal.press("s")
        terminal.resize(160, 30)
        terminal.pump_slowly(64 * 1024, 1.0)
        terminal.wait_for(is_one_frame)
        assert len(terminal.text.split("\n")) == 30


def is_one_frame(text: str) -> bool:
    """Whether every row was drawn by the same frame, to its right edge, and the foot stands at the bottom."""
    *rows, foot = text.split("\n")
    numbers = {row.split(" ")[1] if row.startswith("frame ") else "" for row in rows}
    return (
        foot == "the foot"
        and len(numbers) == 1
        and "" not in numbers
        and len({len(row) for row in rows}) == 1
    )


def test_it_ends_when_the_terminal_vanishes_while_it_is_suspended() -> None:
    with steady(ignore_hangup=True) as terminal:
        terminal.wait_for("ready")
        terminal.press("\x1a")
        terminal.wait_for(lambda _: state(terminal.process.pid) == "T")
        began = time.monotonic()
        terminal.vanish()
        # A shell that ends lets its stopped jobs go on.
        terminal.process.send_signal(signal.SIGCONT)
        assert terminal.process.wait(patient(3)) == 129
        assert time.monotonic() - began < patient(2)
