"""`check --prove` of one's own checks: each is asked once, then shown to fail on its own stack's answers, spoiled."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sutaz_tui.config import Config
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking

if TYPE_CHECKING:
    # At run time these would bring every client library.
    from sutaz_tui.checks.ask import Ask
    from sutaz_tui.checks.base import Check
    from sutaz_tui.checks.spoiled import Tape


class _Taped(Checking):
    """One config's own checks, asked by a tape."""

    tape: "Tape"

    async def _make_ask(self, shared: dict[str, Any], limit: float) -> "Ask":
        clients = await self._clients.get()
        from sutaz_tui.checks.spoiled import TapedAsk

        ask = TapedAsk(self.config, clients, shared, limit)
        ask.tape = self.tape
        return ask

    async def once(self, check: "Check", allow: frozenset[str]) -> CheckResult:
        """How it ends."""
        run = await self.run([check], allow=allow, ignore_needs=True)
        return run.results[0]


async def prove_own(
    config: Config,
    checks: "Iterable[Check]",
    allow: frozenset[str] = frozenset(),
    ended: Callable[[], None] = lambda: None,
) -> list[str]:
    """What is not shown of these checks, a sentence each; `ended` is called behind each check."""
    checking = _Taped(config)
    unproven = []
    try:
        for check in checks:
            unproven += [f"{check.id}: {words}" for words in await _unproven(checking, check, allow)]
            ended()
    finally:
        await checking.aclose()
    return unproven


async def _unproven(checking: _Taped, check: "Check", allow: frozenset[str]) -> list[str]:
    from sutaz_tui.checks.running.runner import TRY_AGAIN_AFTER
    from sutaz_tui.checks.spoiled import WORDS, Tape, ways

    tries, check = check.tries, replace(check, tries=1)
    for number in range(1, tries + 1):
        checking.tape = tape = Tape()
        result = await checking.once(check, allow)
        if result.outcome is Outcome.PASS or number == tries:
            break
        await asyncio.sleep(TRY_AGAIN_AFTER)
    if result.outcome is not Outcome.PASS:
        return [f"on your stack it should pass, but ended {result.outcome}: {result.message}"]
    if not tape.heard:
        return ["it passed and asked nothing, so that nothing can make it fail"]
    unproven = []
    for what in check.must_see:
        for tried in ways(what, len(tape.heard)):
            found = []
            for spoils in tried:
                tape.play(spoils)
                result = await checking.once(check, allow)
                found.append(result)
                if result.outcome in (Outcome.FAIL, Outcome.ERROR):
                    break
            else:
                unproven.append(f"with {WORDS[what]} it should fail, but passed: {found[-1].found}")
    return list(dict.fromkeys(unproven))
