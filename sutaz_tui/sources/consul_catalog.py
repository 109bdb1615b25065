"""Consul's catalog for who goes on looking: checks, names and keys, asked by blocking queries, which end when one changes.

They wait for seconds: by an origin of their own they hold up no probe, whose questions have few turns.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sutaz_tui.errors import BadAnswer, Denied, SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.consul import Check, checks_of, is_filtered
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.sources.unexpected import UnexpectedStatus, login_denied
from sutaz_tui.text.sanitise import one_line

T = TypeVar("T")

WAIT = 5.0
"""Seconds that Consul waits for a change before it says that there is none; it adds a sixteenth."""
READ_LIMIT = 4 * 1024 * 1024
NO_KEYS = "its keys are not told: the token needs key:list"


@dataclass(frozen=True, slots=True)
class Catalog:
    """All checks, names and keys; `missing` says what of it is not told, `waited` the seconds until it began to tell them."""

    checks: tuple[Check, ...]
    names: frozenset[str]
    keys: tuple[str, ...]
    missing: tuple[str, ...]
    waited: float


class _List(Generic[T]):
    """One list and its index, 0 where Consul, or a proxy before it, tells none."""

    def __init__(
        self, http: HttpOrigin, path: str, read: Callable[[Any], T], empty: T, **params: str
    ) -> None:
        self.index = 0
        self.value = empty
        self.is_filtered = False
        self.cost = 0.0
        """Seconds that its last answer took to come in and be read, from its first byte on: what it cost."""
        self._http = http
        self._path = path
        self._read = read
        self._empty = empty
        self._params = {"stale": "1", **params}

    async def ask(self, timeout: float, wait: float = 0.0) -> bool:
        """Ask, where it is told to wait until something changed; whether something did. Raises SourceError."""
        self.cost = 0.0
        params: Mapping[str, str | int] = self._params
        if wait and self.index:
            params = {**params, "index": self.index, "wait": f"{wait:g}s"}
        answer = await self._http.request(
            "GET", self._path, params=params, timeout=timeout, read_limit=READ_LIMIT
        )
        if answer.is_cut:
            raise BadAnswer(self._http.source, f"{self._path} is larger than {READ_LIMIT >> 20} MiB")
        came, timing = time.perf_counter(), answer.timing
        before, self.index = self.index, _index(answer)
        self.is_filtered = is_filtered(answer)
        # A store without any key has no list of them.
        self.value = self._empty if answer.status == 404 else self._told(answer)
        until_first = sum(part or 0.0 for part in (timing.connect, timing.tls, timing.first_byte))
        self.cost = max(0.0, timing.total - until_first) + time.perf_counter() - came
        return self.index != before

    def _told(self, answer: HttpAnswer) -> T:
        if answer.status in (401, 403) and self._http.has_login:
            raise login_denied(self._http.source, answer, "it in `sources`")
        if answer.status != 200:
            raise UnexpectedStatus(self._http.source, answer)
        try:
            return self._read(answer.json())
        except (KeyError, TypeError, AttributeError) as error:
            said = one_line(answer.text(), 60)
            words = f"{self._path} is not what its API sends: {said}; is this the right port?"
            raise BadAnswer(self._http.source, words) from error


class ConsulCatalog:
    """Asks one Consul agent for it; whoever asks again waits until something changed, WAIT seconds at the most."""

    def __init__(self, clients: Clients, source: str, title: str) -> None:
        http = clients.source_http(source, title)
        self._checks = _List(http, "/v1/health/state/any", checks_of, tuple[Check, ...]())
        self._names = _List(http, "/v1/catalog/services", _names, frozenset[str]())
        self._keys = _List(http, "/v1/kv/", _keys, tuple[str, ...](), keys="")
        self._no_keys = ""

    async def look(self, timeout: float) -> Catalog:
        """The catalog now, or as soon as it changed; raises SourceError."""
        began = time.perf_counter()
        if self.follows:
            try:
                await _first_change([one.ask(timeout, WAIT) for one in self._asked])
            except SourceError:
                self._keys.index = 0  # the next look begins anew, without what is refused by then
                raise
        else:
            await asyncio.gather(self._checks.ask(timeout), self._names.ask(timeout))
            await self._look_for_keys(timeout)
        waited = time.perf_counter() - began - sum(one.cost for one in self._asked)
        # Consul before 1.11 does not say that it hides anything; its own name is in every catalog.
        hides = self._checks.is_filtered or self._names.is_filtered or not self._names.value
        acl = "its ACLs hide some of it: the token needs node:read and service:read" if hides else ""
        missing = tuple(filter(None, (acl, self._no_keys or (NO_KEYS if self._keys.is_filtered else ""))))
        return Catalog(self._checks.value, self._names.value, self._keys.value, missing, max(0.0, waited))

    @property
    def follows(self) -> bool:
        """Whether the next look waits for a change."""
        return all(one.index for one in self._asked)

    @property
    def _asked(self) -> tuple[_List[Any], ...]:
        return (self._checks, self._names, *(() if self._no_keys else (self._keys,)))

    async def _look_for_keys(self, timeout: float) -> None:
        """Keys are the lesser part: where they are refused or too many, that is said, and they are not asked for again."""
        self._no_keys = ""
        try:
            await self._keys.ask(timeout)
        except Denied:
            self._no_keys = NO_KEYS
        except SourceError as error:
            is_refused = isinstance(error, UnexpectedStatus) and error.answer.status in (401, 403)
            self._no_keys = NO_KEYS if is_refused else f"its keys are not told: {error.words}"


async def _first_change(questions: Iterable[Coroutine[Any, Any, bool]]) -> None:
    """Until one tells of a change, or all that there is none."""
    tasks = {asyncio.create_task(one) for one in questions}
    pending = tasks
    try:
        is_changed = False
        while pending and not is_changed:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            told = [task.result() for task in done]
            is_changed = any(told)
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _index(answer: HttpAnswer) -> int:
    told = answer.headers.get("x-consul-index", "")
    return int(told) if told.isascii() and told.isdigit() else 0


def _names(found: Any) -> frozenset[str]:
    if not isinstance(found, dict):
        raise TypeError("no object")
    return frozenset(one_line(name, 80) for name in found)


def _keys(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise TypeError("no list")
    return tuple(one for one in found if isinstance(one, str))
