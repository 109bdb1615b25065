"""A recorder and its boards, of one service that refuses, or of the whole simulated stack."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sutaz_tui.config import Config, load
from tests.recorders import Recorder, recording, till
from tests.running import Simulated, simulated


@pytest.fixture
def stack() -> Iterator[Simulated]:
    with simulated() as stack:
        yield stack


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    """One service, which refuses."""
    return load(None, till(tmp_path), os.environ)


@pytest.fixture
async def recorder(config: Config, tmp_path: Path) -> AsyncIterator[Recorder]:
    async with recording(config, tmp_path) as recorder:
        yield recorder
