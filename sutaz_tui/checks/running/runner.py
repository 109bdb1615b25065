"""Runs checks: bounded, each with its deadline and evidence, nothing that is not allowed, everything removed again."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from sutaz_tui.checks.running.batches import batches_of, run_batch
from sutaz_tui.checks.running.turns import LOADS, Turns
from sutaz_tui.config import Config
from sutaz_tui.errors import SourceError, SutazError
from sutaz_tui.model import (
    LOGINS,
    RED,
    TRIAL_ENVS,
    TROUBLE,
    CheckClass,
    CheckResult,
    CheckRun,
    Outcome,
    ServiceState,
    Status,
)
from sutaz_tui.text.sanitise import hiding, one_line

if TYPE_CHECKING:
    # At run time these would bring every client library before the first frame.
    from sutaz_tui.checks.ask import Ask
    from sutaz_tui.checks.base import Check, Ended

CLEAN_UP_WITHIN = 5.0
TRY_AGAIN_AFTER = 1.0
ONLY_IN_TEST = frozenset({CheckClass.LEAVES, CheckClass.ATTACK})

States = Callable[[], Mapping[str, ServiceState]]
OnResult = Callable[[CheckResult], None]


class CheckRunner:
    """Runs checks against one config's stack.

    `make_ask` gives a check its recording clients, `states` how the services are now (for what is BLOCKED, and why).
    """

    def __init__(
        self, config: Config, make_ask: "Callable[[dict[str, Any], float], Awaitable[Ask]]", states: States
    ) -> None:
        self._config = config
        self._make_ask = make_ask
        self._states = states
        self.unasked = unasked_in(config.env)
        """What a check may do without being allowed by name, besides reading."""
        self._numbers = itertools.count(1)
        self._cleaning: set[asyncio.Task[list[str]]] = set()
        self._turns = Turns(config.checks.concurrency)

    async def run(
        self,
        checks: "Iterable[Check]",
        on_result: OnResult = lambda _: None,
        *,
        scope: str = "",
        allow: frozenset[str] = frozenset(),
        ignore_needs: bool = False,
        longest: float | None = None,
        fail_fast: bool = False,
        until: float | None = None,
    ) -> CheckRun:
        """Run checks and hand out each result as it comes.

        `allow` says what they may do besides reading (`Check.wants`); `longest` bounds each check's deadline
        (seconds). `until` is when the whole run ends (by the loop's clock): what has not ended then is an error.
        Cancelling drops the requests at once; what was to be removed is still removed, for at most 5 s.
        """
        wanted = list(checks)
        run = CheckRun(f"{next(self._numbers)}", scope, datetime.now(UTC), total=len(wanted))
        results: dict[str, CheckResult] = {}
        shared: dict[str, Any] = {}
        failed = asyncio.Event()

        async def in_turn(check: "Check") -> CheckResult:
            async with self._turns.turn(check) as beside:
                if fail_fast and failed.is_set():
                    return self._result(check, Outcome.SKIP, message="not run: an earlier check failed")
                result = await self._one(check, shared, allow, ignore_needs, longest)
                return _told_of(beside(), result)

        async def one(check: "Check") -> None:
            try:
                async with asyncio.timeout_at(until):
                    result = await in_turn(check)
            except TimeoutError:
                words = "it had not ended when the time of the run was over"
                result = self._result(check, Outcome.ERROR, expected=check.title, found=words, message=words)
            results[check.id] = result
            if result.outcome in RED:
                failed.set()
            on_result(result)

        def told(check: "Check", end: "Ended") -> None:
            results[check.id] = result = self._of_batch(check, end)
            on_result(result)

        with hiding(self._config.secrets):
            async with asyncio.TaskGroup() as group:
                for batch, together in batches_of(wanted):
                    runnable = [check for check in together if not self.why_not(check, allow, ignore_needs)]
                    if runnable:
                        stops = failed if fail_fast else None
                        ran = run_batch(batch, runnable, self._turns, told, until, stops)
                        group.create_task(ran, name=f"batch {runnable[0].category}")
                alone = {
                    check.id
                    for check in wanted
                    if check.batch is None or self.why_not(check, allow, ignore_needs)
                }
                # Light ones ask for their turn first: what loads the stack more waits only for those that did.
                for check in sorted(wanted, key=lambda check: LOADS[check.check_class]):
                    if check.id in alone:
                        group.create_task(one(check), name=f"check {check.id}")
        ordered = tuple(results[check.id] for check in wanted)
        return replace(run, finished=datetime.now(UTC), results=ordered)

    async def cleaned(self) -> None:
        """Wait until what cancelled checks made is removed."""
        if self._cleaning:
            await asyncio.wait(self._cleaning, timeout=CLEAN_UP_WITHIN)

    async def _one(
        self,
        check: "Check",
        shared: dict[str, Any],
        allow: frozenset[str],
        ignore_needs: bool,
        longest: float | None,
    ) -> CheckResult:
        if reason := self.why_not(check, allow, ignore_needs):
            return self._result(check, Outcome.SKIP, message=reason)
        if not ignore_needs and (down := self._blocking(check)) is not None:
            is_it, words = check.is_identity, f"{down.service.title} is down: {down.summary}"
            return self._result(
                check,
                Outcome.FAIL if is_it else Outcome.BLOCKED,
                expected=check.title if is_it else "what it needs is up",
                found=words,
                message=words if is_it else f"{words}; this check waits for it",
                cause=(*down.because, down.service.id)[0],
                is_down=is_it,
            )
        limit = check.timeout if longest is None else min(check.timeout, longest)
        ask = await self._make_ask(shared, limit)
        ask.logs_in = check.logs_in
        return await self._asked(check, ask, limit)

    def why_not(self, check: "Check", allow: frozenset[str] = frozenset(), ignore_needs: bool = False) -> str:
        """Why a check is not run, "" when it is."""
        allow |= self.unasked
        if missing := [word for word in check.wants if word not in allow]:
            return f"not allowed: it {' and '.join(map(_does, missing))}; --allow {','.join(missing)}"
        kind = check.check_class
        if kind in ONLY_IN_TEST and self._config.env != "test":
            return f"not allowed: it {_does(kind)}, which is done only where env is test"
        known = {service.id for service in self._config.services}
        unknown = [id for id in check.needs if id not in known]
        if unknown:
            return f"no service {', '.join(unknown)} in this config"
        states = self._states()
        absent = [id for id in check.needs if id in states and states[id].status is Status.ABSENT]
        if absent and not ignore_needs:
            return f"not deployed: {', '.join(absent)}"
        return ""

    def _blocking(self, check: "Check") -> ServiceState | None:
        states = self._states()
        for id in check.needs:
            if (state := states.get(id)) is not None and state.status is Status.DOWN:
                return state
        return None

    async def _asked(self, check: "Check", ask: "Ask", limit: float) -> CheckResult:
        from sutaz_tui.sources.evidence import recording

        started, at = time.perf_counter(), datetime.now(UTC)
        left: list[str] = []
        try:
            with recording() as steps:
                tries, outcome, expected, found, message = await _tried(check, ask, limit)
        finally:
            left = await self._clean_up(ask)
        service = self._states().get(check.service)
        troubled = service is not None and service.status in TROUBLE
        mask = self._config.secrets.mask
        return self._result(
            check,
            outcome,
            expected=mask(one_line(expected, 400)),
            found=mask(one_line(found, 600)),
            message=mask(one_line(message, 800)),
            started=at,
            elapsed=time.perf_counter() - started,
            steps=tuple(steps),
            cause=(*service.because, check.service)[0] if service is not None and troubled else "",
            left=tuple(mask(words) for words in left),
            tries=tries,
        )

    async def _clean_up(self, ask: "Ask") -> list[str]:
        """Undo what the check made, last first, whatever happens; the names of what could not be removed."""
        if not ask.undo:
            return []
        task = asyncio.create_task(_undo_all(ask))
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)
        # Shielded: a cancelled check still removes what it made.
        return await asyncio.shield(task)

    def _of_batch(self, check: "Check", end: "Ended") -> CheckResult:
        mask = self._config.secrets.mask
        return self._result(
            check,
            end.outcome,
            expected=mask(one_line(end.expected, 400)),
            found=mask(one_line(end.found, 600)),
            message=mask(one_line(end.message, 800)),
            elapsed=end.elapsed,
            steps=end.steps,
        )

    def _result(self, check: "Check", outcome: Outcome, **more: Any) -> CheckResult:
        values: dict[str, Any] = {
            "expected": "",
            "found": "",
            "message": "",
            "started": datetime.now(UTC),
            "elapsed": 0.0,
        }
        return CheckResult(
            check_id=check.id,
            category=check.category,
            title=check.title,
            check_class=check.check_class,
            service=check.service,
            follows=check.follows,
            outcome=outcome,
            **{**values, **more},
        )


async def _tried(check: "Check", ask: "Ask", limit: float) -> tuple[int, Outcome, str, str, str]:
    """How a check ended, and at which try; one that passed late says what was wrong before."""
    before = ""
    for number in range(1, check.tries + 1):
        outcome, expected, found, message = await _ended(check, ask, limit)
        if outcome not in RED or number == check.tries:
            break
        before = message
        await asyncio.sleep(TRY_AGAIN_AFTER)
    if outcome is Outcome.PASS and before:
        found = message = f"{found}; only on try {number}, before that {before}"
    return number, outcome, expected, found, message


async def _ended(check: "Check", ask: "Ask", limit: float) -> tuple[Outcome, str, str, str]:
    """How a check ended within `limit` seconds: its outcome, what it expected, what it found, and the sentence."""
    from sutaz_tui.checks.base import NotRun, Wrong

    try:
        async with asyncio.timeout(limit):
            # A user's own function may end without a word.
            found = str(await check.run(ask) or "as expected")
        return Outcome.PASS, check.title, found, found
    except Wrong as wrong:
        return Outcome.FAIL, wrong.expected, wrong.found, str(wrong)
    except NotRun as reason:
        return Outcome.SKIP, "", "", str(reason)
    except SutazError as error:
        words = str(error)
    except TimeoutError:
        words = f"no end within {limit:g} s"
    except Exception as error:  # a fault of ours must be seen as one, and the other checks go on
        words = f"{_own_fault(error)}; please report it"
    return Outcome.ERROR, check.title, words, words


def unasked_in(env: str) -> frozenset[str]:
    """What a check may do in this env without being allowed by name, besides reading."""
    return frozenset({LOGINS}) if env in TRIAL_ENVS else frozenset()


def _told_of(beside: int, result: CheckResult) -> CheckResult:
    """A red result with the load that we ourselves put on the stack meanwhile: it may be no more than that."""
    if not beside or result.outcome not in (Outcome.FAIL, Outcome.ERROR):
        return result
    words = f"; {beside} more of our own checks loaded the stack meanwhile"
    return replace(result, found=result.found + words, message=result.message + words)


async def _undo_all(ask: "Ask") -> list[str]:
    from sutaz_tui.checks.base import Wrong

    left = []
    try:
        async with asyncio.timeout(CLEAN_UP_WITHIN):
            while ask.undo:
                words, undo = ask.undo[-1]
                try:
                    await undo()
                except SourceError as error:
                    left.append(f"{words} ({error.words})")
                except Wrong as wrong:
                    left.append(f"{words} ({wrong})")
                except TimeoutError:
                    raise
                except Exception as error:  # what is left must be told, and the rest still be removed
                    left.append(f"{words} ({_own_fault(error)})")
                ask.undo.pop()
    except TimeoutError:
        left += [f"{words} (no time left)" for words, _ in ask.undo]
    return left


def _own_fault(error: Exception) -> str:
    return "internal error of the check: " + one_line(f"{type(error).__name__}: {error}", 120)


def _does(word: str) -> str:
    return {
        LOGINS: "logs in as the account, which moves its last login",
        CheckClass.WRITES: "writes, and cleans up",
        CheckClass.HEAVY: "puts load on the stack",
        CheckClass.LEAVES: "leaves data behind",
        CheckClass.ATTACK: "is intrusive (tries what an attacker would)",
    }[word]
