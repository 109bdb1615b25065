"""Answers of one's own stack, heard once and spoiled: by them an own check is shown to fail without anything being broken."""

import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import structs

from sutaz_tui.checks.ask import Ask
from sutaz_tui.config import Tls
from sutaz_tui.errors import BadAnswer, TimedOut
from sutaz_tui.sources.command import Ended
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.prometheus import Sample
from sutaz_tui.sources.rabbitmq import Queue
from sutaz_tui.sources.tcp import Handshake, Heard

WORDS = {
    "silence": "no answer",
    "error": "an error in place of an answer",
    "value": "every value another",
    "field": "nothing in the answer",
    "slow": "an answer after an hour",
}
"""What can be wrong with an answer."""
OFF = "sutaztui-off"
FAR = 1e15
ERRORS = (500, 404, 599)
LATE = 3600.0

Spoil = Callable[[Any], Any]


class Tape:
    """The answers to one check's questions in their order, and which of them are spoiled how."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self._spoils: Mapping[int, Spoil] | None = None
        self._at = 0

    def play(self, spoils: Mapping[int, Spoil]) -> None:
        """Answer from the tape from now on, some answers spoiled."""
        self._spoils, self._at = spoils, 0

    async def answer(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """The answer to the next question: asked for and kept, or played."""
        if self._spoils is None:
            self.heard.append(await ask())
            return self.heard[-1]
        number, self._at = self._at, self._at + 1
        if number >= len(self.heard):
            raise TimedOut("the tape", "no answer: it asked less when it passed")
        return self._spoils.get(number, lambda heard: heard)(self.heard[number])


class TapedAsk(Ask):
    """Asks as every check does, by a tape."""

    tape: Tape

    async def url(self, method: str, url: str, **more: Any) -> HttpAnswer:
        asked: HttpAnswer = await self.tape.answer(lambda: super(TapedAsk, self).url(method, url, **more))
        return asked

    async def request(self, method: str, name: str, path: str, **more: Any) -> HttpAnswer:
        asked: HttpAnswer = await self.tape.answer(
            lambda: super(TapedAsk, self).request(method, name, path, **more)
        )
        return asked

    async def program(self, argv: Sequence[str], env: Mapping[str, str], title: str) -> Ended:
        ended: Ended = await self.tape.answer(lambda: super(TapedAsk, self).program(argv, env, title))
        return ended

    async def sql(self, id: str, query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self.tape.answer(lambda: super(TapedAsk, self).sql(id, query))
        return rows

    async def redis(self, id: str, *words: str | int) -> Any:
        return await self.tape.answer(lambda: super(TapedAsk, self).redis(id, *words))

    async def promql(self, query: str, id: str = "prometheus", at: float | None = None) -> tuple[Sample, ...]:
        found: tuple[Sample, ...] = await self.tape.answer(
            lambda: super(TapedAsk, self).promql(query, id, at)
        )
        return found

    async def queue(self, id: str, vhost: str, name: str) -> Queue | None:
        found: Queue | None = await self.tape.answer(lambda: super(TapedAsk, self).queue(id, vhost, name))
        return found

    async def heard_at(self, address: str, title: str, send: bytes, expect: bytes) -> Heard:
        heard: Heard = await self.tape.answer(
            lambda: super(TapedAsk, self).heard_at(address, title, send, expect)
        )
        return heard

    async def handshake(
        self, address: str, title: str, tls: Tls | None = None, server_name: str = ""
    ) -> Handshake:
        found: Handshake = await self.tape.answer(
            lambda: super(TapedAsk, self).handshake(address, title, tls, server_name)
        )
        return found


def ways(what: str, count: int) -> list[list[dict[int, Spoil]]]:
    """How so many answers are spoiled: a check that sees it fails by at least one way of each list."""
    every = range(count)
    match what:
        case "silence":
            return [[{number: silence}] for number in every]
        case "error":
            return [[{number: error(status)} for status in ERRORS] for number in every]
        case "value":
            return [[dict.fromkeys(every, partial(another, number=far)) for far in (FAR, -FAR)]]
        case "field":
            return [[dict.fromkeys(every, nothing)]]
    return [[dict.fromkeys(every, late)]]


def silence(_: Any) -> Any:
    """Nothing comes."""
    raise TimedOut("the tape", "no answer within the deadline")


def error(status: int) -> Spoil:
    """An error in place of an answer: by HTTP with this status."""

    def spoil(heard: Any) -> Any:
        if isinstance(heard, Ended):
            return dataclasses.replace(heard, code=2)
        if not isinstance(heard, HttpAnswer):
            raise BadAnswer("the tape", "an error in place of an answer")
        return dataclasses.replace(heard, status=status, body=b'{"error": "sutaztui"}', is_cut=False)

    return spoil


def another(heard: Any, number: float) -> Any:
    """The same with every value another: numbers far off to one side."""
    match heard:
        case HttpAnswer():
            ends = None if heard.certificate_expires is None else datetime.now(UTC) - timedelta(days=1)
            headers = dict.fromkeys(heard.headers, OFF)
            return dataclasses.replace(
                heard,
                headers=headers,
                body=_other_body(heard, number),
                is_cut=False,
                certificate_expires=ends,
            )
        case Sample():
            return dataclasses.replace(heard, value=number)
        case Queue():
            count = max(0, int(number))
            return dataclasses.replace(heard, ready=count, unacked=0, consumers=count)
        case Heard():
            return dataclasses.replace(heard, data=OFF.encode())
        case Handshake():
            return dataclasses.replace(heard, expires=datetime.now(UTC) - timedelta(days=1))
        case dict():
            return {key: another(one, number) for key, one in heard.items()}
        case list() | tuple():
            return type(heard)(another(one, number) for one in heard)
        case bool():
            return not heard
        case int() | float():
            return number
        case str() if _is_number(heard):
            return f"{number:.0f}"
    return OFF


def nothing(heard: Any) -> Any:
    """The same with nothing in it."""
    match heard:
        case HttpAnswer():
            empty = b"[]" if heard.body[:1] == b"[" else b"{}"
            return dataclasses.replace(heard, headers={}, body=empty, is_cut=False)
        case Heard():
            return dataclasses.replace(heard, data=b"")
        case list() | tuple():
            return type(heard)()
    return None


def late(heard: Any) -> Any:
    """The same after an hour."""
    if isinstance(heard, HttpAnswer):
        return dataclasses.replace(heard, timing=structs.replace(heard.timing, total=LATE))
    return heard


def _other_body(heard: HttpAnswer, number: float) -> bytes:
    try:
        return json.dumps(another(heard.json(), number)).encode()
    except BadAnswer:
        return OFF.encode()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
