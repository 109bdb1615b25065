"""Connections of the blocking clients: their names come from the event loop, and every address of one is tried."""

import asyncio
import socket
from pathlib import Path

from sutaz_tui.sources.blocking import BlockingOrigin
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.event_loop import EventLoop
from sutaz_tui.sources.http import HttpOrigin
from sutaz_tui.sources.resolver import Addresses, Resolver
from tests.web import Reply, web_server


def test_every_address_of_a_name_is_tried_in_turn(tmp_path: Path) -> None:
    asked: list[str] = []

    def two_addresses(name: str, port: int, *_: int) -> Addresses:
        asked.append(name)
        # Nobody listens on the first.
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("127.0.0.77", "127.0.0.1")
        ]

    class Loop(EventLoop):
        def __init__(self) -> None:
            super().__init__()
            self._resolver = Resolver(two_addresses, tmp_path / "hosts")

    async def main() -> tuple[int, str]:
        async with web_server() as web:
            web.other = Reply(200, "well")
            url = f"http://two.test:{web.port}"
            origin = BlockingOrigin(HttpOrigin(url, "API", Contexts()))
            _, answer = await origin.ask(lambda: origin.session.get(url), 10.0)
            await origin.aclose()
            return answer.status, web.headers[-1]["host"].rpartition(":")[0]

    with asyncio.Runner(loop_factory=Loop) as runner:
        assert runner.run(main()) == (200, "two.test")
    assert asked == ["two.test"]
