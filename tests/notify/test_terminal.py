"""The bell and the desktop notification of a board, on a real terminal."""

from pathlib import Path

from tests.running import environment
from tests.terminal import Terminal


def test_a_board_rings_its_terminal_and_shows_what_is_down(tmp_path: Path) -> None:
    file = tmp_path / "till.yaml"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: \"Till\\u0041; \\\\a [red]x\", kind: tcp, address: '127.0.0.1:1'}\n"
        "notify:\n  - {name: here, to: terminal, osc: [9, 777], after: 0}\n",
        "utf-8",
    )
    with Terminal("-c", str(file), env=environment()) as terminal:
        terminal.wait_for(lambda _: b"\x1b]777;notify" in terminal.raw, 60)
        terminal.wait_for("DOWN", 30)
        raw = bytes(terminal.raw)
        assert raw.count(b"\x1b]9;sutaz-tui: TEST: TillA; \\a [red]x DOWN: :1 refused\x1b\\") == 1
        assert raw.count(b"\x1b]777;notify;TEST: TillA, \\a [red]x DOWN;:1 refused\x1b\\") == 1
        terminal.press("qq")
        assert terminal.wait_end() == 0
