"""A second question to a service that has answered the first: its failure degrades, since it answers."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.errors import BadAnswer, Denied, SourceError, Unreachable
from sutaz_tui.probes.base import judge_status
from sutaz_tui.sources.http import HttpAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a second question got no usable answer: a word for the cell, and words for a person."""

    word: str
    words: str


async def second(word: str, question: Awaitable[T], left: float) -> T | Trouble:
    """The question's answer, or what went wrong, within `left` seconds; what the
    service is not at fault for passes: Denied, Unreachable."""
    try:
        async with asyncio.timeout(max(left, 0.0)):
            return await question
    except (Denied, Unreachable):
        raise
    except SourceError as error:
        return Trouble(word, error.words)
    except TimeoutError:
        return Trouble(word, "no answer in the time that was left")


def require(service: ServiceConfig, answer: HttpAnswer) -> HttpAnswer:
    """The answer when its status is 200; else BadAnswer with what the status amounts to."""
    if unexpected := judge_status(service, answer):
        raise BadAnswer(service.title, unexpected.summary)
    return answer
