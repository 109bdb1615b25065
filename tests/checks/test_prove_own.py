"""A user's own check that cannot fail is told, by the answers of the user's own stack, spoiled."""

from pathlib import Path

import pytest

from sutaz_tui.checks.spoiled import WORDS
from sutaz_tui.demo.stack import Demo
from sutaz_tui.wiring.checks import choose, load_checks
from sutaz_tui.wiring.prove_own import prove_own
from tests.checks.own import OWN, of
from tests.checks.test_own import on
from tests.config.faults import read
from tests.running import command
from tests.web import Reply, Web, web_server

GOOD = (
    "id: value, kind: http, url: URL/v, json_path: depth, json_value: 7",
    "id: range, kind: http, url: URL/v, conditions: ['json.depth < 8', 'time < 5s']",
    "id: header, kind: http, url: URL/v, header: x-kind, header_value: good, within: 5",
    "id: regex, kind: http, url: URL/v, regex: 'dep.h'",
    "id: path, kind: http, url: URL/v, json_path: depth",
    "id: not, kind: http, url: URL/v, conditions: ['json.depth != 8']",
    "id: status, kind: http, url: URL/v",
    "id: steps, kind: steps, steps: [{url: URL/v, capture: {d: depth}}, {url: 'URL/v', json_path: depth, json_value: 7}]",
)
BAD = {
    "id: any, kind: http, url: URL/v, conditions: ['json.kind == pat(*)']": WORDS["value"],
    "id: regex, kind: http, url: URL/v, regex: '.*'": WORDS["field"],
    "id: all, kind: http, url: URL/v, status: [200, 500, 404, 599]": WORDS["error"],
    "id: step, kind: steps, steps: [{url: URL/v}, {url: URL/v, status: [200, 500, 404, 599]}]": WORDS[
        "error"
    ],
    "id: wide, kind: http, url: URL/v, conditions: ['time < 900d']": WORDS["slow"],
}


def answering(web: Web) -> None:
    web.routes["/v"] = Reply(200, {"depth": 7, "kind": "good"}, {"X-Kind": "good"})


async def proven(folder: Path, *checks: str) -> tuple[list[str], list[str]]:
    """What is not shown of these checks, and what was asked."""
    async with web_server() as web:
        answering(web)
        config = of(folder, *(check.replace("URL", web.url) for check in checks))
        found = await prove_own(config, [one for one in load_checks(config) if one.must_see])
        return found, web.asked


async def test_checks_that_can_fail_are_not_told_and_ask_once(tmp_path: Path) -> None:
    found, asked = await proven(tmp_path, *GOOD)
    assert found == []
    assert len(asked) == len(GOOD) + 1, "each once, and the steps twice"


@pytest.mark.parametrize("check", BAD)
async def test_a_check_that_takes_anything_is_told(tmp_path: Path, check: str) -> None:
    [told], _ = await proven(tmp_path, check)
    assert f": with {BAD[check]} it should fail, but passed: " in told


async def test_one_that_is_red_now_is_told(tmp_path: Path) -> None:
    [told], _ = await proven(tmp_path, "id: red, kind: http, url: URL/none, status: [201]")
    assert told.startswith("own.red: on your stack it should pass, but ended fail: expected 201; found ")


async def test_those_that_ask_servers_are_shown_to_fail() -> None:
    with Demo("healthy") as demo:
        await demo.listening()
        found = await _of_servers(demo)
    assert [one.partition(":")[0] for one in found] == ["own.loose"]
    assert f"with {WORDS['value']}" in found[0]


async def _of_servers(demo: Demo) -> list[str]:
    config = on(
        demo,
        "id: sql, kind: sql, query: SELECT 5 AS five, equals: 5",
        "id: most, kind: sql, query: SELECT 5 AS five, conditions: ['value <= 5']",
        "id: ping, kind: redis, command: [PING], equals: PONG",
        "id: ups, kind: promql, query: up, min: 1",
        "id: logs, kind: logql, query: 'sum(count_over_time({job=~\".+\"}[5m]))', min: 1",
        "id: queue, kind: queue, queue: mcp.bridge, min_consumers: 1",
        "id: deep, kind: queue, queue: mcp.bridge, max_messages: 1000",
        "id: loose, kind: sql, query: SELECT 5 AS five, min: -1e99",
    )
    return await prove_own(config, [one for one in load_checks(config, ["own"]) if one.must_see])


FILE = """
from sutaz_tui.checks.own import check

@check("vacuous", "it asks nothing")
async def vacuous(ask):
    return "fine"

@check("swallows", "it takes all")
async def swallows(ask):
    try:
        await ask.url("GET", "URL/v")
    except Exception:
        pass

@check("good", "it is 200")
async def good(ask):
    ask.status(await ask.url("GET", "URL/v"), 200)

@check("writes", "it writes", does="writes")
async def writes(ask):
    ask.status(await ask.url("POST", "URL/v"), 200)
"""


async def test_functions_are_shown_too(tmp_path: Path) -> None:
    async with web_server() as web:
        answering(web)
        (tmp_path / "mine.py").write_text(FILE.replace("URL", web.url))
        config = read(tmp_path, OWN + "checks: {files: [mine.py]}\n")
        checks = [one for one in load_checks(config) if one.must_see and one.check_class == "reads"]
        found = await prove_own(config, checks)
    assert found == [
        "own.vacuous: it passed and asked nothing, so that nothing can make it fail",
        "own.swallows: with no answer it should fail, but passed: as expected",
        "own.swallows: with an error in place of an answer it should fail, but passed: as expected",
    ]


def test_the_command_proves_them(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(FILE.replace("URL", "http://127.0.0.1:1"))
    file = tmp_path / "own.yaml"
    file.write_text(OWN + "checks: {files: [mine.py]}\n")
    done = command("check", "--prove", "own", "-c", str(file))
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("own.vacuous: it passed and asked nothing")
    assert done.stderr.splitlines() == [
        "3 own checks on your stack, then on its answers spoiled",
        "1 own checks write or load: --allow proves them too",
        "3 checks, 3 unproven",
    ]


async def test_they_are_called_own_in_whatever_category_and_asked_until_they_pass(tmp_path: Path) -> None:
    """`check --prove own` knew no such category where all of them stand in others."""
    async with web_server() as web:
        replies = iter([Reply(500), Reply(200, {"depth": 7})])
        web.on_request = lambda path: web.routes.update({path: next(replies)})
        categories = "  categories: [{id: money}]\n"
        entry = f"id: depth, category: money, kind: http, url: {web.url}/v, tries: 2, conditions: ['json.depth < 8']"
        config = read(tmp_path, f"{OWN}checks:\n{categories}  own:\n    - {{{entry}}}\n")
        checks = choose(load_checks(config, ["own"]), ["own"])
        assert [one.id for one in checks] == ["money.depth"]
        assert await prove_own(config, checks) == []
