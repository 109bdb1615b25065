"""Searches go by line, also into groups, and stop where lines are missing."""

from sutaz_tui.logs.lines import Batch, Level
from sutaz_tui.logs.matching import Filter, Pattern
from tests.logs.paging import TRACEBACK, Reader, gap, line, many


def users(count: int = 100) -> Reader:
    return Reader(
        line(0, "INFO begin"),
        *(line(10 + n, f"INFO user {n} logged in") for n in range(count)),
        line(5000, "INFO end"),
    )


def test_finding_user_77_does_not_stop_on_user_0_of_the_alike_lines_around_it():
    reader = users()
    assert reader.find("/user 7[79] /")
    assert reader.here.endswith("user 79 logged in")
    assert reader.search(-1)
    assert reader.here.endswith("user 77 logged in")
    assert not reader.search(-1)
    assert reader.search(1)
    assert reader.here.endswith("user 79 logged in")
    reader.find("begin")
    assert "v 100 times" in "\n".join(reader.screen), "what was opened to show a line is folded again"


def test_the_first_line_of_a_group_is_found_on_its_head_which_stays_folded():
    reader = users()
    assert reader.find("user 0 ")
    assert "v 100 times: INFO user 0 logged in" in reader.here


def test_a_frame_within_a_traceback_is_stood_on():
    reader = Reader(line(0, "INFO begin"), *(line(10 + n, text) for n, text in enumerate(TRACEBACK)))
    assert reader.find("auth.py")
    assert 'File "/app/auth.py", line 12, in login' in reader.here
    assert reader.pager.copied() == '  File "/app/auth.py", line 12, in login'


def test_a_filter_shows_user_77_and_not_a_hundred_alike_ones():
    reader = users()
    for typed, shown in (("user 77 ", "user 77 logged in"), ("!user 1", "^ 89 times: INFO user 0 logged in")):
        reader.buffer.set_filter(Filter((Pattern(typed), Pattern("user"))))
        while not reader.buffer.refilter():
            pass
        reader.pager.first()
        assert next(row for row in reader.screen if "user" in row).endswith(shown)
        assert not [row for row in reader.screen if "100 alike" in row]


def test_the_next_error_is_not_beyond_lines_that_nobody_read():
    reader = Reader(line(0, "ERROR early"), *many(5, 1), line(9000, "ERROR late"))
    reader.buffer.add(Batch([], opened=(gap(1000, 8000, None),)))
    reader.pager.jump(line(0, "").at)
    for by in (1, -1):
        stopped = reader.pager.next_of(Level.ERROR, by)
        assert stopped is not None and stopped.gap is not None and reader.pager.selected is stopped
        found = reader.pager.next_of(Level.ERROR, by)
        assert found is not None and found.gap is None
        assert ("late" if by > 0 else "early") in reader.here
    assert reader.find("late") and reader.pager.gap is not None


def test_a_mark_is_gone_to_across_missing_lines():
    reader = Reader(line(0, "INFO marked"), *many(5, 1), line(9000, "INFO here"))
    reader.pager.jump(line(0, "").at)
    reader.pager.mark()
    reader.buffer.add(Batch([], opened=(gap(1000, 8000, None),)))
    reader.pager.follow()
    assert reader.pager.next_mark(-1)
    assert "marked" in reader.here
