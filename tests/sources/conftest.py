"""Sources are asked on the program's own loop: it connects, and hears an end, in its own way."""

import asyncio
from collections.abc import Callable, Mapping

from sutaz_tui.sources.event_loop import EventLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"own": EventLoop}
