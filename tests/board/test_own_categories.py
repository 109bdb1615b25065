"""Categories of one's own, and those of the kinds of one's services, on the board as the built-in ones are."""

from pathlib import Path

from sutaz_tui.model import Outcome
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.tui.screens.checks.screen import ChecksScreen
from sutaz_tui.tui.terminal.capabilities import Terminal
from tests.board.test_check_screens import Keys
from tests.config.faults import read
from tests.web import Reply, web_server

SHOP = """\
env: test
services:
  - {id: shop, title: Shop, kind: http, address: "URL/health"}
checks:
  categories: [{id: money, title: Money, key: m, digit: 1}]
  own:
    - {id: pay, category: money, kind: http, url: "URL/health", conditions: ["json.depth < 5"]}
    - {id: home, kind: http, url: "URL/health"}
"""


async def test_a_digit_a_cell_and_a_letter_are_theirs(tmp_path: Path) -> None:
    async with web_server() as web:
        web.routes["/health"] = Reply(200, {"depth": 7})
        app = SutazApp(read(tmp_path, SHOP.replace("URL", web.url)), terminal=Terminal())
        async with app.run_test(size=(120, 40)) as pilot:
            keys = Keys(app, pilot)
            await keys.until(lambda: app.checks.headings, "the checks are loaded")
            await keys.until(lambda: "1 Money" in keys.text, "a cell of its own")
            assert "2 http" in keys.text and "3 own" in keys.text and "agents" not in keys.text
            await keys.press("1")
            await keys.ended()
            assert {id: one.outcome for id, one in keys.runs.results.items()} == {"money.pay": Outcome.FAIL}
            await keys.press("t")
            assert "m Money" in keys.text and "h http" in keys.text
            await keys.press("m")
            await keys.ended()
            assert isinstance(app.screen, ChecksScreen)
            assert "money.pay" in keys.text
            web.routes["/health"] = Reply(200, {"depth": 3})
            await keys.press("q")
            await keys.press("f")
            await keys.ended()
            assert keys.runs.results["money.pay"].outcome is Outcome.PASS
            await keys.press("2")
            await keys.ended()
            assert any(id.startswith("http.shop.") for id in keys.runs.results)


async def test_a_digit_that_nobody_has_offers_nothing(tmp_path: Path) -> None:
    config = read(tmp_path, SHOP.replace("URL", "http://127.0.0.1:1"))
    app = SutazApp(config, terminal=Terminal())
    async with app.run_test(size=(120, 40)) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: app.checks.headings, "the checks are loaded")
        await keys.press("9")
        assert "no category has this digit; t lists what there is" in keys.foot
        assert not keys.runs.is_running
