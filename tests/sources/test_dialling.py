"""One connect for all clients: every address of a name is tried, and one that keeps silent costs a moment."""

import asyncio
import socket
import struct
from pathlib import Path

import pytest

from sutaz_tui.errors import NotListening
from sutaz_tui.sources.blocking import BlockingOrigin
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.dialling import Dialling
from sutaz_tui.sources.event_loop import EventLoop
from sutaz_tui.sources.http import HttpOrigin
from sutaz_tui.sources.resolver import Addresses, Resolver
from tests.servers.waiting import patient
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


async def refused(host: str) -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    client = HttpOrigin(f"http://{host}:{port}", "API", Contexts())
    try:
        await client.get("/")
    except NotListening as error:
        return error.words.replace(str(port), "PORT")
    raise AssertionError("it was not refused")


def test_localhost_that_refuses_on_both_families_is_refused_and_not_a_list_of_errors(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("::1 both\n127.0.0.1 both\n")

    class Loop(EventLoop):
        def __init__(self) -> None:
            super().__init__()
            self._resolver = Resolver(hosts=tmp_path / "hosts")

    with asyncio.Runner(loop_factory=Loop) as runner:
        assert runner.run(refused("both")) == ":PORT refused"


@pytest.mark.parametrize("first", ["127.0.0.78", "127.0.0.1"])
def test_an_address_that_swallows_costs_a_quarter_of_a_second_and_not_the_deadline(first: str) -> None:
    """The listener's queue is full: the kernel drops what comes after."""
    silent = socket.socket()
    silent.bind(("127.0.0.78", 0))
    silent.listen(0)
    port = silent.getsockname()[1]
    held = [socket.socket() for _ in range(3)]
    for one in held:
        one.setblocking(False)
        one.connect_ex(("127.0.0.78", port))
    well = socket.create_server(("127.0.0.1", port))
    both = [first, *({"127.0.0.78", "127.0.0.1"} - {first})]

    async def main() -> tuple[str, bool]:
        dialling = Dialling(asyncio.get_running_loop())
        places: Addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in both]
        async with asyncio.timeout(patient(10)):
            with await dialling.dial(places) as found:
                return found.getpeername()[0], dialling.is_silent("127.0.0.78")

    with silent, well, asyncio.Runner() as runner:
        assert runner.run(main()) == ("127.0.0.1", first == "127.0.0.78")
    for one in held:
        one.close()


def test_what_was_said_before_a_reset_is_read_though_a_write_hears_of_the_reset_first() -> None:
    async def heard() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as server:
            reader, writer = await asyncio.open_connection(*server.getsockname())
            there, _ = server.accept()
            there.sendall(b"a certificate, please")
            # Lingering for no time makes the close a reset.
            there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            there.close()
            for _ in range(2):
                writer.write(b"PING")
            said = await reader.read(100)
            with pytest.raises(ConnectionResetError):
                await reader.read(100)
            writer.close()
            return said

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        assert runner.run(heard()) == b"a certificate, please"
