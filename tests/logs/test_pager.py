"""Paging through a log: where the reader stands, what moves, and that nothing else does."""

import pytest

from sutaz_tui.logs.lines import Level, Page
from sutaz_tui.logs.matching import Filter, Pattern
from tests.logs.paging import START, Reader, different, gap, line, many, message


def test_an_empty_log_has_no_rows_and_takes_every_key():
    reader = Reader()
    pager = reader.pager
    for act in (pager.first, pager.follow, pager.stop, pager.toggle, pager.mark, lambda: pager.move(-1)):
        act()
    assert not pager.next_of(Level.ERROR, 1)
    assert not reader.find("x")
    pager.jump(START)
    assert reader.screen == []
    assert pager.selected is pager.gap is None
    assert pager.copied() == pager.text() == ""
    assert pager.waiting == 0


def test_following_shows_the_newest_lines_at_the_bottom():
    reader = Reader(*many(30))
    assert len(reader.screen) == 10
    assert reader.screen[-1].endswith(message(29))
    reader.come(line(3000, different(30)))
    assert reader.screen[-1].endswith(message(30))
    assert reader.y == -1


def test_a_short_log_stands_at_the_top():
    reader = Reader(*many(3))
    assert [row[-len(message(n)) :] for n, row in enumerate(reader.screen)] == [message(n) for n in range(3)]


def test_moving_up_ends_following_and_the_text_stands_still():
    reader = Reader(*many(30))
    before = reader.screen
    reader.pager.move(-1)
    assert not reader.pager.is_following
    assert reader.y == 8
    assert [row[16:] for row in reader.screen] == [row[16:] for row in before]
    reader.come(*many(50, 30))
    assert [row[16:] for row in reader.screen] == [row[16:] for row in before]
    assert reader.pager.waiting == 50
    reader.pager.follow()
    assert reader.pager.waiting == 0
    assert reader.screen[-1].endswith(message(79))


def test_moving_down_while_following_changes_nothing():
    reader = Reader(*many(30))
    reader.pager.move(1)
    reader.pager.page_by(1)
    assert reader.pager.is_following


def test_the_selection_moves_over_the_screen_and_scrolls_at_its_edges():
    reader = Reader(*many(30))
    reader.pager.move(-9)
    assert (reader.y, reader.here.endswith(message(20))) == (0, True)
    reader.pager.move(-1)
    assert (reader.y, reader.here.endswith(message(19))) == (0, True)
    reader.pager.move(5)
    assert (reader.y, reader.here.endswith(message(24))) == (5, True)
    reader.pager.move(100)
    assert (reader.y, reader.here.endswith(message(29))) == (9, True)
    assert not reader.pager.is_following


def test_pages_join_by_one_row():
    reader = Reader(*many(60))
    reader.pager.page_by(-1)
    assert reader.screen[-1].endswith(message(50))
    top = reader.screen[0][16:]
    reader.pager.page_by(-1)
    assert reader.screen[-1][16:] == top
    reader.pager.page_by(1)
    assert reader.screen[-1].endswith(message(50))


def test_half_a_page_is_half_the_screen():
    reader = Reader(*many(60))
    reader.pager.half_page(-1)
    assert reader.screen[-1].endswith(message(54))


def test_a_row_is_gone_to_by_its_number():
    reader = Reader(*many(30))
    for number, at in ((5, 4), (30, 29), (99, 29), (1, 0), (0, 0)):
        reader.pager.go_to_row(number)
        assert reader.pager.selected is reader.buffer.visible[at], number
    empty = Reader()
    empty.pager.go_to_row(5)
    assert empty.screen == []


def test_a_count_of_thousands_lays_out_no_more_than_the_screen():
    reader = Reader(*many(12_000))
    for by, at in ((-5_000, 6_999), (2_000, 8_999), (-999_999, 0), (999_999, 11_999)):
        reader.pager.move(by)
        assert reader.pager.selected is reader.buffer.visible[at], by
        assert len(reader.pager._sheet._made) < 200


def test_the_top_is_full_and_asks_for_older_lines():
    reader = Reader(*many(60))
    assert not reader.pager.wants_older
    reader.pager.first()
    assert reader.screen[0].endswith(message(0))
    assert len(reader.screen) == 10
    assert reader.y == 0
    assert reader.pager.wants_older
    reader.pager.move(30)
    assert not reader.pager.is_following
    assert len(reader.screen) == 10
    assert not reader.pager.wants_older


def test_older_lines_come_above_and_nothing_moves():
    reader = Reader(*many(60, 100))
    reader.pager.first()
    reader.pager.move(2)
    before = reader.screen
    assert reader.buffer.prepend(Page(many(50, 50), False)) == 50
    assert reader.screen == before
    reader.pager.page_by(-1)
    assert reader.here.endswith(message(93))


def test_late_lines_above_and_below_move_nothing_but_their_neighbours():
    reader = Reader(*many(60))
    reader.pager.move(-5)
    y, here = reader.y, reader.here
    reader.come(line(5401, "late above"), line(5405, "late here above"), line(5450, "late below"))
    assert (reader.y, reader.here) == (y, here)
    assert any("late below" in row for row in reader.screen)


def test_a_gap_is_filled_where_it_is_and_the_screen_stays_with_it():
    reader = Reader(*many(20))
    reader.come(*many(20, 30), opened=[gap(2000, 2950, 10)])
    reader.pager.jump(START + 2_000_000_000)
    assert reader.pager.gap == gap(2000, 2950, 10)
    y = reader.y
    assert "10 lines not received" in reader.screen[y]
    assert not reader.pager.toggle()
    assert reader.buffer.fill(reader.pager.gap, Page(many(10, 20), True)) == 10
    assert reader.pager.gap is None
    assert (reader.y, reader.here.endswith(message(20))) == (y, True)
    assert reader.screen[y - 1].endswith(message(19))


def test_what_is_read_is_not_pushed_out_and_what_has_no_room_is_told():
    reader = Reader(*many(60), limit=80)
    reader.pager.first()
    before = reader.screen
    reader.come(*many(500, 60))
    assert reader.screen == before
    reader.pager.move(1000)
    assert "400 lines not read yet" in reader.screen[reader.y]
    y = reader.y
    reader.come(*many(500, 560))
    assert "900 lines not read yet" in reader.screen[y]
    assert reader.y == y
    reader.pager.follow()
    assert len(reader.buffer.entries) < 81


def test_where_the_line_is_gone_the_reader_stands_on_the_oldest():
    reader = Reader(*many(60))
    reader.pager.first()
    reader.pager.move(4)
    y = reader.y
    reader.buffer.clear()
    assert reader.screen == []
    reader.come(*many(30, 100))
    assert (reader.y, reader.here.endswith(message(100))) == (y, True)
    reader.pager.move(1)
    assert (reader.y, reader.here.endswith(message(101))) == (1, True)


def test_the_same_page_is_not_made_twice():
    reader = Reader(*many(60))
    reader.pager.move(-3)
    assert reader.rows is reader.rows
    reader.come(line(9000, different(90)))
    assert reader.pager.page(80, 10) is reader.rows


def test_errors_and_warnings_are_jumped_to_and_never_round_the_end():
    lines = many(60)
    for at, text in ((10, "ERROR one broke"), (30, "WARNING two is slow"), (40, "CRITICAL three fell")):
        lines[at] = line(100 * at, text)
    reader = Reader(*lines)
    pager = reader.pager
    assert not pager.next_of(Level.ERROR, 1)
    assert pager.is_following
    assert pager.next_of(Level.ERROR, -1)
    assert "three fell" in reader.here
    assert pager.next_of(Level.ERROR, -1)
    assert "one broke" in reader.here
    assert not pager.next_of(Level.ERROR, -1)
    assert "one broke" in reader.here
    assert pager.next_of(Level.WARN, 1)
    assert "two is slow" in reader.here
    assert not pager.next_of(Level.WARN, 1)


def test_what_is_on_the_screen_is_gone_to_without_scrolling():
    lines = many(60)
    lines[55] = line(5500, "ERROR it broke")
    reader = Reader(*lines)
    before = reader.screen
    assert reader.pager.next_of(Level.ERROR, -1)
    assert [row[16:] for row in reader.screen] == [row[16:] for row in before]
    assert reader.y == 5


def test_what_is_below_on_the_screen_is_gone_to_without_scrolling_too():
    lines = many(60)
    lines[57] = line(5700, "ERROR it broke")
    reader = Reader(*lines)
    reader.pager.move(-6)
    before = reader.screen
    assert reader.pager.next_of(Level.ERROR, 1)
    assert [row[16:] for row in reader.screen] == [row[16:] for row in before]
    assert reader.y == 7


def test_a_gap_that_begins_with_the_moment_of_a_line_is_stood_on():
    reader = Reader(*many(20))
    reader.come(line(3000, different(30)), opened=[gap(1900, 2950)])
    reader.pager.move(-1)
    reader.come(line(3100, different(31)))
    assert reader.pager.gap == gap(1900, 2950)
    assert "3 lines not received" in reader.screen[reader.y]


def test_finding_keeps_the_context_and_shows_every_match():
    lines = many(60)
    for at in (5, 20, 22, 50):
        lines[at] = line(100 * at, f"INFO {different(at)[5:]} needle")
    reader = Reader(*lines)
    assert reader.find("needle")
    assert reader.here.endswith(message(50) + " needle")
    assert reader.search(-1)
    assert reader.here.endswith(message(22) + " needle")
    shown = [text for row in reader.rows for text, role in row if role == "match"]
    assert shown == ["needle", "needle"]
    assert len(reader.screen) == 10
    assert reader.search(-1)
    assert reader.search(-1)
    assert not reader.search(-1)
    assert reader.here.endswith(message(5) + " needle")
    assert reader.search(1)
    assert reader.here.endswith(message(20) + " needle")


def test_finding_goes_up_where_nothing_is_below():
    lines = many(60)
    lines[5] = line(500, "INFO the needle")
    reader = Reader(*lines)
    reader.pager.move(-5)
    assert reader.find("needle")
    assert reader.here.endswith("the needle")
    assert not reader.find("nowhere")


def test_a_long_search_lets_others_work_and_is_not_led_astray_by_what_they_do():
    reader = Reader(line(0, "INFO needle"), *many(9000, 1))
    reader.pager.sought = Pattern("needle")
    steps = reader.pager.search(-1)
    next(steps)
    reader.come(*many(100, 9001))
    reader.come(line(5, "INFO late"))
    taken = 0
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
            taken += 1
    assert end.value.value is reader.pager.selected
    assert taken >= 3
    assert reader.here.endswith("needle")


def test_a_moment_is_gone_to():
    reader = Reader(*many(60))
    reader.pager.jump(START + 1_950_000_000)
    assert reader.here.endswith(message(20))
    reader.pager.jump(START + 10**15)
    assert reader.here.endswith(message(59))
    reader.pager.jump(0)
    assert reader.here.endswith(message(0))


def test_a_filter_keeps_the_reader_where_that_line_is_and_fills_the_screen():
    lines = many(60)
    for at in range(0, 60, 6):
        lines[at] = line(100 * at, f"ERROR {different(at)[5:]}")
    reader = Reader(*lines)
    reader.pager.move(-5)
    reader.buffer.set_filter(Filter(least=Level.ERROR))
    while not reader.buffer.refilter():
        pass
    assert [row[13] for row in reader.screen] == ["E"] * 10
    assert reader.y >= 0
    reader.buffer.set_filter(Filter())
    while not reader.buffer.refilter():
        pass
    assert reader.here.endswith(message(54))


def test_the_date_is_told_where_it_changes_and_of_what_is_older_than_the_newest():
    reader = Reader(
        line(0, different(0)), line(36 * 3_600_000, different(1)), line(36 * 3_600_001, different(2))
    )
    assert reader.screen[0] == "-- 2026-11-23 --"
    assert reader.screen[2] == "-- 2026-11-25 --"
    reader.pager.first()
    assert reader.pager.day == "2026-11-23"
    assert reader.y == 1
    reader.pager.move(1)
    assert reader.y == 3
    reader.pager.move(-1)
    assert reader.y == 1


def test_a_date_is_passed_over_and_counts_as_a_row():
    night = 9 * 3_600_000 + 52 * 60_000 + 49_000
    reader = Reader(*(line(night + 1000 * number - 20_000, different(number)) for number in range(40)))
    reader.pager.jump(START + (night - 3000) * 1_000_000)
    rows = reader.screen
    date = rows.index("-- 2026-11-24 --")
    reader.pager.move(date - reader.y - 1)
    assert reader.y == date - 1
    reader.pager.move(1)
    assert (reader.y, reader.screen[date]) == (date + 1, "-- 2026-11-24 --")
    reader.pager.move(-1)
    assert (reader.y, reader.screen[date]) == (date - 1, "-- 2026-11-24 --")


def test_a_line_of_next_year_is_shown_and_does_no_harm():
    reader = Reader(*many(30), line(365 * 86_400_000, "INFO from the future"))
    assert reader.screen[-1].endswith("from the future")
    reader.come(*many(5, 31))
    assert reader.screen[-1].endswith("from the future")
    assert any(row.endswith(message(35)) for row in reader.screen)


def test_long_lines_are_cut_or_wrapped():
    reader = Reader(*many(3), line(300, "word " * 40), width=60)
    assert reader.screen[-1].endswith("…")
    reader.pager.is_wrapped = True
    rows = reader.screen[3:]
    assert len(rows) > 2
    assert all(row.startswith(" " * 25) for row in rows[1:])
    assert " ".join(row[25:] for row in rows).split() == ["word"] * 40


def test_a_wrapped_line_longer_than_the_screen_can_be_read_to_its_end():
    reader = Reader(*many(3), line(300, "INFO " + " ".join(str(n) for n in range(500))), width=60)
    reader.pager.is_wrapped = True
    reader.pager.first()
    seen = []
    for _ in range(200):
        reader.pager.move(1)
        seen += reader.here[9:].split()
    assert {str(n) for n in range(500)} <= set(seen)
