"""What each kind of entry looks like on its rows, and that nothing from outside does any harm there."""

import json

import pytest
from rich.cells import cell_len

from sutaz_tui.logs.lines import LINE_LIMIT, Gap
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.parsing.stamps import Times
from sutaz_tui.logs.rows import Look, gap_row
from tests.hostile import LOG_LINES
from tests.logs.paging import START, TRACEBACK, Reader, different, gap, line, many, text_of

LOGGED = "2026-11-23 14:07:11,402 - app.core.pool - ERROR - connection to 172.20.0.10:5432 was closed"


def test_a_line_is_stamp_level_logger_and_message():
    assert Reader(line(402, LOGGED)).screen == [
        "14:07:11.402 E  pool     connection to 172.20.0.10:5432 was closed"
    ]


@pytest.mark.parametrize(
    ("level", "letter"), [("DEBUG", "D"), ("INFO", "I"), ("WARNING", "W"), ("ERROR", "E"), ("CRITICAL", "C")]
)
def test_each_level_has_its_letter(level, letter):
    row = Reader(line(402, f"2026-11-23 14:07:11,402 - pool - {level} - words")).rows[0]
    assert text_of(row)[13] == letter
    roles = {role for text, role in row if text == letter}
    assert roles == {"level-" + level.lower().replace("warning", "warn")}


def test_a_line_without_level_or_logger_keeps_the_columns():
    assert Reader(line(402, "just words")).screen == ["14:07:11.402             just words"]


def test_several_services_have_a_column():
    reader = Reader(line(402, LOGGED, "kong"))
    reader.pager.shows_service = True
    assert reader.screen == ["14:07:11.402 E  kong     pool     connection to 172.20.0.10:5432 was closed"]


def test_on_little_room_the_logger_gives_way():
    assert Reader(line(402, LOGGED), width=50).screen == [
        "14:07:11.402 E  connection to 172.20.0.10:5432 wa…"
    ]


def test_a_traceback_says_its_length_and_its_error():
    lines = [line(403, text) for text in TRACEBACK]
    assert Reader(*lines).screen == [
        "14:07:11.403 E           v Traceback, 4 lines: ConnectionRefusedError: [Errno 1…"
    ]


def test_tracebacks_that_came_again_say_how_often_and_how_long():
    lines = [line(403 + 10 * turn, text) for turn in range(5) for text in TRACEBACK]
    reader = Reader(*lines, line(990, different(1)), line(999, different(0)), width=100)
    assert "v 5 times, 4 lines each: ConnectionRefusedError: [Errno 111] refused" in reader.screen[0]
    reader.height = 30
    reader.pager.first()
    reader.pager.toggle()
    opened = reader.screen
    assert opened[0][25] == "^"
    assert len(opened) == 23
    assert [row[:12] for row in opened[1:21:4]] == [f"14:07:11.{403 + 10 * turn}" for turn in range(5)]
    assert all(row.strip().startswith("ConnectionRefused") for row in opened[4:21:4])


def test_alike_lines_say_how_many():
    lines = [line(n, f"INFO pool {n} of 30 taken") for n in range(1204)]
    assert "v 1,204 times: " in Reader(*lines, *many(2, 50)).screen[0]


def test_a_gap_is_a_row_across_the_screen():
    missing = Gap("backend", START + 1_050_000_000, START + 3_900_000_000, 640, "the tail dropped them")
    row = gap_row(missing, Look(80, Times.UTC), False)
    assert text_of(row) == "~~ 640 lines not received  14:07:12.050 - 14:07:14.900  Enter fetches them ~~~~~"
    assert {role for _, role in row} == {"gap"}
    wide = text_of(gap_row(missing, Look(120, Times.UTC), False))
    assert "the tail dropped them" in wide
    assert len(wide) == 120
    assert text_of(gap_row(missing, Look(40, Times.UTC), False)) == "~~ 640 lines not received " + "~" * 14


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (None, "lines not received, not counted"),
        (1, "1 line not received"),
        (12_345, "12,345 lines not received"),
    ],
)
def test_a_gap_says_what_is_known_of_it(lost, words):
    assert f"~~ {words}  " in text_of(gap_row(gap(0, 1, lost), Look(80), False))


def test_a_gap_of_several_services_says_whose_it_is():
    assert text_of(gap_row(gap(0, 1), Look(80, shows_service=True), False)).startswith(
        "~~ backend: 3 lines not"
    )


def test_selection_and_marks_are_signs_too():
    reader = Reader(line(1, different(1)), line(2, different(2)))
    reader.come(line(9, different(3)), opened=[gap(3, 4)])
    reader.pager.first()
    reader.pager.mark()
    assert reader.screen[0][12:16] == ">I* "
    assert reader.screen[1][12:16] == " I  "
    reader.pager.move(2)
    reader.pager.mark()
    assert reader.screen[2].startswith("~*>")


def test_a_match_is_set_apart_and_the_rest_keeps_its_role():
    reader = Reader(line(402, LOGGED))
    reader.pager.sought = Pattern("172.20")
    row = reader.rows[0]
    assert [piece for piece in row if piece[1] in ("match", "level-error")] == [
        ("E", "level-error"),
        ("connection to ", "level-error"),
        ("172.20", "match"),
        (".0.10:5432 was closed", "level-error"),
    ]


def test_a_stamp_can_be_the_time_since_the_line_before():
    reader = Reader(line(0, different(0)), line(123, different(1)))
    reader.pager.times = Times.DELTA
    assert [row[:13] for row in reader.screen] == [" " * 13, "      +0.123 "]


def opened(text: str, **labels: str) -> str:
    reader = Reader(line(0, text, **labels), height=100)
    reader.pager.toggle()
    return "\n".join(reader.screen)


def test_secrets_in_fields_are_masked_by_their_name():
    text = json.dumps(
        {
            "level": "INFO",
            "message": "login",
            "password": "correct horse battery",
            "user": "sre",
            "api_key": "ab cd",
        }
    )
    shown = opened(text, token="another one")
    assert "user: sre" in shown
    for secret in ("horse", "battery", "ab cd", "another"):
        assert secret not in shown


def test_an_unmasked_screen_shows_them():
    reader = Reader(line(0, '{"level": "INFO", "message": "login", "password": "correct horse"}'), height=50)
    reader.pager.unmasked = True
    reader.pager.toggle()
    assert "correct horse" in "\n".join(reader.screen)


def test_a_long_message_can_be_read_whole_where_it_is_opened():
    words = [f"word{n}" for n in range(100)]
    shown = opened("INFO " + " ".join(words))
    assert set(words) <= set(shown.split())


def test_a_value_of_several_lines_stands_on_several_rows():
    shown = opened(json.dumps({"level": "ERROR", "message": "broke", "exception": "first\n  second\nthird"}))
    assert "exception: first\n" in shown
    assert "\n                           " in shown
    assert "third" in shown


@pytest.mark.parametrize("name", sorted(LOG_LINES))
def test_hostile_lines_are_harmless(name):
    text = LOG_LINES[name][:LINE_LIMIT]
    reader = Reader(
        line(0, text),
        line(1, f"ERROR {text}"[:LINE_LIMIT]),
        line(
            2,
            json.dumps({"level": text, "message": text, "logger": text, text: text})[:LINE_LIMIT],
            text[:99],
        ),
        line(3, different(1), **{f"a{text[:50]}": text[:900]}),
        height=60,
    )
    reader.come(line(9, different(3)), opened=[Gap(text[:99], START + 5, START + 6, 3, text[:999])])
    reader.pager.shows_service = True
    for reader.width, is_wrapped in ((160, False), (40, True), (12, True), (1, False)):
        reader.pager.is_wrapped = is_wrapped
        for number in range(4):
            reader.pager.jump(START + number * 1_000_000)
            reader.pager.toggle()
        for row in reader.rows:
            for piece, _ in row:
                assert piece.isprintable()
            assert reader.width < 40 or cell_len("".join(piece for piece, _ in row)) <= reader.width
    saved = reader.pager.text()
    assert all(saved_line.isprintable() for saved_line in saved.split("\n"))
    assert reader.pager.copied().isprintable()
