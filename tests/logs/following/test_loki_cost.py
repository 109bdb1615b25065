"""What a Loki log that is followed asks for, against what `sutaz-tui config cost` says of it."""

import re
from collections import Counter

from sutaz_tui.config.cost import LOG_COSTS
from sutaz_tui.logs.following.history import History
from sutaz_tui.logs.following.loki_feed import LokiFeed
from sutaz_tui.logs.following.seeking import Seeking
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.logs.matching import Pattern
from sutaz_tui.logs.sought import Sought
from tests.hand_clock import HandClock
from tests.logs.following.scripted_loki import ScriptedLoki
from tests.logs.following.taker import Taker

NUMBERS = r"(\d+) to (\d+) range queries a minute beside it \((\d+) where.*no WebSocket, (\d+) at (\d+) lines"


def said() -> list[int]:
    """The figures of the sentence: least and most beside a tail, without one, in a flood, and its rate."""
    found = re.search(NUMBERS, " ".join(LOG_COSTS["loki"].split()))
    assert found is not None, LOG_COSTS["loki"]
    return [int(figure) for figure in found.groups()]


async def asked(
    minutes: int, lines: int, every: float, has_socket: bool = True, by: str = "tail"
) -> Counter[str]:
    """How often a minute each thing is asked, with so many lines every so many seconds, after two minutes so."""
    clock = HandClock()
    loki = ScriptedLoki(clock)
    loki.has_socket = has_socket
    feed = LokiFeed(loki, clock, "api", "{}", "loki", 2**30, seed=1)
    before: Counter[str] = Counter()
    async with Taker(feed.follow(loki.now())) as taker:
        for part in (2, minutes):
            before = loki.count_asked()
            for turn in range(round(part * 60 / every)):
                loki.send([f"{turn}.{number}" for number in range(lines)], by=by)
                await clock.advance(every)
        assert len(taker.lines) >= len(loki.lines) - lines
    return Counter({what: round(times / minutes) for what, times in (loki.count_asked() - before).items()})


async def test_an_idle_log_costs_a_few_requests_a_minute() -> None:
    least, *_ = said()
    idle = await asked(10, lines=0, every=10)
    assert idle == {"range": least, "size": 1, "count": 1}


async def test_a_log_in_which_lines_come_costs_what_is_said() -> None:
    _, most, *_ = said()
    busy = await asked(3, lines=3, every=0.5)
    assert most - 1 <= busy["range"] <= most
    assert (busy["size"], busy["count"], busy["tail"]) == (1, 1, 0)


async def test_a_log_without_a_websocket_costs_what_is_said_and_hardly_tries_for_one() -> None:
    _, _, without, _, _ = said()
    polled = await asked(30, lines=0, every=10, has_socket=False)
    assert without - 1 <= polled["range"] <= without
    # Every ten minutes: three times in thirty, which rounds to none a minute.
    assert polled["tail"] == 0


async def test_a_flooded_log_costs_what_is_said() -> None:
    *_, flooded, rate = said()
    asked_for = await asked(1, lines=rate // 2, every=0.5, by="lost")
    assert flooded * 0.95 <= asked_for["range"] <= flooded
    assert asked_for["tail"] == 0


async def test_a_long_log_is_read_in_hardly_more_pages_than_it_has() -> None:
    clock = HandClock()
    loki = ScriptedLoki(clock)
    begin = loki.now() - 10**13
    loki.lines = [
        LogLine(begin + n * 10**6, "api", f"tick {n}", {"stream": "stdout"}) for n in range(200_000)
    ]
    feed = LokiFeed(loki, clock, "api", "{}", "loki", 2**30, seed=1)
    history = History([feed], begin, loki.now())
    read = [line.text for part in [part async for part in history.all()] for line in part]
    assert read == [line.text for line in loki.lines], "no line twice, none left out"
    assert loki.count_asked()["range"] <= 1.05 * 200_000 / loki.page_limit


async def test_a_word_far_back_is_found_by_one_question() -> None:
    class Filtering(ScriptedLoki):
        async def range(self, query: str, start: int, end: int, limit: int, newest: bool) -> list[LogLine]:
            assert query == '{} |= "NEEDLE"'
            await self._ask("range")
            return [line for line in self.lines if "NEEDLE" in line.text and start <= line.at < end]

    clock = HandClock()
    loki = Filtering(clock)
    begin = loki.now() - 10**13
    loki.lines = [
        LogLine(begin + n * 10**6, "api", f"tick {n}", {"stream": "stdout"}) for n in range(100_000)
    ]
    loki.lines[0] = LogLine(begin, "api", "the NEEDLE", {"stream": "stdout"})
    feed = LokiFeed(loki, clock, "api", "{}", "loki", 2**30, seed=1)
    seeking = Seeking(Sought((Pattern("NEEDLE"),)), 0, loki.now(), True, lambda lines, at: None)
    found = await seeking.nearest([feed])
    assert found is not None and found.at == begin
    assert loki.count_asked() == {"range": 1}
