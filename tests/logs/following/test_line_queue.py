"""Lines that wait to be taken: bounded batches, none lost, and of several feeds in order of time."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.logs.following.line_queue import LineQueue, ReorderingQueue
from sutaz_tui.logs.lines import LogLine
from tests.hand_clock import HandClock

parts = st.lists(st.lists(st.integers(0, 9), max_size=9), max_size=9)


def made(moments: list[int]) -> list[LogLine]:
    return [LogLine(at, "api", f"line {number}") for number, at in enumerate(moments)]


@given(parts, st.integers(1, 12))
def test_lines_come_in_the_order_they_were_put_and_never_too_many(put: list[list[int]], batch: int) -> None:
    queue, lists = LineQueue(batch), [made(moments) for moments in put]
    for lines in lists:
        queue.put(lines)
    taken = []
    while queue.seconds_until_due() is not None:
        taken.append(queue.take())
        assert 1 <= len(taken[-1]) <= batch
        assert len(queue) == sum(map(len, lists)) - sum(map(len, taken))
    assert list(chain(*taken)) == list(chain(*lists))
    assert [len(lines) for lines in lists] == [len(moments) for moments in put], (
        "a feed's own list was changed"
    )


def test_small_lists_are_taken_together_and_a_large_one_in_parts() -> None:
    queue = LineQueue(4)
    for count in (1, 2, 3, 6):
        queue.put(made([0] * count))
    sizes = []
    while len(queue):
        sizes.append(len(queue.take()))
    assert sizes == [3, 3, 4, 2]


async def test_lines_of_several_feeds_wait_for_older_ones_and_come_by_time() -> None:
    clock = HandClock()
    queue = ReorderingQueue(clock, patience=0.3, batch=3)
    queue.put(made([5, 7]))
    await clock.advance(0.2)
    queue.put(made([1, 6, 9]))
    assert queue.take() == []
    await clock.advance(0.1)
    assert [line.at for line in queue.take()] == [1, 5, 6]
    assert queue.seconds_until_due() == 0.0, "more of them waited long enough than one batch holds"
    assert ([line.at for line in queue.take()], len(queue)) == ([7], 1)
    assert 0.1 < (queue.seconds_until_due() or 0.0) < 0.3
    await clock.advance(0.2)
    assert [line.at for line in queue.take()] == [9]
    assert queue.seconds_until_due() is None
