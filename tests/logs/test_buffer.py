"""What the buffer promises one by one; what holds for all of it together is test_buffer_property's."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.entries import Kind
from sutaz_tui.logs.grouping import Grouping
from sutaz_tui.logs.lines import Batch, Gap, LogLine, Page
from sutaz_tui.logs.matching import Filter, Pattern

WORDS = ("amber", "birch", "cedar", "delta", "ember", "frost", "grove")


def line(at: int, text: str = "", service: str = "a") -> LogLine:
    return LogLine(at, service, text or f"{WORDS[at % len(WORDS)]} {at}")


def filled(moments: Iterable[int], limit: int = 100) -> LogBuffer:
    buffer = LogBuffer(limit)
    buffer.add(Batch([line(at) for at in moments]))
    return buffer


def moments(buffer: LogBuffer) -> list[int]:
    return [entry.at for entry in buffer.visible]


def test_equal_moments_keep_the_order_of_arrival() -> None:
    buffer = LogBuffer()
    for text in ("one", "two", "three"):
        buffer.add(Batch([line(7, text)]))
    buffer.add(Batch([line(5, "before"), line(7, "four")]))

    assert [entry.line.text for entry in buffer.entries if entry.line] == [
        "before",
        "one",
        "two",
        "three",
        "four",
    ]


def test_the_oldest_go_when_it_is_full() -> None:
    buffer = filled(range(150))

    assert moments(buffer) == list(range(56, 150))
    assert buffer.counts.lines == 94
    assert buffer.counts.trimmed == 56


def test_the_folding_key_on_a_full_log_shows_each_line_once() -> None:
    buffer = filled(range(150))
    buffer.set_folding(False)

    assert moments(buffer) == list(range(56, 150))


def test_long_lines_go_before_the_limit_is_reached() -> None:
    buffer = LogBuffer(100, most_characters=1000)
    for at in range(30):
        buffer.add(Batch([line(at, f"{WORDS[at % 7]:<100}")]))

    assert 8 <= buffer.counts.lines <= 10
    assert moments(buffer)[-1] == 29


def test_nothing_goes_while_somebody_reads_above_and_what_is_not_kept_is_counted() -> None:
    buffer = filled(range(90))
    buffer.hold()
    buffer.add(Batch([line(at) for at in range(90, 260)]))
    buffer.add(Batch([line(at) for at in range(260, 300)]))

    assert moments(buffer) == [*range(200), 200]
    assert buffer.visible[-1].gap == Gap("a", 200, 300, 100, "they came while you were reading above")
    assert (buffer.counts.held_back, buffer.counts.lost) == (100, 0), "nothing is lost: it can be read"

    buffer.let_go()
    buffer.add(Batch([line(300)]))

    assert buffer.counts.lines <= 100
    assert [entry.kind for entry in buffer.visible][-2:] == [Kind.GAP, Kind.LINE]


def test_what_was_not_kept_can_be_fetched() -> None:
    buffer = filled(range(90))
    buffer.hold()
    buffer.add(Batch([line(at) for at in range(90, 210)]))
    buffer.let_go()
    gap = buffer.visible[-1].gap
    assert gap is not None

    assert buffer.fill(gap, Page([line(at) for at in range(200, 210)], True)) == 10
    assert moments(buffer)[-11:] == list(range(199, 210))
    assert buffer.counts.held_back == 0


def test_older_lines_stay_and_push_nothing_out() -> None:
    buffer = filled(range(150, 250))

    assert buffer.prepend(Page([line(at) for at in range(100, 155)], False)) == 50
    buffer.add(Batch([line(250)]))

    assert moments(buffer) == list(range(100, 251))


def test_a_late_line_is_found_where_it_belongs() -> None:
    buffer = filled(range(0, 40, 2))
    late = line(7, "late")
    buffer.add(Batch([late]))

    assert buffer.index_of(late) == 4
    assert buffer.index_at(8) == 5
    assert buffer.index_at(1000) == len(buffer.visible)


def test_a_line_that_is_gone_is_found_by_its_moment() -> None:
    buffer = filled(range(150))

    assert buffer.index_of(line(3)) == 0
    assert buffer.index_of(line(60)) == 4


def test_many_late_lines_at_one_place_keep_their_order() -> None:
    buffer = filled([0, 1000], limit=5000)
    for at in range(1, 900):
        buffer.add(Batch([line(1000 - at)]))

    assert moments(buffer) == [0, *range(101, 1001)]
    assert [entry.order for entry in buffer.entries] == sorted({entry.order for entry in buffer.entries})


def test_a_filter_is_applied_newest_first_and_to_what_comes_meanwhile() -> None:
    buffer = filled(range(1000), limit=2000)
    buffer.set_filter(Filter((Pattern("amber"),)))
    buffer.refilter(0)
    buffer.add(Batch([line(1001)]))

    assert not buffer.is_settled
    assert 0 < len(buffer.visible) < 144
    assert moments(buffer)[-1] == 1001

    while not buffer.refilter():
        pass

    assert moments(buffer) == [at for at in [*range(1000), 1001] if at % 7 == 0]


def test_a_filter_that_is_too_slow_is_taken_off_and_nothing_is_lost() -> None:
    buffer = filled(range(10))
    buffer.set_filter(Filter((Pattern("/(a|a)*$/"),)))
    assert buffer.refilter()

    buffer.add(Batch([line(11, "a" * 40 + "!")]))

    assert moments(buffer) == [*range(10), 11]
    assert buffer.filter.patterns == ()
    assert "simpler" in str(buffer.problem)
    buffer.set_filter(Filter())
    assert buffer.problem is None


def test_gaps_that_were_pushed_out_stay_counted_until_they_are_closed() -> None:
    buffer = LogBuffer(100)
    buffer.add(
        Batch([], opened=(Gap("a", 0, 5, 640, "the tail dropped them"), Gap("b", 1, 5, None, "unknown")))
    )
    buffer.add(Batch([line(at) for at in range(10, 200)]))

    assert all(entry.gap is None for entry in buffer.entries)
    assert (buffer.counts.lost, buffer.counts.uncounted) == (640, 1)

    buffer.add(Batch([], closed=(Gap("a", 0, 5, 640, "the tail dropped them"),)))

    assert (buffer.counts.lost, buffer.counts.uncounted) == (0, 1)


def test_a_gap_shrinks_by_what_was_fetched() -> None:
    buffer = LogBuffer()
    gap = Gap("a", 10, 100, 50, "the tail dropped them")
    buffer.add(Batch([line(10), line(200)], opened=(gap,)))

    assert buffer.fill(gap, Page([line(at) for at in range(10, 30)], False)) == 19

    rest = next(entry.gap for entry in buffer.entries if entry.gap is not None)
    assert (rest.start, rest.end, rest.lost) == (29, 100, 31)


def test_a_gap_whose_lost_lines_are_all_there_is_gone_though_the_page_was_cut() -> None:
    buffer = LogBuffer()
    gap = Gap("a", 10, 100, 19, "the tail dropped them")
    buffer.add(Batch([line(10), line(200)], opened=(gap,)))

    assert buffer.fill(gap, Page([line(at) for at in range(10, 30)], False)) == 19

    assert all(entry.gap is None for entry in buffer.entries)
    assert (buffer.counts.lost, buffer.counts.uncounted) == (0, 0)


def test_clear_forgets_all_but_the_filter() -> None:
    buffer = filled(range(150))
    buffer.set_filter(Filter(shows_health=True))
    buffer.clear()

    assert (len(buffer.entries), len(buffer.visible), buffer.counts.lines, buffer.counts.trimmed) == (
        0,
        0,
        0,
        0,
    )
    assert buffer.filter.shows_health
    assert buffer.is_settled


def test_a_gap_that_was_fetched_without_room_for_all_stays_though_the_feed_closes_it() -> None:
    buffer = filled(range(100), limit=60)
    gap = Gap("a", 200, 300, 100, "the tail dropped them")
    buffer.hold()
    buffer.add(Batch([line(at) for at in range(100, 110)], opened=(gap,)))
    room = buffer.room
    came = buffer.fill(gap, Page([line(at) for at in range(200, 300)], is_whole=True))
    assert 0 < came == room < 100
    assert buffer.counts.held_back == 100 - room
    buffer.add(Batch([], closed=(gap,)))
    assert buffer.counts.held_back == 100 - room


def test_older_lines_of_the_oldest_moment_come_before_those_that_are_there() -> None:
    texts = [f"frame {WORDS[number % 7]} {number}" for number in range(10)]
    buffer = LogBuffer()
    buffer.add(Batch([line(7, text) for text in texts[6:]]))
    assert buffer.lines_at(7) == 4
    assert buffer.prepend(Page([line(7, text) for text in texts], is_whole=True)) == 6
    assert [entry.line.text for entry in buffer.entries if entry.line] == texts


def test_a_line_that_the_tail_told_is_not_slid_in_again_when_its_gap_is_fetched() -> None:
    buffer = LogBuffer()
    gap = Gap("a", 5, 20, 1, "the tail dropped them")
    buffer.add(Batch([LogLine(10, "a", "told", {"stream": "stdout"})], opened=(gap,)))
    # Loki guesses the level of the lines of a page, and not always of those that its tail tells.
    guessed = {"stream": "stdout", "detected_level": "info"}
    page = Page([LogLine(10, "a", "told", guessed), LogLine(11, "a", "missed", guessed)], is_whole=True)

    assert buffer.fill(gap, page) == 1
    assert [entry.line.text for entry in buffer.entries if entry.line] == ["told", "missed"]


@given(
    st.lists(
        st.sampled_from(
            (
                "INFO tick 1",
                "INFO tick 22",
                "INFO other",
                'INFO:     10.0.0.1:3000 - "GET /health HTTP/1.1" 200 OK',
                "Traceback (most recent call last):\n  f()\nValueError: no",
                "java.lang.IllegalStateException: closed 7",
                "\tat com.shop.Main.main(Main.java:7)",
            )
        ),
        max_size=40,
    ),
    st.integers(0, 40),
)
def test_what_is_unfolded_is_grouped_as_if_nothing_had_ever_folded(texts: list[str], after: int) -> None:
    lines = [LogLine(n, "a", part) for n, part in enumerate("\n".join(texts).split("\n")) if part]
    buffer = LogBuffer()
    buffer.add(Batch(lines[:after]))
    buffer.set_folding(False)
    buffer.add(Batch(lines[after:]))
    anew = Grouping([], folds=False)
    anew.extend(lines)
    assert [(entry.kind, entry.all(), entry.is_health) for entry in buffer.entries] == [
        (entry.kind, entry.all(), entry.is_health) for entry in anew.entries
    ]
    assert [entry.order for entry in buffer.entries] == sorted(entry.order for entry in buffer.entries)
