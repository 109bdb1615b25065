"""Checks send Kong's admin login to its admin API alone: its proxy hands on whatever it is sent."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.config.kinds import Kong
from sutaz_tui.config.schema import Basic
from sutaz_tui.sources.clients import Clients
from tests.loopback import configured
from tests.web import web_server


async def test_a_check_of_the_proxy_does_not_hand_the_admin_login_to_what_is_behind_it() -> None:
    async with web_server() as web:
        web.answers(200, b"{}")
        login = Basic(user="kong-admin", password="never for upstreams")
        config = configured(
            Kong(id="kong", title="Kong", address=web.url, proxy=web.url + "/proxied", auth=login)
        )
        clients = Clients(config)
        ask = Ask(config, clients, {}, 10.0)
        await ask.get("kong", "/status")
        await ask.get("kong.proxy", "/")
        assert ["authorization" in headers for headers in web.headers] == [True, False]
        await clients.aclose()
