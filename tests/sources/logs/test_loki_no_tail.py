"""Where a Loki has no live tail: refused by itself, or by a proxy before it."""

import time

import pytest

from sutaz_tui.errors import BadAnswer, Denied, NoTail, SourceError, TimedOut, TooMany, WrongQuery
from sutaz_tui.sources.logs.loki import LokiLogs
from tests.loopback import speaking
from tests.simulator.stack import Stack
from tests.sources.logs.asking_loki import SECOND, asking, following
from tests.web import web_server


@pytest.mark.parametrize("status", [200, 307, 400, 403, 404, 405, 426, 501])
async def test_a_proxy_without_websocket_is_told_from_a_fault(
    loki: Stack, logs: LokiLogs, status: int
) -> None:
    loki.trait("loki_tail_refused", status)
    async with following(logs, '{job="docker"}') as tail:
        with pytest.raises(NoTail, match=f"answers {status} instead of a WebSocket"):
            await tail.to_the_end()
    assert await logs.range('{job="docker"}', time.time_ns() - 600 * SECOND, time.time_ns(), 5, True)


async def test_a_socket_file_has_no_tail() -> None:
    async with asking("unix:///run/loki.sock") as logs, following(logs, "{}") as tail:
        with pytest.raises(NoTail):
            await tail.to_the_end()


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, "parse error at line 1, col 6: syntax error: unexpected $end", WrongQuery, "line 1, column 6"),
        (400, "delay_for can't be greater than 5", WrongQuery, "refuses the query: delay_for can't be"),
        (400, "max concurrent tail requests limit exceeded (11 > 10)", TooMany, "no tail is free"),
        (401, "no org id", Denied, "give this source a header X-Scope-OrgID"),
        (429, "slow down", TooMany, "answers 429: slow down"),
        (502, "\x1b[2Jno upstream", BadAnswer, "answers 502 instead of a tail"),
    ],
)
async def test_refused_upgrades(status: int, body: str, kind: type[SourceError], words: str) -> None:
    async with web_server() as web, asking(web.url) as logs:
        web.answers(status, body, content_type="text/plain; charset=utf-8")
        async with following(logs, "{}") as tail:
            with pytest.raises(SourceError) as caught:
                await tail.to_the_end()
    assert isinstance(caught.value, kind) and words in caught.value.words and caught.value.words.isprintable()


async def test_a_wrong_query_has_its_place(loki: Stack, logs: LokiLogs) -> None:
    async with following(logs, "{job=") as tail:
        with pytest.raises(WrongQuery) as caught:
            await tail.to_the_end()
    assert (caught.value.line, caught.value.column) == (1, 6)


async def test_a_server_that_never_upgrades_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sutaz_tui.sources.logs.loki.OPENING", 0.2)
    async with (
        speaking(b"", hangs_up=False) as port,
        asking(f"http://{port.address}") as logs,
        following(logs, "{}") as tail,
    ):
        with pytest.raises(TimedOut, match="no WebSocket within"):
            await tail.to_the_end()
