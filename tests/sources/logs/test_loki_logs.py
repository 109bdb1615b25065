"""Pages of a Loki: their lines, their ends, and what a refusal means."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from sutaz_tui.errors import BadAnswer, Denied, SourceError, TooMany, WrongQuery
from sutaz_tui.logs.lines import LINE_LIMIT
from sutaz_tui.sources.logs.loki import LokiLogs
from tests.servers.waiting import patient
from tests.simulator.stack import Stack
from tests.sources.logs.asking_loki import (
    SECOND,
    asking,
    following,
    pairs,
    push,
    recorded,
    some_time,
    streams,
)
from tests.web import Web

TEXT = {"content_type": "text/plain; charset=utf-8"}


# --- pages


async def test_a_page_is_half_open_and_oldest_first(loki: Stack, logs: LokiLogs, job: str) -> None:
    at = some_time()
    lines = [(at + place, f"line {place} {'ERROR' if place % 3 else 'INFO'}") for place in range(10)]
    push(loki, {"job": job}, lines)
    query = f'{{job="{job}"}}'
    assert pairs(await logs.range(query, at, at + 10, 100, False)) == lines
    assert pairs(await logs.range(query, at, at + 9, 100, True)) == lines[:9]
    assert pairs(await logs.range(query, at + 2, at + 10, 3, False)) == lines[2:5]
    assert pairs(await logs.range(query, at, at + 10, 3, True)) == lines[7:]


async def test_an_empty_span_is_not_asked_for(web: Web, told: LokiLogs) -> None:
    assert await told.range("{}", 5, 5, 100, True) == []
    assert await told.count("{}", 5, 5) == 0
    assert await told.count("{}", 5, 3) == 0
    assert web.asked == []


async def test_lines_know_their_service_and_share_their_labels(loki: Stack, logs: LokiLogs, job: str) -> None:
    at = some_time()
    push(loki, {"job": job, "stream": "stderr"}, [(at, "INFO a"), (at + 1, "INFO b"), (at + 2, "ERROR c")])
    first, second, third = await logs.range(f'{{job="{job}"}}', at, at + 9, 9, False)
    assert first.service == "shop"
    assert first.labels["stream"] == "stderr" and first.labels["detected_level"] == "info"
    assert first.labels is second.labels and third.labels["detected_level"] == "error"


async def test_a_line_that_promtail_ships_with_its_newline_does_not_show_it(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = some_time()
    sent = ["tick 1\n", "tick 2\r\n", "tick 3", "two\nrows\n", "a blank one follows\n\n", "\n"]
    push(loki, {"job": job}, list(enumerate(sent, at)))
    shown = ["tick 1", "tick 2", "tick 3", "two\nrows", "a blank one follows\n", ""]
    assert pairs(await logs.range(f'{{job="{job}"}}', at, at + 9, 9, False)) == list(enumerate(shown, at))
    async with following(logs, f'{{job="{job}"}}', start=at) as tail:
        await tail.until(len(sent))
        assert sorted(pairs(tail.lines)) == list(enumerate(shown, at))


async def test_the_newline_of_the_longest_line_is_no_character_that_was_cut(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = some_time()
    push(loki, {"job": job}, [(at, "x" * LINE_LIMIT + "\n")])
    (line,) = await logs.range(f'{{job="{job}"}}', at, at + 9, 9, False)
    assert (len(line.text), line.cut) == (LINE_LIMIT, 0)


async def test_lines_of_one_nanosecond_keep_their_order(loki: Stack, logs: LokiLogs, job: str) -> None:
    at = some_time()
    lines = [(at, f"INFO {place}") for place in range(20)]
    push(loki, {"job": job}, lines)
    for newest in (False, True):
        assert pairs(await logs.range(f'{{job="{job}"}}', at, at + 1, 50, newest)) == lines


@pytest.mark.parametrize("newest", [False, True])
async def test_a_loki_that_gives_less_at_once_is_asked_again(
    loki: Stack, logs: LokiLogs, job: str, newest: bool
) -> None:
    at = some_time()
    # Thirty lines of one nanosecond lie across the end of a page.
    lines = [(at + (place if place < 80 else max(80, place - 30)), f"INFO {place}") for place in range(200)]
    push(loki, {"job": job}, lines)
    loki.trait("loki_max_entries", 50)
    query = f'{{job="{job}"}}'
    assert pairs(await logs.range(query, at, at + 1000, 5000, newest)) == lines
    assert logs.page_limit == 50
    kept = lines[-170:] if newest else lines[:170]
    assert pairs(await logs.range(query, at, at + 1000, 170, newest)) == kept


async def test_more_lines_of_a_nanosecond_than_a_page_holds_are_not_left_out_in_silence(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = some_time()
    push(loki, {"job": job}, [(at, f"INFO {place}") for place in range(20)])
    loki.trait("loki_max_entries", 5)
    with pytest.raises(BadAnswer, match="more than 5 lines of one nanosecond"):
        await logs.range(f'{{job="{job}"}}', at, at + 10, 100, False)


async def test_an_answer_that_is_too_large_is_asked_for_in_parts(
    loki: Stack, logs: LokiLogs, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = some_time()
    lines = [(at + place, f"{place:<1000}") for place in range(100)]
    push(loki, {"job": job}, lines)
    monkeypatch.setattr("sutaz_tui.sources.logs.loki.ANSWER_LIMIT", 20_000)
    assert pairs(await logs.range(f'{{job="{job}"}}', at, at + 100, 5000, False)) == lines
    assert pairs(await logs.range(f'{{job="{job}"}}', at, at + 100, 60, True)) == lines[40:]
    monkeypatch.setattr("sutaz_tui.sources.logs.loki.ANSWER_LIMIT", 500)
    with pytest.raises(BadAnswer, match="sends a line larger than"):
        await logs.range(f'{{job="{job}"}}', at, at + 100, 5000, False)


async def test_what_its_own_parts_cannot_send_each_other_is_asked_for_in_parts(
    web: Web, told: LokiLogs
) -> None:
    body = "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5 vs. 4)"
    web.answers(500, body, **TEXT)
    with pytest.raises(BadAnswer, match="answers 500: rpc error"):
        await told.range("{a=`b`}", 1, 9, 5000, True)
    limits = [parse_qs(path.partition("?")[2])["limit"] for path in web.asked]
    assert limits == [["5000"], ["625"], ["78"], ["9"], ["1"]]


async def test_what_is_asked(web: Web, told: LokiLogs) -> None:
    web.answers(body=streams())
    assert await told.range('{a="b"} |= `c`', 10, 20, 7, True) == []
    asked = {name: found[0] for name, found in parse_qs(web.asked[0].partition("?")[2]).items()}
    wanted = {"query": '{a="b"} |= `c`', "start": "10", "end": "20", "limit": "7", "direction": "backward"}
    assert asked == wanted


# --- answers


async def test_a_recorded_page(web: Web, told: LokiLogs) -> None:
    web.answers(body=recorded("query_range forward limit 3")["body"])
    lines = await told.range("{a=`b`}", 1, 2**62, 3, False)
    assert [json.loads(line.text)["message"] for line in lines] == ["request 0", "request 1", "request 2"]
    assert [line.at % 10**7 for line in lines] == [4140007, 5140007, 6140007]
    assert [line.labels["detected_level"] for line in lines] == ["info", "warn", "error"]


async def test_what_is_said_of_one_entry_alone_joins_its_labels(web: Web, told: LokiLogs) -> None:
    flat = ["1", "a", {"trace": "x"}]
    apart = ["2", "b", {"structuredMetadata": {"trace": "y"}, "parsed": {"code": "200"}}]
    web.answers(body=streams(({"job": "j"}, [flat, apart, ["3", "c"]])))
    lines = await told.range("{a=`b`}", 1, 9, 9, False)
    assert [dict(line.labels) for line in lines] == [
        {"job": "j", "trace": "x"},
        {"job": "j", "trace": "y", "code": "200"},
        {"job": "j"},
    ]


async def test_text_that_is_no_utf_8_and_lone_surrogates_come_through(web: Web, told: LokiLogs) -> None:
    body = json.dumps(streams(({"job": "\ud800"}, [["1", "a\udfffb"], ["2", "raw: ?"]]))).encode()
    web.answers(body=body.replace(b"?", b"\xff"))
    lines = await told.range("{a=`b`}", 1, 9, 9, False)
    assert pairs(lines) == [(1, "a\udfffb"), (2, "raw: \udcff")]
    assert lines[0].labels == {"job": "\ud800"}


async def test_a_long_line_is_cut_and_says_how_much(web: Web, told: LokiLogs) -> None:
    web.answers(body=streams(({"job": "j"}, [["1", "x" * (LINE_LIMIT + 1000)], ["2", "y" * LINE_LIMIT]])))
    cut, whole = await told.range("{a=`b`}", 1, 9, 9, False)
    assert (len(cut.text), cut.cut) == (LINE_LIMIT, 1000)
    assert (len(whole.text), whole.cut) == (LINE_LIMIT, 0)


async def test_many_lines_are_read_aside_and_stay_in_order(loki: Stack, logs: LokiLogs, job: str) -> None:
    at = some_time()
    lines = [(at + place, f"{place:<400}") for place in range(2000)]
    push(loki, {"job": job}, lines)
    assert pairs(await logs.range(f'{{job="{job}"}}', at, at + 2000, 5000, True)) == lines


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        {"data": None},
        {"data": {"resultType": "streams", "result": 5}},
        streams(({"a": "b"}, [["x", "text"]])),
        streams(({"a": "b"}, [["1"]])),
        streams(({"a": "b"}, [["1", 5]])),
        streams(({"a": "b"}, [[f"1{'0' * 5000}", "text"]])),
        b"[" * 100_000,
    ],
)
async def test_what_is_no_answer_of_loki_is_said_to_be_none(web: Web, told: LokiLogs, body: Any) -> None:
    web.answers(body=body)
    with pytest.raises(BadAnswer, match="holds no streams; is this the right port"):
        await told.range("{a=`b`}", 1, 9, 9, False)


async def test_a_query_that_counts_gives_no_lines(web: Web, told: LokiLogs) -> None:
    web.answers(body=recorded("metric query")["body"])
    with pytest.raises(WrongQuery, match="counts lines instead of giving them"):
        await told.range("sum(rate({a=`b`}[1m]))", 1, 9, 9, False)


# --- refusals


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        (
            "query_range parse error",
            (1, 14),
            "at line 1, column 14: syntax error: unexpected $end, expecting",
        ),
        ("query_range empty matcher", (0, 0), "queries require at least one regexp or equality matcher"),
        ("query_range bad time", (0, 0), "end timestamp must not be before or equal to start time"),
        ("log query on instant endpoint", (0, 0), "log queries are not supported as an instant query type"),
        ("query_range limit above the maximum", (0, 0), "max entries limit per query exceeded"),
    ],
)
async def test_recorded_refusals(
    web: Web, told: LokiLogs, name: str, place: tuple[int, int], words: str
) -> None:
    answer = recorded(name)
    web.answers(answer["status"], answer["body"], **{"content-type": answer["content_type"]})
    with pytest.raises(WrongQuery) as caught:
        await told.range("{a=`b`}", 1, 9, 9, False)
    assert (caught.value.line, caught.value.column) == place
    assert words in caught.value.words and caught.value.source == "Loki"


async def test_a_place_is_one_in_the_query_as_it_was_written(logs: LokiLogs) -> None:
    for query, column in (('{job="a", b="c', 10), ('{job="docker"} nonsense', 15)):
        for ask in (logs.range(query, 1, 9, 9, False), logs.count(query + " ", 0, SECOND)):
            with pytest.raises(WrongQuery) as caught:
                await ask
            assert (caught.value.line, caught.value.column) == (1, column)


async def test_a_place_that_only_the_scanner_knows_is_in_the_first_line(web: Web, told: LokiLogs) -> None:
    web.answers(400, "parse error at line 0, col 21: literal not terminated", **TEXT)
    with pytest.raises(WrongQuery) as caught:
        await told.range("{a=`b`}", 1, 9, 9, False)
    assert (caught.value.line, caught.value.column) == (1, 21)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            429,
            "too many outstanding requests\n",
            TooMany,
            "answers 429: too many outstanding requests; retrying",
        ),
        (401, "no org id\n", Denied, "no org id; it has tenants: give this source a header X-Scope-OrgID"),
        (401, "", Denied, "answers 401: no words; check auth and headers"),
        (401, "<html><head><title>401</title>", Denied, "answers 401: a proxy's web page; check auth"),
        (429, "<!DOCTYPE html><p>slow down", TooMany, "answers 429: too many requests; retrying"),
        (403, "go away", Denied, "answers 403: go away; check auth"),
        (404, "404 page not found\n", BadAnswer, "answers 404: 404 page not found"),
        (500, "empty ring", BadAnswer, "answers 500: empty ring"),
        (503, "\x1b[2Jat least 1 live replicas required", BadAnswer, "at least 1 live replicas required"),
        (504, b"\xff\xfe", BadAnswer, "answers 504"),
        (
            400,
            f"parse error at line {'9' * 5000}, col 1: \x1b]0;x\x07",
            WrongQuery,
            "refuses the query: parse",
        ),
        (400, "", WrongQuery, "refuses the query: without a word"),
    ],
)
async def test_what_a_refusal_means(
    web: Web, told: LokiLogs, status: int, body: Any, kind: type[SourceError], words: str
) -> None:
    web.answers(status, body, **TEXT)
    for ask in (
        told.range("{a=`b`}", 1, 9, 9, True),
        told.count("{a=`b`}", 0, SECOND),
        told.size("{}", 1, 9),
    ):
        with pytest.raises(SourceError) as caught:
            await ask
        assert isinstance(caught.value, kind) and words in caught.value.words
        assert caught.value.words.isprintable() and len(caught.value.words) < 400


async def test_a_400_of_something_else_is_no_fault_of_the_query(web: Web, told: LokiLogs) -> None:
    web.answers(400, "<html>bad gateway", content_type="text/html")
    with pytest.raises(BadAnswer, match="answers 400"):
        await told.range("{a=`b`}", 1, 9, 9, False)


async def test_a_tenant_is_named_where_there_are_tenants(loki: Stack, job: str) -> None:
    loki.trait("loki_has_tenants", True)
    async with asking(loki.url("loki")) as nobody:
        with pytest.raises(Denied, match="no org id"):
            await nobody.range("{a=`b`}", 1, 9, 9, False)
    async with asking(loki.url("loki"), headers={"X-Scope-OrgID": "me"}) as tenant:
        assert await tenant.range("{a=`b`}", 1, 9, 9, False) == []


async def test_what_asks_to_wait_is_asked_again_then(web: Web, told: LokiLogs) -> None:
    web.answers(429, "slow down\n", retry_after="1")
    asking = asyncio.create_task(told.range("{a=`b`}", 0, 9, 5, False))
    async with asyncio.timeout(patient(20)):
        while not web.asked:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
        web.answers(body={"status": "success", "data": {"resultType": "streams", "result": []}})
        assert await asking == []
    assert len(web.asked) == 2


async def test_who_asks_to_wait_for_long_is_not_waited_for(web: Web, told: LokiLogs) -> None:
    web.answers(429, "slow down\n", retry_after="120")
    with pytest.raises(TooMany, match="slow down; asks to wait 120 s") as refused:
        await told.range("{a=`b`}", 0, 9, 5, False)
    assert refused.value.after == 120 and len(web.asked) == 1
