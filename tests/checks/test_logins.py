"""What logs in: encoded whatever the password, sent no second time once refused, and marked as what it is."""

import asyncio
import json
import secrets
import string
from collections.abc import Iterator
from dataclasses import replace
from urllib.request import Request, urlopen

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sutaz_tui.checks import accounts, registry
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check
from sutaz_tui.checks.burst import many
from sutaz_tui.checks.login_line import LOGIN
from sutaz_tui.checks.logins import HELD, Logins
from sutaz_tui.config import Config, load
from sutaz_tui.config.config import Account
from sutaz_tui.demo.prove import Control
from sutaz_tui.demo.stack import Demo
from sutaz_tui.errors import Denied
from sutaz_tui.model import LOGINS, CheckClass, CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking
from tests.checks.on_stack import EVERYTHING, forget, not_passed, requests
from tests.servers.waiting import patient

LOGGING_IN = [check for check in registry.load(h.id for h in registry.HEADINGS) if check.logs_in]
# What stands for something else in a form, in a URL or in no ASCII, and what only looks encoded.
ODD = st.text(
    st.sampled_from("+&%=;# \"'\\/?@:é☃\U0001f680\t" + string.ascii_letters), min_size=4, max_size=40
)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo("healthy") as stack:
        stack.wait()
        # Else five resets a minute are all that any test here may ask for.
        asyncio.run(Control(stack.control).be(traits={"password_reset_is_limited": False}))
        yield stack


def as_user(stack: Demo, user: str, password: str) -> Config:
    """The config of a stack whose checks log in so."""
    config = stack.smallest_config()
    config.secrets.add(password)
    checks = msgspec.structs.replace(config.checks, account=Account(user=user, password=password))
    return replace(config, checks=checks)


def register(stack: Demo, user: str, password: str) -> None:
    form = {"email": f"{secrets.token_hex(8)}@example.com", "username": user, "password": password}
    sent = json.dumps(form).encode()
    url = f"{stack.config().service('backend').address}{accounts.BASE}/register"
    with urlopen(Request(url, sent, {"Content-Type": "application/json"}), timeout=patient(10)) as answer:
        assert answer.status == 201


async def ended(config: Config, checks: list[Check], *, times: int = 1) -> dict[str, CheckResult]:
    """How checks end the last time, run so many times by one program."""
    checking = Checking(config)
    try:
        for _ in range(times):
            run = await checking.run(checks, allow=EVERYTHING, ignore_needs=True)
    finally:
        await checking.aclose()
    return {result.check_id: result for result in run.results}


async def logins_sent(stack: Demo) -> int:
    return sum(one["method"] == "POST" and one["path"] == LOGIN for one in await requests(stack))


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@example(odd="Real+Check&1pw%41!")
@given(odd=ODD)
def test_an_odd_password_logs_in_by_every_check_that_logs_in(demo: Demo, odd: str) -> None:
    user, password = f"odd+{secrets.token_hex(6)}", f"Aa1! {odd}"
    register(demo, user, password)
    found = asyncio.run(ended(as_user(demo, user, password), LOGGING_IN))
    assert not_passed(found) == {}


async def test_a_wrong_password_is_sent_once_however_many_checks_and_runs_want_it(demo: Demo) -> None:
    user = f"locked{secrets.token_hex(6)}"
    register(demo, user, "Right-Passw0rd!")
    await forget(demo)
    found = await ended(as_user(demo, user, "Wrong-Passw0rd!"), LOGGING_IN, times=3)
    assert await logins_sent(demo) == 1
    assert {result.outcome for result in found.values()} == {Outcome.ERROR}
    assert all("login refused (401); not sent again for" in result.message for result in found.values()), (
        found
    )
    # Nobody is locked out.
    assert not_passed(await ended(as_user(demo, user, "Right-Passw0rd!"), LOGGING_IN)) == {}


async def test_the_first_of_many_checks_says_that_the_login_was_refused(demo: Demo) -> None:
    user = f"wrong{secrets.token_hex(6)}"
    register(demo, user, "Right-Passw0rd!")
    found = await ended(as_user(demo, user, "Wrong-Passw0rd!"), LOGGING_IN)
    told = [result.message for result in found.values() if result.outcome is Outcome.FAIL]
    assert len(told) == 1
    assert "expected 200; found 401" in told[0]
    assert {result.outcome for result in found.values()} == {Outcome.FAIL, Outcome.ERROR}


async def test_a_burst_of_logins_ends_at_the_first_refusal(demo: Demo) -> None:
    """The account is accepted once, then its password changes: none of the fifty is sent after the first 401."""
    control = Control(demo.control)
    user, password = f"burst{secrets.token_hex(6)}", "Right-Passw0rd!"
    register(demo, user, password)
    met: list[int] = []

    async def run(ask: Ask) -> str:
        await ask.login()
        await control.put("/control/patches", patches=[{"endpoint": "backend", "path": LOGIN, "status": 401}])
        await forget(demo)
        measured = await many(
            "logins", lambda: ask.login_answer(user, password), 50, 1, lambda a: a.status == 200,
            ask.origin("backend"),
        )  # fmt: skip
        met.append(await logins_sent(demo))
        return measured.words()

    try:
        found = await ended(as_user(demo, user, password), [replace(LOGGING_IN[0], run=run)])
    finally:
        await control.put("/control/patches", patches=[])
    assert met == [1]
    assert "2 requests, 2 bad" in next(iter(found.values())).message


async def test_logins_on_purpose_wrong_are_never_of_the_account(demo: Demo) -> None:
    """Whatever is tried, allowed or not, the account's own count of failed logins stays where it was."""
    user, password = f"mine{secrets.token_hex(6)}", "Right-Passw0rd!"
    register(demo, user, password)
    config = as_user(demo, user, password)
    every = registry.load(["jwt", "security"])
    wrong = [check for check in every if "login" in check.id or "enumeration" in check.id]
    assert {"jwt.login.lockout", "jwt.login.wrong_password", "security.login.injection"} <= {
        c.id for c in wrong
    }
    await ended(config, wrong, times=3)
    assert not_passed(await ended(config, [LOGGING_IN[0]])) == {}

    async def run(ask: Ask) -> str:
        await accounts.login(ask, user, "Wrong-Passw0rd!")
        return ""

    found = await ended(config, [replace(LOGGING_IN[0], run=run)])
    assert "never tried with the account" in next(iter(found.values())).message


async def test_a_check_that_is_not_marked_gets_no_login(demo: Demo) -> None:
    await forget(demo)
    found = await ended(demo.config(), [replace(check, logs_in=False) for check in LOGGING_IN])
    assert {result.outcome for result in found.values()} == {Outcome.SKIP}
    assert all("not marked" in result.message for result in found.values())
    assert await logins_sent(demo) == 0


async def test_outside_test_and_demo_none_logs_in_that_was_not_allowed_to(demo: Demo) -> None:
    config = replace(demo.smallest_config(), env="production")
    reading = [check for check in LOGGING_IN if check.check_class is CheckClass.READS]
    checking = Checking(config)
    await forget(demo)
    try:
        run = await checking.run(reading, ignore_needs=True)
        assert {result.outcome for result in run.results} == {Outcome.SKIP}
        words = "not allowed: it logs in as the account, which moves its last login; --allow logins"
        assert {result.message for result in run.results} == {words}
        heavy = [check for check in LOGGING_IN if check.check_class is CheckClass.HEAVY]
        run = await checking.run(heavy, allow=frozenset({CheckClass.HEAVY}), ignore_needs=True)
        assert all(result.message.endswith("--allow logins") for result in run.results)
        assert await logins_sent(demo) == 0
        run = await checking.run(reading, allow=frozenset({LOGINS}), ignore_needs=True)
        assert {result.outcome for result in run.results} == {Outcome.PASS}
    finally:
        await checking.aclose()


@pytest.mark.parametrize("env", ["test", "demo"])
async def test_in_test_and_demo_logins_need_no_word(demo: Demo, env: str) -> None:
    checking = Checking(replace(demo.smallest_config(), env=env))
    try:
        run = await checking.run(LOGGING_IN[:2], ignore_needs=True)
    finally:
        await checking.aclose()
    assert {result.outcome for result in run.results} == {Outcome.PASS}


async def test_a_refused_login_is_sent_again_when_half_an_hour_has_passed(demo: Demo) -> None:
    now = [0.0]
    logins = Logins(lambda: now[0])
    sent: list[str] = []
    checking = Checking(demo.config())

    async def run(ask: Ask) -> str:
        async def once() -> object:
            sent.append("login")
            form = {"username": "sutaztui-nobody", "password": "wrong"}
            return await ask.post("backend", LOGIN, form=form)

        assert (await logins.send("nobody", once)).status == 401
        now[0] += HELD - 1
        with pytest.raises(Denied, match="not sent again for 1s"):
            await logins.send("nobody", once)
        now[0] += 2
        assert (await logins.send("nobody", once)).status == 401
        return ""

    try:
        await checking.run([replace(LOGGING_IN[0], run=run)], ignore_needs=True)
    finally:
        await checking.aclose()
    assert sent == ["login", "login"]


@pytest.mark.parametrize("id", ["e2e.services", "api.flag.rabbitmq", "messaging.rabbitmq.overview"])
async def test_a_login_that_nobody_set_is_no_fault_of_the_stack(id: str) -> None:
    """Without RABBITMQ_PASSWORD `e2e.services` failed with 401, "everything that it needs is up"."""
    with Demo("healthy") as stack:
        await stack.listening()
        environ = {name: value for name, value in stack.environ.items() if name != "RABBITMQ_PASSWORD"}
        checking = Checking(load(None, stack.path, environ))
        try:
            [ended] = (await checking.run([one for one in registry.load() if one.id == id])).results
        finally:
            await checking.aclose()
    assert (ended.outcome, "RABBITMQ_PASSWORD" in ended.message) == (Outcome.SKIP, True), ended.message
