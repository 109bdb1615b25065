"""Typing runs, pasting does not: keys and the moments at which they come."""

from dataclasses import dataclass

import pytest

from sutaz_tui.tui.terminal.paste_guard import KEPT, WINDOW, Pasted, PasteGuard


@dataclass(frozen=True)
class Key:
    """A key; an arrow has no character."""

    character: str | None

    @property
    def is_printable(self) -> bool:
        return self.character is not None and self.character.isprintable()


def play(*reads: tuple[float, str]) -> tuple[str, list[str]]:
    """What was run, and what was taken for pasted, when these characters came at these moments (ms)."""
    guard: PasteGuard[Key] = PasteGuard()
    done: list[Key | Pasted] = []
    for at, text in reads:
        done += guard.take(at / 1000, [Key(None if char == "↓" else char) for char in text])
    done += guard.due(1000)
    assert not guard.is_waiting
    run = "".join(key.character or "↓" for key in done if isinstance(key, Key))
    return run, [item.text for item in done if isinstance(item, Pasted)]


def test_a_key_alone_runs_at_once() -> None:
    guard: PasteGuard[Key] = PasteGuard()
    assert guard.take(1.0, [Key("j")]) == [Key("j")]
    assert not guard.is_waiting


@pytest.mark.parametrize("gap", [30, 60, 200])
def test_typing_runs_at_once_and_in_order(gap: float) -> None:
    guard: PasteGuard[Key] = PasteGuard()
    for number in range(20):
        assert guard.take(number * gap / 1000, [Key("j")]) == [Key("j")]


def test_a_fast_auto_repeat_runs() -> None:
    assert play(*((16.6 * number, "j") for number in range(60))) == ("j" * 60, [])


def test_three_at_once_run() -> None:
    assert play((0, "gg"), (100, "abc")) == ("ggabc", [])


def test_four_at_once_run_nothing() -> None:
    assert play((0, "qqqq")) == ("", ["qqqq"])


def test_a_large_paste_in_many_reads_runs_nothing() -> None:
    reads = [(5.0 * number, "rm -rf /\r" * 400) for number in range(3)]
    run, pasted = play(*reads)
    assert run == ""
    assert pasted == ["rm -rf /\n" * 1200]


def test_of_a_paste_that_trickles_in_only_the_first_key_runs() -> None:
    # It cannot be told from a key alone when it comes.
    assert play(*((number * 1.0, char) for number, char in enumerate("qQMxyz"))) == ("q", ["QMxyz"])


def test_keys_after_a_paste_run_again() -> None:
    assert play((0, "pasted"), (200, "j"), (400, "k")) == ("jk", ["pasted"])


def test_a_slow_line_hands_a_paste_over_in_pieces() -> None:
    assert play((0, "paste"), (70, "d"), (140, "q\r"), (400, "j")) == ("j", ["pastedq\n"])


def test_movement_that_a_slow_line_hands_over_at_once_moves() -> None:
    assert play((0, "jjjjjjjj"), (300, "G")) == ("jjjjjjjjG", [])


def test_movement_a_few_milliseconds_apart_moves() -> None:
    assert play(*((5 * number, "j") for number in range(18))) == ("j" * 18, [])


def test_what_is_typed_into_a_field_in_one_packet_passes_with_its_enter() -> None:
    assert play((0, "/backend\r")) == ("/backend\r", [])
    assert play((0, "jj&rabbit\rjj")) == ("jj&rabbit\rjj", [])


def test_a_field_that_was_opened_before_takes_all_of_a_packet() -> None:
    assert play((0, "/"), (150, "backend\r"), (400, "j")) == ("/backend\rj", [])


def test_what_follows_the_end_of_a_field_runs_nothing() -> None:
    assert play((0, "/a\rQxyzT")) == ("/a\r", ["QxyzT"])
    guard: PasteGuard[Key] = PasteGuard(lambda: True)
    assert guard.take(0, [*map(Key, "text\rQxyzT")]) == [*map(Key, "text\r")]


def test_a_key_that_would_open_a_field_within_a_flood_opens_none() -> None:
    assert play((0, "jxxx:quit\r")) == ("", ["jxxx:quit\n"])


def test_a_terminal_that_brackets_pastes_is_trusted() -> None:
    guard: PasteGuard[Key] = PasteGuard()
    guard.trust()
    assert guard.take(0, [*map(Key, "t1qqqq")]) == [*map(Key, "t1qqqq")]
    assert not guard.is_waiting


def test_a_burst_of_arrows_runs() -> None:
    assert play((0, "↓↓↓↓↓↓↓↓")) == ("↓↓↓↓↓↓↓↓", [])


def test_line_ends_and_what_writes_nothing_inside_a_paste() -> None:
    assert play((0, "ax\r↓cd")) == ("", ["ax\ncd"])


def test_what_is_held_back_waits_no_longer_than_the_window() -> None:
    guard: PasteGuard[Key] = PasteGuard()
    assert guard.take(0.0, [Key("a"), Key("x")]) == []
    assert guard.is_waiting
    assert guard.due(WINDOW * 1.01) == [Key("a"), Key("x")]


def test_order_is_kept_when_an_arrow_follows_what_is_held() -> None:
    assert play((0, "ab"), (5, "↓"), (100, "c")) == ("ab↓c", [])


def test_a_flood_is_bounded() -> None:
    guard: PasteGuard[Key] = PasteGuard()
    for number in range(100):
        guard.take(number / 1000, [Key("x")] * 4096)
    [pasted] = guard.due(10)
    assert isinstance(pasted, Pasted)
    assert len(pasted.text) == KEPT
