"""A check of a kind: what it asks of any service of that kind, and the fault of the simulated one that it must see."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Twin

# Asks the service with this id; returns and raises as the run of a check does.
RunOf = Callable[[Ask, str], Awaitable[str]]


HEALTHY = Twin()


@dataclass(frozen=True, slots=True)
class KindCheck:
    """One expectation of each service of a kind. `twins` are of the simulated service, see `of_simulated`.

    `healthy` is what must be changed of that stack so that it passes. It is made for services whose address begins with
    `address`. `is_identity`: where the service is down it is this one that says so. `follows` is the name of the one whose
    fault makes this one red too. `of_check` are further fields of `Check`.
    """

    kind: str
    name: str
    title: str
    run: RunOf
    twins: tuple[Twin, ...]
    healthy: Twin = HEALTHY
    address: str = ""
    is_identity: bool = False
    follows: str = ""
    of_check: dict[str, Any] = field(default_factory=dict)

    def of_simulated(self) -> Check:
        """The check of the simulated service: it is called as the kind, or as the scheme of `address`, is."""
        return self.of(self.address.removesuffix(":") or self.kind)

    def of(self, id: str, title: str = "") -> Check:
        """The check of one service."""

        async def run(ask: Ask) -> str:
            return await self.run(ask, id)

        own, words = f"{self.kind}.{id}", f"{title or id}: {self.title}"
        return Check(
            f"{own}.{self.name}",
            self.kind,
            words,
            run,
            (id,),
            self.twins[0],
            follows=f"{own}.{self.follows}" if self.follows else "",
            made_by=self,
            **self.of_check,
        )


class Kind:
    """Collects the checks of one kind, in the order in which they are written."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.checks: list[KindCheck] = []

    def add(
        self,
        name: str,
        title: str,
        run: Callable[..., Awaitable[str]],
        *twins: Twin,
        healthy: Twin = HEALTHY,
        address: str = "",
        is_identity: bool = False,
        follows: str = "",
        **more: Any,
    ) -> None:
        """Add a check by a function of `Ask` and the service's id."""
        made = KindCheck(self.kind, name, title, run, twins, healthy, address, is_identity, follows, more)
        self.checks.append(made)

    def check(self, name: str, title: str, *twins: Twin, **more: Any) -> Callable[[RunOf], RunOf]:
        """Make the function below a check of this kind."""

        def added(run: RunOf) -> RunOf:
            self.add(name, title, run, *twins, **more)
            return run

        return added
