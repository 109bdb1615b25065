"""The backend's word of a service beside the service's own answer: some of its flags say true whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, Twin, Wrong
from sutaz_tui.errors import SourceError

PAGE = "/api/v1/health/"

Question = Callable[[Ask], Awaitable[object]]
"""Asks a service itself; raises SourceError or Wrong unless it answers as itself."""


def honest(flag: str, title: str, question: Question) -> Run:
    """A check that the backend's flag is true exactly when the service answers."""

    async def run(ask: Ask) -> str:
        says = await said(ask, flag)
        trouble = await _trouble(ask, question)
        if trouble:
            ask.expect(not says, f"a status that follows {title}", f"the backend says up, but {trouble}")
            return f"both down: {trouble}"
        ask.expect(
            says,
            f"a status that follows {title}",
            f"the backend says down, but {title} answers; restart the backend",
        )
        return "the backend says up, and it answers"

    return run


async def said(ask: Ask, flag: str) -> bool:
    """What the backend's health page says of a service."""
    flags = (await ask.body("backend", PAGE)).get("services")
    ask.expect(isinstance(flags, dict) and bool(flags), "flags of services", flags)
    assert isinstance(flags, dict)
    ask.expect(isinstance(flags.get(flag), bool), f"a flag for {flag}", f"flags for {', '.join(flags)}")
    return flags[flag] is True


async def _trouble(ask: Ask, question: Question) -> str:
    within = ask.timeout / 2
    try:
        async with asyncio.timeout(within):
            await question(ask)
    except SourceError as error:
        return f"{error.source}: {error.words}"
    except Wrong as wrong:
        return f"it answers {wrong.found} in place of {wrong.expected}"
    except TimeoutError:
        return f"it gives no answer within {within:g} s"
    return ""


def lying(flag: str, endpoint: str) -> Twin:
    """The backend's flag says true while nothing listens on the service's port."""
    return Twin(traits={"lying_flags": [flag]}, faults={endpoint: "refuse"})
