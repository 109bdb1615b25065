"""What commands take from the recorder of their config, where one runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.engine.engine import Engine


@asynccontextmanager
async def of_recorder(config: "Config") -> "AsyncIterator[Engine | None]":
    """Inside, an engine that shows what the recorder of this config sees; None where none runs. Standard error says
    whose it is, or why it cannot be used."""
    from sutaz_tui.wiring.engine import build_attached

    engine = build_attached(config)
    engine.alone = "polling"
    engine.said = lambda words: click.echo(words, err=True)
    try:
        if await engine.attach() is None or engine.link is None:
            yield None
        else:
            click.echo(f"as {engine.link.whose}'s recorder sees it", err=True)
            yield engine
    finally:
        await engine.stop()
