"""What else a Loki is asked about lines: how many there are, how large they are, and which streams it knows."""

from urllib.parse import parse_qs

import pytest

from sutaz_tui.errors import BadAnswer
from sutaz_tui.logs.lines import Level
from sutaz_tui.sources.logs.loki import LokiLogs
from tests.simulator.stack import Stack
from tests.sources.logs.asking_loki import SECOND, push, recorded, some_time
from tests.web import Web

# --- counts and sizes


async def test_a_count_has_the_ends_of_its_span(loki: Stack, logs: LokiLogs, job: str) -> None:
    at = some_time() // SECOND * SECOND
    moments = [at, at + 1, at + 999_999, at + 10**6, at + 10**6 + 1, at + SECOND - 1, at + SECOND]
    push(loki, {"job": job}, [(moment, f"INFO {moment}") for moment in moments])
    query = f'{{job="{job}"}}'
    ends = sorted({edge for moment in moments for edge in (moment - 1, moment, moment + 1)})
    for start in ends:
        for end in ends:
            wanted = sum(start <= moment < end for moment in moments)
            assert await logs.count(query, start, end) == wanted, (start - at, end - at)
    assert await logs.count(f'{query} |= "{at + 1}"', at, at + 2 * SECOND) == 1


async def test_a_moment_with_more_lines_than_one_answer_holds_is_counted(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = some_time()
    loki.trait("loki_max_entries", 10)
    push(loki, {"job": job}, [(at, f"INFO {number}") for number in range(25)])
    push(loki, {"job": job}, [(at - 1, "INFO before"), (at + 1, "INFO after"), (at + 1, "INFO later")])
    query = f'{{job="{job}"}}'
    # This Loki's own limit is learned by the first question.
    assert len(await logs.range(query, at - 1, at, 20, False)) == 1
    assert await logs.count(query, at, at + 1) == 25
    assert await logs.count(query, at - 1, at + 1) == 26
    assert await logs.count(query, at, at + 10**6 + 1) == 27
    push(loki, {"job": job}, [(at - 7, f"INFO {number}") for number in range(12)])
    with pytest.raises(BadAnswer, match="beside those counted"):
        await logs.count(query, at, at + 1)


async def test_a_count_of_what_a_stage_cannot_read_does_not_fail(web: Web, told: LokiLogs) -> None:
    vector = {"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, "12"]}]}}
    web.answers(body=vector)
    assert await told.count('{a="| json"} # all\n | json | b="c"', 0, 60 * SECOND) == 12
    asked = parse_qs(web.asked[0].partition("?")[2])
    blank = " " * len("# all")
    counted = f'{{a="| json"}} {blank}\n | json | b="c" | drop __error__, __error_details__[60000ms]'
    assert asked == {"query": [f"sum(count_over_time({counted}))"], "time": [str(60 * SECOND - 1)]}
    assert await told.count('{a="| json"}', 0, 10**6) == 12
    assert parse_qs(web.asked[1].partition("?")[2])["query"] == ['sum(count_over_time({a="| json"}[1ms]))']


async def test_nothing_counts_as_none(loki: Stack, logs: LokiLogs) -> None:
    assert await logs.count('{job="nobody"}', 0, 60 * SECOND) == 0


async def test_the_size_is_that_of_the_streams_without_their_filters(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = some_time()
    push(loki, {"job": job}, [(at + place, "é" * 50) for place in range(10)])
    assert await logs.size(f'{{job="{job}"}} |= "x}}" | json', at, at + 10) == 1000
    assert await logs.size(f'{{job="{job}"}}', at, at + 5) == 500


async def test_the_size_counts_what_the_index_does_not_know_yet(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = some_time()
    push(loki, {"job": job}, [(at + place, "x" * 50) for place in range(10)])
    loki.trait("loki_index_lag", 3600.0)
    assert await logs.size(f'{{job="{job}"}}', at, at + 10) == 500
    patch = {"endpoint": "loki", "path": "/loki/api/v1/index/volume", "status": 404, "body": "turned off"}
    loki.control("PUT", "/patches", {"patches": [patch]})
    assert await logs.size(f'{{job="{job}"}}', at, at + 10) == 0


async def test_sizes_and_counts_of_something_else(web: Web, told: LokiLogs) -> None:
    for body in (b"[]", b"{}", b'{"bytes": Infinity}', b'{"bytes": null}', b"nonsense"):
        web.answers(body=body)
        with pytest.raises(BadAnswer):
            await told.size("{a=`b`}", 1, 9)
    for result in (b"[{}]", b"5", b'[{"value": [1, "Inf"]}]', b'[{"value": [1]}]'):
        web.answers(body=b'{"data": {"result": ' + result + b"}}")
        with pytest.raises(BadAnswer):
            await told.count("{a=`b`}", 0, SECOND)


# --- finding


async def test_labels_values_and_streams_are_asked_once(loki: Stack, logs: LokiLogs, job: str) -> None:
    push(loki, {"job": job, "app": "a/b c"}, [(some_time(), "INFO")])
    for _ in range(2):
        assert {"app", "filename", "job", "service_name"} <= set(await logs.labels())
        assert "a/b c" in await logs.values("app")
        labels = {"app": "a/b c", "job": job, "service_name": job}
        assert await logs.series(f'{{job="{job}"}}') == (labels,)
    paths = [request["path"] for request in loki.control("GET", "/requests") if "api" in request["path"]]
    assert sorted(paths) == ["/loki/api/v1/label/app/values", "/loki/api/v1/labels", "/loki/api/v1/push",
                             "/loki/api/v1/series"]  # fmt: skip


async def test_what_is_not_there_is_asked_for_again(loki: Stack, logs: LokiLogs, job: str) -> None:
    assert await logs.series(f'{{job="{job}"}}') == ()
    push(loki, {"job": job}, [(some_time(), "INFO")])
    assert await logs.series(f'{{job="{job}"}}') == ({"job": job, "service_name": job},)


async def test_recorded_labels_and_streams(web: Web, told: LokiLogs) -> None:
    web.answers(body=recorded("labels")["body"])
    assert await told.labels() == ("filename", "job", "service_name", "stream")
    web.answers(body=recorded("series")["body"])
    found = await told.series('{job="docker"}')
    assert [labels["stream"] for labels in found] == ["stdout", "stderr"]
    for body in ({"status": "success", "data": 5}, {"status": "success", "data": ["a"]}, {"status": "error"}):
        web.answers(body=body)
        with pytest.raises(BadAnswer):
            await told.series("{a=`c`}")


async def test_counts_by_steps_and_levels_come_by_one_question(loki: Stack, logs: LokiLogs, job: str) -> None:
    step = 60 * SECOND
    begin = some_time() // step * step
    lines = [(begin + n * SECOND + 1, "INFO tick") for n in range(90)] + [
        (begin + 61 * SECOND + 1, "ERROR lost")
    ]
    push(loki, {"job": job}, lines)
    loki.control("POST", "/counts/reset")
    counted = await logs.counts(f'{{job="{job}"}}', begin, begin + 3 * step, step)
    asked = [request["path"] for request in loki.control("GET", "/requests")]
    assert len(asked) == 1
    found = {(each.at - begin) // step: 0 for each in counted}
    for each in counted:
        found[(each.at - begin) // step] += each.lines
    assert sum(found.values()) == 91
    errors = [each for each in counted if each.level is Level.ERROR]
    assert [(each.at - begin, each.lines) for each in errors] == [(step, 1)]


async def test_counts_by_steps_of_something_else(web: Web, told: LokiLogs) -> None:
    for result in (
        [{"metric": {}}],
        [{"metric": {}, "values": [[1, "many"]]}],
        [{"metric": 1, "values": []}],
        None,
    ):
        web.answers(body={"status": "success", "data": {"resultType": "matrix", "result": result}})
        with pytest.raises(BadAnswer, match="count by steps"):
            await told.counts("{}", 0, 60 * SECOND, SECOND)


async def test_patterns_are_those_of_its_ingester_where_that_is_on(
    loki: Stack, logs: LokiLogs, job: str
) -> None:
    at = some_time() // (60 * SECOND) * 60 * SECOND
    push(
        loki,
        {"job": job},
        [(at + n * SECOND, f"INFO served {n}") for n in range(90)] + [(at, "ERROR lost 7")],
    )
    asked = f'{{job="{job}"}}', at, at + 120 * SECOND, 60 * SECOND
    assert await logs.patterns(*asked) is None, "it is off by default"
    loki.trait("loki_finds_patterns", True)
    found = {one.text: one for one in await logs.patterns(*asked) or ()}
    assert found["INFO served <_>"].samples == ((at, 60), (at + 60 * SECOND, 30))
    assert found["ERROR lost <_>"].level is Level.ERROR
    assert await logs.patterns(f'{{job="{job}"}} |= "lost"', *asked[1:]) is None, (
        "it looks at streams as wholes"
    )


async def test_patterns_of_something_else(web: Web, told: LokiLogs) -> None:
    for data in ([{"pattern": "a"}], [{"pattern": "a", "samples": [["x", 1]]}], [5], 5):
        web.answers(body={"status": "success", "data": data})
        with pytest.raises(BadAnswer, match="patterns"):
            await told.patterns("{}", 0, 60 * SECOND, SECOND)


async def test_volumes_are_of_each_value_of_a_label(loki: Stack, logs: LokiLogs, job: str) -> None:
    at = some_time()
    push(loki, {"job": job, "part": "large"}, [(at + n, "INFO " + "x" * 95) for n in range(50)])
    push(loki, {"job": job, "part": "small"}, [(at, "INFO " + "x" * 95)])
    assert await logs.volumes("part", at, at + SECOND) == {"large": 5000, "small": 100}
    patch = {"endpoint": "loki", "path": "/loki/api/v1/index/volume", "status": 404, "body": "turned off"}
    loki.control("PUT", "/patches", {"patches": [patch]})
    assert await logs.volumes("part", at, at + SECOND) is None, "it can be turned off"


async def test_volumes_of_something_else(web: Web, told: LokiLogs) -> None:
    for data in ({"result": [{"metric": {"a": "b"}}]}, {"result": [5]}, 5):
        web.answers(body={"status": "success", "data": data})
        with pytest.raises(BadAnswer, match="volume"):
            await told.volumes("a", 0, SECOND)
