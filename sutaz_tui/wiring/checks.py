"""Checks without a screen: which are meant, one run of them, and the way to the stack that they ask by."""

import fnmatch
import time
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sutaz_tui.checks.running.runner import CheckRunner
from sutaz_tui.config import Config, kind_of
from sutaz_tui.errors import SutazError
from sutaz_tui.model import LOGINS, CheckClass, CheckResult, CheckRun, ServiceState
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.engine import build
from sutaz_tui.wiring.suites import suite_checks

if TYPE_CHECKING:
    # At run time these would bring every client library.
    from sutaz_tui.checks.ask import Ask
    from sutaz_tui.checks.base import Check
    from sutaz_tui.engine.engine import Engine


OWN = "own"
NONE = "it has no checks: checks.own of the config adds yours"


class NoSuchCheck(SutazError):
    """A word that names no category, check or pattern."""


def load_checks(config: Config, words: Iterable[str] = ()) -> "list[Check]":
    """The checks for the services of this config, then the user's own; only those that `words` can mean, where told."""
    from sutaz_tui.checks import registry
    from sutaz_tui.checks.own import own_checks

    meant = {word.partition(".")[0] for word in words}
    own = {registry.OWN.id, *(category.id for category in config.checks.categories)}
    suites = {*(one.id for one in config.checks.pytest), *(one.id for one in config.checks.junit)}
    by_kind = {heading.id for heading in registry.BY_KIND}
    known = {*registry.BY_ID, *by_kind, *own, *suites}
    # An id may be a pattern, and an unknown word is answered with all that there is.
    wanted = meant if meant and meant <= known else known
    if registry.OWN.id in meant:
        wanted |= own
    kinds = {service.id: kind_of(service) for service in config.services}
    found = registry.load_for(kinds, wanted)
    services = {one.id: (kind_of(one), one.title or one.id, one.address) for one in config.services}
    found += registry.load_by_kind(services, wanted)
    found += [check for check in own_checks(config) if check.category in wanted] if wanted & own else []
    found += [check for check in suite_checks(config) if check.category in wanted]
    return found if found or wanted == known else load_checks(config)


def choose(
    checks: "Iterable[Check]", words: Iterable[str], patterns: Iterable[str] = (), tags: Iterable[str] = ()
) -> "list[Check]":
    """The checks that are meant by categories and ids (`*` allowed), by patterns in id or title, and by any of these
    tags; all for none."""
    every = list(checks)
    words, patterns, tags = list(words), [pattern.casefold() for pattern in patterns], set(tags)
    chosen = every if not words else []
    if words:
        wanted: set[str] = set()
        for word in words:
            found = {
                c.id
                for c in every
                # The user's own are called so in whatever category of theirs they stand.
                if word in (c.category, c.id, OWN if c.must_see else c.id) or fnmatch.fnmatchcase(c.id, word)
            }
            if not found:
                none = f"no category or check {word!r} for the services of this config"
                raise NoSuchCheck(f"{none}; {_there_is(word, every)}")
            wanted |= found
        chosen = [check for check in every if check.id in wanted]
    if patterns:
        chosen = [c for c in chosen if any(p in c.id.casefold() or p in c.title.casefold() for p in patterns)]
    there = {tag for check in every for tag in check.tags}
    if unknown := sorted(tags - there):
        raise NoSuchCheck(f"no tag {', '.join(unknown)}; tags are {', '.join(sorted(there)) or 'none'}")
    return [check for check in chosen if not tags or tags & {*check.tags}]


def _there_is(word: str, every: "list[Check]") -> str:
    categories = list(dict.fromkeys(check.category for check in every))
    close = get_close_matches(word[:80], [*categories, *(check.id for check in every)], 1)
    if close:
        return f"did you mean {close[0]}?"
    return f"categories are {', '.join(categories)}; --list shows the checks" if every else NONE


class Checking:
    """One config's checks and what they ask by, for one run or several.

    `clients` are those that others ask by too; without any they have their own, which `aclose` closes.
    """

    def __init__(
        self,
        config: Config,
        states: "Callable[[], Mapping[str, ServiceState]] | None" = None,
        clients: SharedClients | None = None,
    ) -> None:
        self.config = config
        self._known: Mapping[str, ServiceState] = {}
        self.runner = CheckRunner(config, self._make_ask, states or (lambda: self._known))
        self._clients = clients or SharedClients(config)
        self._is_owner = clients is None
        self._is_beside_a_board = states is not None
        self._began: float | None = None

    async def probe(self, ids: frozenset[str], recorder: "Engine | None" = None) -> None:
        """One round of the needed services' probes, so that what is down blocks its checks at once; a recorder that is
        attached to knows."""
        self._begin()
        if recorder is not None and recorder.link is not None:
            states = [state for state in recorder.snapshot().services if state.service.id in ids]
            if all(state.asked is not None for state in states):
                self._known = {state.service.id: state for state in states}
                return
        engine = build(self.config, clients=self._clients)
        try:
            snapshot = await engine.one_round(ids)
        finally:
            await engine.stop()
        self._known = {state.service.id: state for state in snapshot.services if state.asked is not None}

    async def run(
        self, checks: "list[Check]", on_result: Callable[[CheckResult], None] = lambda _: None, **more: Any
    ) -> CheckRun:
        """Run checks; what `CheckRunner.run` takes may follow."""
        self._begin()
        return await self.runner.run(checks, on_result, **more)

    def _begin(self) -> None:
        if self._began is None and not self._is_beside_a_board:
            self._began = time.time()

    async def _make_ask(self, shared: dict[str, Any], limit: float) -> "Ask":
        clients = await self._clients.get()
        from sutaz_tui.checks.ask import Ask

        return Ask(self.config, clients, shared, limit, self._began)

    async def forget(self) -> None:
        """Know nothing of the stack: what stands at these addresses is another one, refused logins are sent again."""
        self._began = None
        clients = await self._clients.get()
        from sutaz_tui.checks.ask import LOGINS
        from sutaz_tui.checks.logins import Logins

        clients.shared(LOGINS, Logins).forget()

    async def aclose(self) -> None:
        """Wait for what is being removed, then close the connections that are our own."""
        await self.runner.cleaned()
        if self._is_owner:
            await self._clients.aclose()


def allowed(config: Config, words: str) -> frozenset[str]:
    """What checks may do besides reading, that `--allow` and the config's `checks.allow` name together."""
    named = [*config.checks.allow, *(word.strip() for word in words.split(",") if word.strip())]
    known = (LOGINS, *CheckClass)
    unknown = [word for word in named if word not in known]
    if unknown:
        raise NoSuchCheck(f"no class {', '.join(unknown)}; classes are {', '.join(known)}")
    return frozenset(named)
