"""A second question to a service that has answered the first: its failure degrades, since it answers."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.errors import BadAnswer, Denied, SourceError, Unreachable
from sutaz_tui.probes.base import QUOTE, Probe, judge_status
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.unexpected import reason
from sutaz_tui.text.units import duration

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a second question got no usable answer: a word for the cell, and words for a person.

    `is_missing`: this server is well without it: its mode, its version, a proxy before it or our login does not offer it.
    """

    word: str
    words: str
    is_missing: bool = False


class NotOffered(BadAnswer):
    """It answers that it does not offer this, or not to us."""


_NOT_OFFERED = (401, 403, 404, 405, 501)


async def second(word: str, question: Awaitable[T], left: float) -> T | Trouble:
    """The question's answer, or what went wrong, within `left` seconds; what the
    service is not at fault for passes: Denied, Unreachable."""
    try:
        async with asyncio.timeout(max(left, 0.0)):
            return await question
    except (Denied, Unreachable):
        raise
    except SourceError as error:
        return Trouble(word, error.words, isinstance(error, NotOffered))
    except TimeoutError:
        return Trouble(word, "no answer in the time that was left")


def require(service: ServiceConfig, answer: HttpAnswer) -> HttpAnswer:
    """The answer when its status is 200; else BadAnswer with what the status amounts to."""
    if unexpected := judge_status(service, answer):
        raise BadAnswer(service.title, unexpected.summary)
    return answer


def require_offered(service: ServiceConfig, answer: HttpAnswer) -> HttpAnswer:
    """As `require`, for what a server may be well without: NotOffered where it, or this login, does not have it."""
    if answer.status in _NOT_OFFERED:
        said = reason(answer, QUOTE)
        words = f"answers {answer.status}" + (f": {said}" if said and "<" not in said else "")
        raise NotOffered(service.title, words)
    return require(service, answer)


def slow(probe: Probe, what: str, latency: float) -> list[Trouble]:
    """That this other door of a service took longer than the service may; nothing where it did not."""
    own = probe.served(latency)
    if own <= probe.warn:
        return []
    words = f"{what} is slow: {duration(own)}, warns above {duration(probe.warn)}"
    return [Trouble("slow", words)]
