"""Whatever comes in whatever order: the buffer holds it by time, grouped and filtered as if all were done anew."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import Batch, Gap, Level, LogLine, Page
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.logs.parsing.access import is_health
from sutaz_tui.logs.parsing.tracebacks import HEAD, SPAN
from tests.logs.grouped_anew import Group, grouped_anew

LIMIT = 40
QUARTER = 250_000_000
TEXTS = (
    "INFO tick 1",
    "INFO tick 22",
    "INFO tick 4f2a9c10",
    "ERROR tick 3",
    "INFO answered with status 200",
    "INFO answered with status 500",
    HEAD,
    HEAD,
    '  File "app.py", line 3, in get',
    "ValueError: no 7",
    "",
    "During handling of the above exception, another exception occurred:",
    "java.lang.IllegalStateException: closed 7",
    "java.lang.IllegalStateException: closed 8",
    "Caused by: java.io.IOException: gone",
    "panic: lost",
    "main.f(0x1)",
    "thread 'main' panicked at src/main.rs:5:10:",
    'INFO:     10.0.0.1:3000 - "GET /health HTTP/1.1" 200 OK',
)
STREAMS = ({"stream": "stdout"}, {"stream": "stderr"})

SLOTS = 16
"""Nanoseconds between moments: each stream, health lines and gaps have moments of their own, as the order of arrival is kept
within a stream, and between streams as long as no group is split."""

moments = st.integers(0, 60).map(lambda quarters: quarters * QUARTER)
services = st.sampled_from("ab")


@st.composite
def lines_at(draw: st.DrawFn, at: st.SearchStrategy[int]) -> LogLine:
    text = draw(st.sampled_from(TEXTS))
    return line_at(draw(at), draw(services), text, STREAMS[draw(st.booleans())])


def line_at(at: int, service: str, text: str, stream: Mapping[str, str]) -> LogLine:
    slot = "ab".index(service) * 2 + (stream == STREAMS[1]) + 4 * is_health(text)
    return LogLine(at // SLOTS * SLOTS + slot, service, text, stream)


@st.composite
def bursts(draw: st.DrawFn) -> list[LogLine]:
    """Several of one service and stream in a row, as things come that belong together."""
    texts = draw(
        st.one_of(
            st.lists(st.sampled_from(TEXTS[:3]), min_size=3, max_size=6),
            st.integers(1, 4).map(lambda times: [HEAD, TEXTS[8], TEXTS[9]] * times),
            st.lists(st.sampled_from(TEXTS), min_size=2, max_size=8),
        )
    )
    service, stream, at = draw(services), STREAMS[draw(st.booleans())], draw(moments)
    step = draw(st.sampled_from((0, 0, SLOTS, QUARTER)))
    return [line_at(at + index * step, service, text, stream) for index, text in enumerate(texts)]


spans = st.tuples(moments, st.integers(1, 20)).map(
    lambda span: (span[0] + 15, span[0] + 15 + span[1] * QUARTER)
)


class BufferMachine(RuleBasedStateMachine):
    """The model keeps all that is there in order, and asks the buffer only what it pushed out."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = LogBuffer(LIMIT)
        self.things: list[LogLine | Gap] = []
        self.passed: list[Gap] = []
        self.newest = 0
        self.trimmed = 0
        self.is_held = False
        self.marked: list[tuple[LogLine, Kind]] = []
        self.open: list[tuple[LogLine, Kind]] = []

    # What the model knows.

    def lines(self) -> list[LogLine]:
        return [thing for thing in self.things if isinstance(thing, LogLine)]

    def gaps(self) -> list[Gap]:
        return [thing for thing in self.things if isinstance(thing, Gap)]

    def put(self, *things: LogLine | Gap, is_older: bool = False) -> None:
        """By moment; those of one moment in order of arrival, but older ones before what is there."""
        self.newest = max([self.newest, *map(_moment, things)])
        self.things = [*things, *self.things] if is_older else [*self.things, *things]
        self.things.sort(key=_moment)

    def take(self, thing: LogLine | Gap) -> None:
        self.things.remove(thing)

    def missing(self, lines: Sequence[LogLine]) -> list[LogLine]:
        """Those that are not there yet, each as often as it is missing."""
        there = list(self.lines())
        missing = []
        for line in lines:
            if line in there:
                there.remove(line)
            else:
                missing.append(line)
        return missing

    def trim(self) -> None:
        """Let go of what the buffer pushed out; it must have been over its limit, and may push out so much only."""
        if self.is_held or len(self.lines()) <= LIMIT:
            return
        kept = {id(line) for entry in self.buffer.entries for line in entry.all()}
        gaps = [entry.gap for entry in self.buffer.entries if entry.gap is not None]
        gone = [line for line in self.lines() if id(line) not in kept]
        largest = max(len(things) for _, things in grouped_anew(self.things, self.newest))
        between = sum(is_health(line.text) for line in self.lines())
        assert LIMIT - LIMIT // 16 - largest - between <= len(kept) <= LIMIT
        assert not gone or max(line.at for line in gone) <= max(line.at for line in self.lines())
        self.trimmed += len(gone)
        self.things = [thing for thing in self.things if isinstance(thing, Gap) or id(thing) in kept]
        for gap in self.gaps():
            if gap in gaps:
                gaps.remove(gap)
            else:
                self.take(gap)
                self.passed.append(gap)

    # What comes.

    def _add(self, lines: list[LogLine]) -> None:
        ordered = sorted(lines, key=lambda line: line.at)
        room = max(0, 2 * LIMIT - len(self.lines())) if self.is_held else len(ordered)
        before = self.buffer.counts.held_back
        self.buffer.add(Batch(lines))
        refused = ordered[room:]
        self.put(*ordered[:room])
        assert self.buffer.counts.held_back == before + len(refused) or not self.is_held
        if refused:
            # How these are told is tested by itself.
            told = [
                entry.gap for entry in self.buffer.entries if entry.gap and "reading above" in entry.gap.words
            ]
            for gap in [gap for gap in self.gaps() if "reading above" in gap.words and gap not in told]:
                self.take(gap)
            self.put(*[gap for gap in told if gap is not None and gap not in self.gaps()])
        self.trim()

    @rule(burst=bursts())
    def burst(self, burst: list[LogLine]) -> None:
        self._add(burst)

    @rule(lines=st.lists(lines_at(moments), max_size=6))
    def in_any_order(self, lines: list[LogLine]) -> None:
        self._add(lines)

    @rule(
        steps=st.lists(
            st.tuples(lines_at(st.just(0)), st.sampled_from((0, 0, SLOTS, QUARTER, 8 * QUARTER))), max_size=12
        )
    )
    def at_the_end(self, steps: list[tuple[LogLine, int]]) -> None:
        at = max(map(_moment, self.things), default=0)
        lines = []
        for line, step in steps:
            at += step
            lines.append(line_at(at, line.service, line.text, line.labels))
        self._add(lines)

    @rule(line=lines_at(moments), times=st.integers(30, 70))
    def flood(self, line: LogLine, times: int) -> None:
        at = max(map(_moment, self.things), default=0)
        texts = [f"{line.text} {index}" for index in range(times)]
        self._add([line_at(at + i * SLOTS, line.service, text, line.labels) for i, text in enumerate(texts)])

    @rule(service=services, span=spans, lost=st.one_of(st.none(), st.integers(1, 9)))
    def gap_opens(self, service: str, span: tuple[int, int], lost: int | None) -> None:
        gap = Gap(service, *span, lost, "the tail dropped them")
        assume(gap not in self.gaps() and gap not in self.passed)
        self.buffer.add(Batch([], opened=(gap,)))
        self.put(gap)
        self.trim()

    @rule(service=services, span=spans)
    def feed_closes(self, service: str, span: tuple[int, int]) -> None:
        closed = Gap(service, *span, 1, "")
        self.buffer.add(Batch([], closed=(closed,)))

        def is_closed(gap: Gap) -> bool:
            is_fed = gap.service == service and "reading above" not in gap.words
            return is_fed and span[0] <= gap.start and gap.end <= span[1]

        for gap in filter(is_closed, self.gaps()):
            self.take(gap)
        self.passed = [gap for gap in self.passed if not is_closed(gap) or "reading above" in gap.words]

    @precondition(lambda self: self.gaps())
    @rule(data=st.data(), is_whole=st.booleans())
    def gap_is_fetched(self, data: st.DataObject, is_whole: bool) -> None:
        gap = data.draw(st.sampled_from(self.gaps()))
        inside = st.integers(gap.start, gap.end - 1)
        fetched = data.draw(st.lists(lines_at(inside), max_size=8))
        known = [line for line in self.lines() if gap.start <= line.at < gap.end]
        again = [LogLine(line.at, line.service, line.text, dict(line.labels)) for line in known]
        page = Page(sorted([*again, *fetched], key=lambda line: line.at), is_whole)
        room = max(0, 2 * LIMIT - len(self.lines()))
        missing = self.missing(page.lines)
        came = missing[:room]
        assert self.buffer.fill(gap, page) == len(came)
        self.is_held = True
        self.take(gap)
        self.put(*came)
        until = gap.end
        if len(came) < len(missing):
            until = missing[len(came)].at
        elif not is_whole:
            until = max(page.lines[-1].at, gap.start + 1) if page.lines else gap.start
        lost = None if gap.lost is None else gap.lost - len(came)
        if until < gap.end and (lost is None or lost > 0):
            # What came and had no room is held back here: it is not missing to the feed.
            words = "they came while you were reading above" if len(came) < len(missing) else gap.words
            self.put(Gap(gap.service, max(gap.start, until), gap.end, lost, words))

    @precondition(lambda self: self.lines())
    @rule(
        texts=st.lists(st.tuples(lines_at(st.just(0)), st.integers(0, 4)), max_size=8),
        again=st.integers(0, 3),
    )
    def older_come(self, texts: list[tuple[LogLine, int]], again: int) -> None:
        at = self.lines()[0].at
        page = [LogLine(line.at, line.service, line.text, line.labels) for line in self.lines()[:again]]
        for line, step in texts:
            at -= step * QUARTER
            page.append(line_at(at, line.service, line.text, line.labels))
        page.sort(key=lambda line: line.at)
        # Of lines that are equal the newest ones are there.
        missing = self.missing(page[::-1])[::-1]
        room = max(0, 2 * LIMIT - len(self.lines()))
        came = missing[max(0, len(missing) - room) :]
        assert self.buffer.prepend(Page(page, False)) == len(came)
        self.is_held = True
        self.put(*came, is_older=True)

    @rule()
    def reader_holds(self) -> None:
        self.buffer.hold()
        self.is_held = True

    @rule()
    def reader_follows(self) -> None:
        self.buffer.let_go()
        self.is_held = False
        self.trim()

    @rule(
        words=st.lists(st.sampled_from(("tick", "!tick", "/[1-3]$/", "File", "!File")), max_size=2),
        least=st.sampled_from(Level),
        shows_health=st.booleans(),
        slices=st.integers(0, 2),
    )
    def filter_changes(self, words: list[str], least: Level, shows_health: bool, slices: int) -> None:
        self.buffer.set_filter(Filter(tuple(map(Pattern, words)), least, shows_health))
        for _ in range(slices):
            self.buffer.refilter(0)

    @rule(folds=st.booleans(), steps=st.integers(0, 4))
    def folding_changes(self, folds: bool, steps: int) -> None:
        self.buffer.set_folding(folds)
        for _ in range(steps):
            self.buffer.refilter(0)

    @rule()
    def all_is_done(self) -> None:
        while not self.buffer.refilter(0):
            pass
        assert self.buffer.is_settled
        assert self.buffer.folds is self.buffer._timeline.grouping.folds

    @precondition(lambda self: self.buffer.entries)
    @rule(data=st.data(), opens=st.booleans())
    def reader_takes_hold_of(self, data: st.DataObject, opens: bool) -> None:
        # Other lines may turn out to be part of a traceback.
        entries = [
            entry for entry in self.buffer.entries if entry.line is not None and "tick" in entry.line.text
        ]
        assume(entries)
        entry = data.draw(st.sampled_from(entries))
        assert entry.line is not None
        if opens:
            entry.is_open = True
            self.open.append((entry.line, entry.kind))
        else:
            entry.is_marked = True
            self.marked.append((entry.line, entry.kind))

    # What must hold.

    @invariant()
    def grouped_by_time(self) -> None:
        pinned = {id(entry.line) for entry in self.buffer.entries if entry.is_pinned}
        expected = grouped_anew(self.things, self.newest, pinned, self.buffer._timeline.grouping.folds)
        assert _in_any_order_at_one_moment([_as_group(entry) for entry in self.buffer.entries]) == (
            _in_any_order_at_one_moment(expected)
        )

    @invariant()
    def visible_is_what_is_let_through(self) -> None:
        through = [
            (entry.order, lines) for entry in self.buffer.entries if (lines := self.let_through(entry))
        ]
        visible = [
            (entry.order, [entry.gap] if entry.gap is not None else entry.all())
            for entry in self.buffer.visible
        ]
        assert visible == through[len(through) - len(visible) :]
        if self.buffer.is_settled:
            assert len(visible) == len(through)

    def let_through(self, entry: Entry) -> list[LogLine] | list[Gap]:
        """What the filter lets through of an entry: of a record all lines or none."""
        filter = self.buffer.filter
        if entry.gap is not None:
            return [entry.gap]
        lines = entry.all()
        block = len(lines) if entry.kind is Kind.TRACEBACK else entry.each
        records = [lines[at : at + block] for at in range(0, len(lines), block)]
        return [
            line
            for record in records
            for line in record
            if (filter.shows_health or not entry.is_health)
            and (self.level(line, entry) or Level.INFO) >= filter.least
            and all(
                any(pattern.finds(one.text) for one in record) is not pattern.is_inverse
                for pattern in filter.patterns
            )
        ]

    def level(self, line: LogLine, entry: Entry) -> Level:
        if entry.level or line.text[:1] != " ":
            return entry.level
        entries = list(self.buffer.entries)
        for other in entries[: entries.index(entry)][::-1]:
            if other.gap is not None and other.gap.service == line.service:
                return Level.UNKNOWN
            if other.line is None or other.is_health or other.line.labels != line.labels:
                continue
            is_head = other.level or other.line.text[:1] != " "
            if other.service == line.service and is_head:
                assert other.last is not None
                return other.level if line.at <= other.last.at + SPAN else Level.UNKNOWN
        return Level.UNKNOWN

    @invariant()
    def counted(self) -> None:
        counts = self.buffer.counts
        assert counts.lines == len(self.lines())
        assert counts.trimmed == self.trimmed
        gaps = [gap for gap in self.gaps() + self.passed if not gap.is_unread]
        assert counts.lost == sum(gap.lost or 0 for gap in gaps)
        assert counts.uncounted == sum(gap.lost is None for gap in gaps)
        unread = [gap for gap in self.gaps() if gap.is_unread]
        assert (counts.unread, counts.held_back) == (len(unread), sum(gap.lost or 0 for gap in unread))
        assert counts.health_folded == sum(is_health(line.text) for line in self.lines())

    @invariant()
    def found_again(self) -> None:
        visible = self.buffer.visible
        for entry in self.buffer.entries:
            for line in entry.all():
                index = self.buffer.index_of(line)
                assert index == len(visible) or visible[index].order >= entry.order
                assert index == 0 or visible[index - 1].order < entry.order

    @invariant()
    def reader_finds_it_as_it_was(self) -> None:
        kept = {id(line): entry for entry in self.buffer.entries for line in entry.all()}
        for held, is_kept in ((self.marked, attrgetter("is_marked")), (self.open, attrgetter("is_open"))):
            # What the reader did to a fold is not done to its lines when nothing of it is left.
            held[:] = [
                (line, kind)
                for line, kind in held
                if (entry := kept.get(id(line))) and not (entry.kind is Kind.LINE and kind is Kind.ALIKE)
            ]
            assert all(is_kept(kept[id(line)]) for line, _ in held)


def _in_any_order_at_one_moment(groups: Sequence[Group]) -> list[Group]:
    """Gaps that begin together are told in any order: one that was fetched in part is put in anew."""
    ordered: list[Group] = []
    for (kind, _), same in groupby(groups, key=_kind_and_moment):
        together = list(same)
        ordered += sorted(together, key=str) if kind is Kind.GAP else together
    return ordered


def _kind_and_moment(group: Group) -> tuple[Kind, int | None]:
    first = group[1][0]
    return group[0], first.start if isinstance(first, Gap) else None


def _moment(thing: LogLine | Gap) -> int:
    return thing.start if isinstance(thing, Gap) else thing.at


def _as_group(entry: Entry) -> Group:
    return entry.kind, (entry.gap,) if entry.gap is not None else tuple(entry.all())


BufferMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestBuffer = BufferMachine.TestCase
