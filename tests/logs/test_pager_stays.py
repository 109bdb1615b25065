"""Whatever happens to a log, the line under the reader's eye keeps its place; and a page is a part of the whole sheet."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sutaz_tui.logs.entries import Entry
from sutaz_tui.logs.lines import Gap, LogLine, Page
from sutaz_tui.logs.sheet import number_of
from tests.logs.paging import TRACEBACK, Reader, different, gap, is_selected, line, many, message

LIMIT = 60
TEXTS = st.one_of(
    st.integers(0, 300).map(different),
    st.integers(0, 9).map(lambda number: f"ERROR pool {number} of 30 refused"),
    st.just("ERROR it broke"),
    st.integers(0, 9).map(lambda number: f"INFO {'wide 界 word ' * 12}{number}"),
)
COMES = st.tuples(st.just("come"), st.lists(st.tuples(st.integers(1, 40), TEXTS), min_size=1, max_size=12))
BREAKS = st.tuples(st.just("break"), st.integers(1, 40))
LATE = st.tuples(st.just("late"), st.tuples(st.integers(0, 100), TEXTS))
GAPS = st.tuples(st.just("gap"), st.integers(1, 30))
FILLS = st.tuples(st.just("fill"), st.tuples(st.integers(0, 8), st.booleans()))
OLDER = st.tuples(st.just("older"), st.integers(1, 20))
MOVES = st.tuples(
    st.sampled_from(["move", "half_page", "page_by"]), st.integers(-12, 6).filter(lambda by: by != 0)
)
KEYS = st.tuples(
    st.sampled_from(["toggle", "mark", "first", "wrap", "shorter", "narrower", "next_times"]), st.just(0)
)
STEPS = st.lists(
    st.one_of(COMES, COMES, BREAKS, LATE, GAPS, FILLS, OLDER, MOVES, MOVES, KEYS), min_size=5, max_size=40
)


class Life:
    """A log to which things happen while somebody reads it."""

    def __init__(self) -> None:
        """A traceback stands open among its first lines, and the reader is in it."""
        lines = [line(n, different(n)) for n in range(15)]
        self.reader = Reader(
            *lines[:9], *(line(9, text) for text in TRACEBACK), *lines[10:], height=9, limit=LIMIT
        )
        self.reader.pager.move(-5)
        self.reader.pager.toggle()
        self.reader.pager.move(3)
        self.now = 15.0
        self.oldest = 0.0
        self.gaps: list[Gap] = []

    def act(self, kind: str, what: object) -> bool:
        """Do one step; whether the reader did it."""
        pager = self.reader.pager
        match kind, what:
            case "come", list():
                lines = []
                for apart, text in what:
                    self.now += apart
                    lines.append(line(self.now, text))
                self.reader.come(*lines)
            case "break", int():
                self.now += what
                self.reader.come(*(line(self.now, text) for text in TRACEBACK))
            case "late", (int() as share, str() as text):
                self.reader.come(line(self.oldest + (self.now - self.oldest) * share / 100 + 0.37, text))
            case "gap", int():
                missing = gap(self.now + 1, self.now + what + 1, what)
                self.now += what + 2
                self.gaps.append(missing)
                self.reader.come(line(self.now, different(int(self.now))), opened=[missing])
            case "fill", (int() as count, bool() as is_whole):
                if self.gaps:
                    missing = self.gaps.pop(0)
                    span = missing.end - missing.start
                    lines = [
                        LogLine(missing.start + span * n // (count + 1), "backend", different(n + 50))
                        for n in range(count)
                    ]
                    self.reader.buffer.fill(missing, Page(lines, is_whole))
            case "older", int():
                lines = [line(self.oldest - what + n, different(n + 90)) for n in range(what)]
                self.oldest -= what + 1
                self.reader.buffer.prepend(Page(lines, False))
            case (("move" | "half_page" | "page_by"), int()):
                getattr(pager, kind)(what)
                return True
            case "wrap", _:
                pager.is_wrapped = not pager.is_wrapped
                return True
            case "shorter", _:
                self.reader.height = 5 + (self.reader.height + 3) % 12
                return True
            case "narrower", _:
                self.reader.width = 40 + (self.reader.width + 31) % 70
                return True
            case _:
                getattr(pager, kind)()
                return True
        return False

    def entry(self, anchored: LogLine | Gap) -> Entry | None:
        """The entry that shows a line."""
        for entry in self.reader.buffer.visible:
            if entry.gap == anchored or (isinstance(anchored, LogLine) and number_of(entry, anchored)):
                return entry
        return None


@settings(max_examples=400)
@given(STEPS)
def test_the_line_under_the_eye_keeps_its_place(steps):
    life = Life()
    reader, pager = life.reader, life.reader.pager
    for kind, what in steps:
        before, y = reader.rows, reader.y
        anchored = pager._anchor.of
        entry = life.entry(anchored)
        shape = entry and (entry.kind, entry.lines, entry.line, entry.is_open)
        if life.act(kind, what) or entry is None:
            assert len(reader.rows) <= reader.height
            continue
        after = life.entry(anchored)
        if after is None:
            # It was trimmed, or it was a gap that is filled: something stands where it stood.
            assert reader.y in (y, len(reader.rows) - 1)
            continue
        assert reader.y == y
        if (
            pager.times.value != "since the line before"
            and (after.kind, after.lines, after.line, after.is_open) == shape
        ):
            assert reader.rows[y] == before[y]


@settings(max_examples=300)
@given(STEPS)
def test_a_page_is_a_part_of_the_whole_sheet(steps):
    life = Life()
    reader, pager = life.reader, life.reader.pager
    for kind, what in steps:
        by_reader = life.act(kind, what)
        rows = reader.rows
        sheet = pager._sheet
        part, whole, blocks = (0, 0), [], {}
        while part is not None:
            blocks[part] = len(whole)
            whole += sheet.rows(part)
            part = sheet.after(part)
        spot = pager._here()
        at, y = blocks[spot.place, spot.part] + spot.row, reader.y
        assert is_selected(rows[y])
        above, below = rows[:y], rows[y + 1 :]
        blank = sum(row == () for row in above)
        assert all(row == () for row in above[:blank])
        assert above[blank:] == whole[at - (y - blank) : at]
        assert below == whole[at + 1 : at + 1 + len(below)]
        assert rows[y][2:] == whole[at][2:]
        if blank:
            assert at == y - blank
        assert len(rows) == reader.height or at + len(below) + 1 == len(whole)
        if by_reader and kind not in ("wrap", "narrower", "shorter", "next_times"):
            # Whoever moves sees no room unused.
            assert blank == 0
            assert len(rows) == min(reader.height, len(whole))
        assert whole[at][0][1] != "head"


def test_a_key_up_before_the_first_lines_came_stops_following_when_they_come():
    reader = Reader()
    reader.pager.move(-1)
    reader.come(*many(20))
    assert reader.here.endswith(message(19))
    reader.come(*many(5, 20))
    assert reader.here.endswith(message(19)), "what came since waits below"
    assert reader.pager.waiting == 5


def test_g_after_such_a_key_follows_all_the_same():
    reader = Reader()
    reader.pager.move(-1)
    reader.pager.follow()
    reader.come(*many(20))
    assert reader.screen[-1].endswith(message(19))
    assert reader.pager.is_following
