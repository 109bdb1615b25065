"""The program's event loop: what hangs in a thread holds up nobody, and names are resolved by ours."""

import asyncio
import os
import threading

from sutaz_tui.sources.event_loop import EventLoop
from tests.servers.waiting import patient


def test_however_many_threads_hang_the_next_one_runs_at_once() -> None:
    awake = threading.Event()

    async def main() -> str:
        # More than any default executor has threads.
        for _ in range(min(32, (os.cpu_count() or 1) + 4) + 1):
            asyncio.get_running_loop().run_in_executor(None, awake.wait)
        return await asyncio.to_thread(lambda: "done")

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        try:
            assert runner.run(asyncio.wait_for(main(), patient(30))) == "done"
        finally:
            awake.set()


def test_what_a_thread_raises_is_raised_where_it_is_awaited() -> None:
    async def main() -> None:
        await asyncio.to_thread(int, "x")

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        try:
            runner.run(main())
        except ValueError as error:
            assert "invalid literal" in str(error)
        else:
            raise AssertionError("nothing was raised")


def test_addresses_and_localhost_are_known_without_a_thread() -> None:
    async def main() -> list[str]:
        before = threading.active_count()
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo("localhost", 80) + await loop.getaddrinfo("192.0.2.5", 80)
        assert threading.active_count() == before
        return [address[0] for *_, address in found]

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        found = runner.run(main())
    assert "127.0.0.1" in found and "192.0.2.5" in found
