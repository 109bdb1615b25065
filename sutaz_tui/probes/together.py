"""Services whose questions to one Prometheus differ in nothing but values: one query for all of them."""

import asyncio
import json
import re
import time
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from sutaz_tui.config.selectors import Selector, together_key
from sutaz_tui.errors import SourceError, TimedOut
from sutaz_tui.model import Answer, Reading, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.between import BetweenProbe
from sutaz_tui.sources.blocking import TooLarge
from sutaz_tui.sources.evidence import recording
from sutaz_tui.sources.failures import let_go
from sutaz_tui.sources.prometheus import PrometheusApi, QueryResult, Sample
from sutaz_tui.sources.resolver import patience
from sutaz_tui.text.sanitise import hiding
from sutaz_tui.text.units import time_limit

NAMED = 50
"""Values that a query names; of more it asks for every series that has the label."""
ALIKE = 10_000
BREATH = 200
"""Services after which keys and other answers have their turn."""
_SIGNS = re.compile(r"[\\.+*?()|\[\]{}^$]")


class SampledProbe(BetweenProbe):
    """A probe that judges its service by what a query gives; `selector` is None where no other could ask it too."""

    api: PrometheusApi
    query: str
    selector: Selector | None = None

    @abstractmethod
    def judge(self, result: QueryResult) -> Finding:
        """What the query's result says of the service."""

    async def look(self) -> Finding:
        return self.judge(await self.api.query(self.query, self.timeout))


class TogetherProbe(Probe):
    """Asks for many services by one query, and answers with a reading of each."""

    def __init__(self, members: Sequence[SampledProbe]) -> None:
        super().__init__(members[0].service)
        self.whose = tuple(member.id for member in members)
        self._api = members[0].api
        self.secrets, self.hosts = members[0].secrets, members[0].hosts
        self._first = members[0]
        self._parts = [members]

    async def look(self) -> Finding:
        """Of the first alone."""
        return await self._first.look()

    async def ask(self) -> Answer:
        began = time.perf_counter()
        readings: list[Reading] = []
        with hiding(self.secrets), patience(self.timeout):
            for members in self._parts:
                readings += await self._asked(members, self.timeout - (time.perf_counter() - began))
                if not readings:
                    # More series have the label than are read at once, so each query names the values that it is about.
                    self._parts = [members[at : at + NAMED] for at in range(0, len(members), NAMED)]
                    return await self.ask()
        return Answer(tuple(readings))

    async def _asked(self, members: Sequence[SampledProbe], timeout: float) -> list[Reading]:
        """A reading of each; none where the answer was too large, and there is another way to ask."""
        began = time.perf_counter()
        error: SourceError | None = None
        found: dict[tuple[str, ...], list[Sample]] = {}
        with recording() as steps:
            try:
                async with asyncio.timeout(max(0.1, timeout) + 0.2):
                    result = await self._api.query_many(query_of(members), max(0.1, timeout))
                selector = members[0].selector
                names = selector.names if selector is not None else ()
                for sample in result.samples:
                    key = tuple([sample.labels.get(name, "") for name in names])
                    found.setdefault(key, []).append(sample)
            except TooLarge as too_large:
                if len(members) > NAMED:
                    return []
                error = too_large
            except SourceError as failed:
                error = failed
                let_go(error)
            except TimeoutError:
                error = TimedOut(members[0].go_between, f"no answer within {time_limit(self.timeout)}")
        took, told = time.perf_counter() - began, tuple(steps)
        # Of thousands alike most words are the same.
        mask = lru_cache(ALIKE)(self.secrets.mask)
        readings = []
        for number, member in enumerate(members, 1):
            if error is not None:
                finding = member.failed(error)
            else:
                assert member.selector is not None
                of_it = found.get(tuple([value for _, value in member.selector.labels]), [])
                finding = member.judge(QueryResult(tuple(of_it), result.warnings, result.latency))
                if finding.status is Status.UP:
                    finding = member.timed(finding, steps)
            readings.append(member.reading(finding, told, took, mask))
            if not number % BREATH:
                await asyncio.sleep(0)
        return readings


def query_of(members: Sequence[SampledProbe]) -> str:
    """One query for the series of all of these, whose selectors have the same labels."""
    selectors = [member.selector for member in members if member.selector is not None]
    matchers = [selectors[0].fixed]
    for place, name in enumerate(selectors[0].names):
        values = sorted({selector.labels[place][1] for selector in selectors})
        if len(values) == 1:
            matchers.append(f"{name}={json.dumps(values[0], ensure_ascii=False)}")
        elif len(values) <= NAMED:
            each = "|".join(_SIGNS.sub(r"\\\g<0>", value) for value in values)
            matchers.append(f"{name}=~{json.dumps(each, ensure_ascii=False)}")
        elif "" not in values:
            matchers.append(f'{name}!=""')
    return "{" + ", ".join(matchers) + "}"


def together(probes: Iterable[Probe]) -> Iterator[Probe]:
    """The probes, those that can ask together as one."""
    groups: dict[object, list[SampledProbe]] = {}
    for probe in probes:
        if not isinstance(probe, SampledProbe) or probe.selector is None:
            yield probe
            continue
        key = together_key(probe.service)
        groups.setdefault(key, []).append(probe)
    for members in groups.values():
        yield TogetherProbe(members) if len(members) > 1 else members[0]
