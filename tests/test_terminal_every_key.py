"""Every key of the board in a real terminal: what it sends is understood, and nothing ends the program."""

from sutaz_tui.tui.keymap import BOARD, rows_of
from tests.servers.waiting import patient
from tests.terminal import Terminal
from tests.test_terminal_board import DEMO, answered

ENDING = frozenset({"suspend", "quit", "print", "cancel"})
SENT = {
    "down": "\x1b[B", "up": "\x1b[A", "left": "\x1b[D", "right": "\x1b[C", "home": "\x1b[H", "end": "\x1b[F",
    "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "tab": "\t", "shift+tab": "\x1b[Z", "enter": "\r", "escape": "\x1b",
    "space": " ", "f1": "\x1bOP", "f2": "\x1bOQ", "slash": "/", "ampersand": "&", "exclamation_mark": "!", "minus": "-",
    "left_parenthesis": "(", "right_parenthesis": ")", "plus": "+",
    "question_mark": "?", "colon": ":", "less_than_sign": "<", "greater_than_sign": ">",
    "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{", "right_curly_bracket": "}",
}  # fmt: skip


def sent(key: str) -> str:
    """What a terminal sends for a key."""
    data = chr(ord(key[-1]) & 0x1F) if key.startswith("ctrl+") else SENT.get(key, key)
    assert len(data) == 1 or data[0] == "\x1b", f"{key} is a name: say above what a terminal sends for it"
    return data


def test_every_key_of_the_board_is_understood() -> None:
    keys = [key for action in rows_of(BOARD) if action.id not in ENDING for key in action.keys]
    with Terminal(*DEMO, brackets=True) as terminal:
        terminal.wait_for(answered)
        for key in keys:
            terminal.press(sent(key))
            terminal.pump(0.15)
            assert terminal.process.poll() is None, key
            assert "no key" not in terminal.text, key
            for _ in range(2):
                terminal.press("\x1b")
                # What comes right behind it would be one key with it.
                terminal.pump(min(0.6, patient(0.15)))
        terminal.press("j")
        terminal.wait_for(answered)
        assert terminal.end_by("Q") == 0
