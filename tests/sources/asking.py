"""What tests of the HTTP source share: a client, and one question that must fail."""

from typing import Any

import pytest

from sutaz_tui.errors import SourceError
from sutaz_tui.model import Step
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import recording
from sutaz_tui.sources.http import HttpOrigin


def origin(base: str, **keys: Any) -> HttpOrigin:
    return HttpOrigin(base, "Shop", Contexts(), **keys)


async def failing(base: str, *, timeout: float = 30.0, **keys: Any) -> tuple[SourceError, Step]:
    """The error of one GET and the step that it left."""
    client = origin(base, **keys)
    with recording() as steps, pytest.raises(SourceError) as caught:
        await client.get("/x", timeout=timeout)
    await client.aclose()
    assert caught.value.source == "Shop"
    assert caught.value.words.isprintable()
    assert len(steps) == 1
    return caught.value, steps[0]
