"""Own checks under own categories: written once for many services, with conditions, defaults, tags and tries."""

from dataclasses import replace
from pathlib import Path

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.checks.ask import Ask
from sutaz_tui.config import Config, load
from sutaz_tui.model import CheckClass, Outcome
from sutaz_tui.output.checks import as_json, as_markdown, as_text
from sutaz_tui.wiring.checks import Checking, choose, load_checks
from tests.checks.own import OWN, messages, of, results
from tests.checks.scripted import check, fails, running, stack
from tests.config.faults import faults, read
from tests.running import ROOT, command
from tests.web import Reply, Web, web_server

BODY = {
    "status": "ok",
    "depth": 7,
    "share": "0.5",
    "on": True,
    "none": None,
    "items": [1, 2, 3],
    "nan": "NaN",
}
HOLD = [
    "status == 200", "status != 500", "time < 5s", "json.status == ok", "json.status != bad", "json.depth >= 7",
    "json.depth<8", "json.on == true", "json.none == null", "len(json.items) == 3", "json.items.0 == 1",
    "json.status == pat(o*)", "json.status != pat(*x*)", "body == pat(*depth*)", "header.x-kind == good",
    "header.X-Kind == pat(g*)", "json.depth != 8", "json.depth == any(6, 7)", "has(json.gone) == false",
]  # fmt: skip
UNMET = {
    "status == 201": "200",
    "json.depth > 7": "7",
    "json.share >= 0.1": "'0.5'",
    "json.on == 1": "true",
    "json.on >= 0": "true",
    "json.gone != 3": "nothing there",
    "json.gone != pat(x)": "nothing there",
    "len(json.items) > 3": "3",
    "header.x-none != 3": "nothing there",
    "json.none != null": "null",
    "json.nan < 5": "'NaN'",
}


def answering(web: Web) -> None:
    web.routes["/v"] = Reply(200, BODY, {"X-Kind": "good"})


async def test_conditions_compare_what_an_answer_holds(tmp_path: Path) -> None:
    async with web_server() as web:
        answering(web)
        text = "".join(
            f"    - {{id: c{n}, kind: http, url: '{web.url}/v', conditions: ['{one}']}}\n"
            for n, one in enumerate([*HOLD, *UNMET])
        )
        found = await messages(read(tmp_path, OWN + f"checks:\n  own:\n{text}"))
    told = [found[f"c{n}"] for n in range(len(HOLD) + len(UNMET))]
    assert [words for words in told[: len(HOLD)] if not words.startswith("pass: ")] == []
    assert told[len(HOLD) :] == [f"fail: expected {wanted}; found {there}" for wanted, there in UNMET.items()]


async def test_statuses_are_written_as_of_a_service(tmp_path: Path) -> None:
    async with web_server() as web:
        answering(web)
        found = await messages(
            of(
                tmp_path,
                f"id: good, kind: http, url: '{web.url}/v', status: 2xx",
                f"id: span, kind: http, url: '{web.url}/v', status: [200-204, 404]",
                f"id: bad, kind: http, url: '{web.url}/v', status: 3xx",
            )
        )
    assert found["good"].startswith("pass: ") and found["span"].startswith("pass: ")
    assert found["bad"].startswith("fail: expected 3xx; found 200")
    [told] = faults(
        tmp_path, f"{OWN}checks: {{own: [{{id: x, kind: http, url: 'http://x', status: 2yy}}]}}\n"
    )
    assert "expected a status from 100 to 599, 2xx or 200-204" in told


async def test_a_step_compares_with_what_an_earlier_one_captured(tmp_path: Path) -> None:
    async with web_server() as web:
        answering(web)
        web.routes["/w"] = Reply(200, {"depth": 9})
        text = "".join(
            f"    - id: {id}\n      kind: steps\n      steps:\n"
            f"        - {{url: '{web.url}/v', capture: {{before: depth}}}}\n"
            f"        - {{url: '{web.url}/w', conditions: ['json.depth {sign} {{{{before}}}}']}}\n"
            for id, sign in (("more", ">"), ("less", "<"))
        )
        found = await messages(read(tmp_path, OWN + f"checks:\n  own:\n{text}"))
    assert found["more"] == "pass: 2 steps as expected"
    assert found["less"] == "fail: expected json.depth < 7; found 9"


WRONG = {
    "json.depth": "one such as json.depth < 100",
    "depth > 3": "status, time, certificate, body",
    "len(status) > 3": "len(json.PATH)",
    "json.depth > many": "a number or a span",
}


@pytest.mark.parametrize("written", WRONG)
def test_a_wrong_condition_is_told_with_its_line(tmp_path: Path, written: str) -> None:
    text = OWN + (
        "checks:\n  own:\n    - id: x\n      kind: http\n      url: http://x\n      conditions:\n"
        f"        - status == 200\n        - '{written}'\n"
    )
    [told] = faults(tmp_path, text)
    assert told.startswith("13: checks.own.x.conditions[1]: found ") and WRONG[written] in told, told


def test_a_check_of_another_kind_has_other_things_to_compare(tmp_path: Path) -> None:
    services = "services:\n  - {id: postgres, kind: postgres, address: 'x:1'}\n"
    own = "checks: {own: [{id: x, kind: sql, query: SELECT 1, conditions: [CONDITION]}]}\n"
    assert read(tmp_path, services + own.replace("CONDITION", "rows > 3, column.a == b, value < 2"))
    [told] = faults(tmp_path, services + own.replace("CONDITION", "status == 200"))
    assert "expected value, rows, column.NAME before the operator" in told


MANY = """\
env: test
services:
  - {id: shop, title: Shop, kind: http, address: "URL/health", group: front}
  - {id: mail, kind: http, address: "URL/mail", group: back}
  - {id: door, kind: tcp, address: "127.0.0.1:1", group: front}
checks:
  categories:
    - {id: money, title: Money, key: m, digit: 1}
    - {id: misc}
  defaults: {category: misc, tags: [all], timeout: 3, headers: {x-who: us}}
  own:
    - {id: alive, kind: http, url: "{{base}}/v", for_each: {kind: http}, tags: [smoke]}
    - {id: front, kind: http, url: "{{address}}", for_each: {kind: http, group: front}, title: "{{title}} is open"}
    - {id: pay, category: money, kind: http, url: "URL/v", timeout: 1}
    - {id: own.last, category: own, kind: tcp, address: "127.0.0.1:1"}
"""


async def test_one_entry_is_a_check_for_each_service(tmp_path: Path) -> None:
    async with web_server() as web:
        answering(web)
        web.routes["/health"] = Reply(200, b"ok")
        config = read(tmp_path, MANY.replace("URL", web.url))
        own = {one.id: one for one in load_checks(config) if one.made_by is None}
        assert {id: (one.title, one.needs, one.tags, one.timeout) for id, one in own.items()} == {
            "misc.alive.shop": ("alive: Shop", ("shop",), ("all", "smoke"), 3),
            "misc.alive.mail": ("alive: mail", ("mail",), ("all", "smoke"), 3),
            "misc.front.shop": ("Shop is open", ("shop",), ("all",), 3),
            "money.pay": ("pay", (), ("all",), 1),
            "own.last": ("own.last", (), ("all",), 3),
        }
        assert own["misc.front.shop"].sends == f"GET {web.url}/health"
        web.asked.clear()
        checking = Checking(config)
        try:
            run = await checking.run(choose(own.values(), [], tags=["smoke"]))
        finally:
            await checking.aclose()
        assert [one.outcome for one in run.results] == [Outcome.PASS, Outcome.PASS]
        assert web.asked == ["GET /v"] * 2 and web.headers[-1]["x-who"] == "us"


def test_a_service_that_names_no_group_is_in_the_first(tmp_path: Path) -> None:
    own = "checks: {own: [{id: x, kind: tcp, address: '{{host}}:1', for_each: {group: front}}]}\n"
    config = read(tmp_path, f"{OWN}groups: [{{id: front}}, {{id: back}}]\n{own}")
    assert [one.id for one in load_checks(config) if one.made_by is None] == ["own.x.a"]


def keys(config: Config) -> dict[str, tuple[str, str]]:
    found = registry.headings(config, {check.category for check in load_checks(config)})
    letters = [heading.letter for heading in found]
    assert len(set(letters)) == len(letters) and all(letters)
    # They leave the list, or run what is red.
    assert {"f", "q", "t"}.isdisjoint(letters)
    digits = [heading.digit for heading in found if heading.digit]
    assert len(set(digits)) == len(digits)
    return {heading.id: (heading.letter, heading.digit) for heading in found}


def test_categories_have_a_letter_and_a_digit_of_their_own(tmp_path: Path) -> None:
    assert keys(read(tmp_path, MANY.replace("URL", "http://x"))) == {
        "money": ("m", "1"), "misc": ("i", "2"), "http": ("h", "3"), "own": ("u", "4"),
    }  # fmt: skip


def test_a_digit_that_is_asked_for_is_taken_from_the_built_in_category(tmp_path: Path) -> None:
    text = (ROOT / "config.example.yaml").read_text("utf-8")
    own = (
        "\nchecks:\n  categories: [{id: money, key: a, digit: 1}]\n"
        "  own: [{id: pay, category: money, kind: tcp, address: 'x:1'}]\n"
    )
    found = keys(read(tmp_path, text.replace("\nchecks:\n", own, 1)))
    assert found["money"] == ("a", "1") and found["agents"] == ("g", "") and found["api"] == ("b", "2")
    assert {"jwt": found["jwt"], "load": found["load"]} == {"jwt": ("j", ""), "load": ("L", "")}
    built_in = registry.headings(load(None, ROOT / "config.example.yaml", {}), registry.BY_ID)
    assert built_in == registry.HEADINGS


def test_a_category_whose_title_begins_with_a_key_of_the_list_gets_another(tmp_path: Path) -> None:
    """`t` was the letter of tls, and left the list."""
    text = "services:\n  - {id: door, kind: tls, address: 'x:1'}\n"
    own = "checks: {categories: [{id: tft}], own: [{id: x, category: tft, kind: tcp, address: 'x:1'}]}\n"
    assert keys(read(tmp_path, text + own)) == {"tft": ("a", "1"), "tls": ("l", "2")}


REFUSED = {
    "categories: [{id: agents}]": "found 'agents', which the program has",
    "categories: [{id: redis}]": "found 'redis', which the program has",
    "categories: [{id: a.b}]": 'found "a.b", expected letters',
    "categories: [{id: a, key: f}]": 'found "f", expected one letter but f, q and t',
    "categories: [{id: a, key: t}]": 'found "t", expected one letter but f, q and t',
    "categories: [{id: a, digit: 10}]": "found 10, expected 0 to 9",
    "categories: [{id: a, digit: 1}, {id: b, digit: 1}]": "found a second 1 (line 6)",
    "categories: [{id: a}, {id: a}]": "found a second 'a'",
    "categories: [{id: money}], own: [{id: x, category: mony, kind: tcp, address: 'x:1'}]": 'expected "money"',
    "own: [{id: x, kind: tcp, address: 'x:1', tries: 11}]": "found 11, expected 1 to 10",
    "own: [{id: x, kind: tcp, address: 'x:1', does: writes, tries: 2}]": "several tries of a check that writes",
    "own: [{id: x, kind: tcp, address: '{{host}}:1', for_each: {kind: htpp}}]": "no service of kind 'htpp'",
    "own: [{id: x, kind: tcp, address: '{{host}}:1', for_each: {}}]": "found nothing, expected a kind",
    "own: [{id: x, kind: tcp, address: '{{host}}:1', for_each: {kind: http}}, {id: x.a, kind: tcp, address: 'x:1'}]": (
        "found a second 'x.a'"
    ),
    "own: [{id: x, kind: http, url: '{{base}}/x'}]": "found {{base}} without for_each, expected both",
    "own: [{id: x, kind: http, url: '{{adress}}', for_each: {kind: http}}]": (
        'found {{adress}}, expected "address" in the brackets'
    ),
    "defaults: {category: nobody}": 'found "nobody", expected one of own',
}


@pytest.mark.parametrize("written", REFUSED)
def test_what_is_wrong_of_them_is_told_with_its_line(tmp_path: Path, written: str) -> None:
    told = faults(tmp_path, f"{OWN}checks: {{{written}}}\n")
    assert len(told) == 1 and told[0].startswith("6: checks."), told
    assert REFUSED[written] in told[0]


async def test_a_check_that_passed_on_its_second_try_says_so(tmp_path: Path) -> None:
    async with web_server() as web:
        answering(web)
        web.routes["/flaps"] = Reply(503, b"busy")
        web.on_request = lambda path: web.routes.update(
            {"/flaps": Reply((len(web.asked) < 2 and 503) or 200, b"busy")}
        )
        config = of(
            tmp_path,
            f"id: flaps, kind: http, url: '{web.url}/flaps', tries: 3",
            "id: gone, kind: tcp, address: '127.0.0.1:1', tries: 2",
        )
        found = await results(config)
    flaps, gone = found["flaps"], found["gone"]
    assert (flaps.outcome, flaps.tries, len(flaps.steps)) == (Outcome.PASS, 2, 2)
    assert flaps.message.endswith("; only on try 2, before that expected 200; found 503: busy")
    assert (gone.outcome, gone.tries, len(gone.steps)) == (Outcome.ERROR, 2, 2)


async def test_what_passed_late_stands_in_the_text() -> None:
    asked: list[str] = []

    async def flaps(ask: Ask) -> str:
        asked.append("once")
        if len(asked) < 2:
            await fails(ask)
        return "8 agents"

    async with running(stack()) as runner:
        run = await runner.run([replace(check("flaps", flaps), tries=2), check("ok")])
    words = "8 agents; only on try 2, before that expected 8 agents; found 6 agents"
    assert as_text(run).splitlines()[:2] == [
        "PASS    agents.flaps  flaps is well",
        f"        found     {words}",
    ]
    assert f"- agents.flaps: {words}" in as_markdown(run)
    assert '"tries": 2' in as_json(run)


def test_tags_select_and_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(MANY.replace("URL", "http://127.0.0.1:1"), "utf-8")
    listed = command("check", "--list", "--tag", "smoke", "-c", str(file))
    assert listed.stdout.splitlines() == [
        "misc.alive.shop  reads  alive: Shop  [all smoke]",
        "misc.alive.mail  reads  alive: mail  [all smoke]",
    ]
    assert "no tag smok; tags are all, smoke" in command("check", "--tag", "smok", "-c", str(file)).stderr
    money = command("check", "money", "--list", "-c", str(file))
    assert [line.split()[0] for line in money.stdout.splitlines()] == ["money.pay"]


def test_a_function_of_a_file_names_its_category(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from sutaz_tui.checks.own import check\n\n"
        "@check('pays', 'it pays', category='money', tags=['x'])\nasync def pays(ask):\n    return 'paid'\n"
    )
    config = read(tmp_path, OWN + "checks: {categories: [{id: money}], files: [mine.py]}\n")
    [one] = [check for check in load_checks(config) if check.made_by is None]
    assert (one.id, one.category, one.tags, one.check_class) == (
        "money.pays",
        "money",
        ("x",),
        CheckClass.READS,
    )
