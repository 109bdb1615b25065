"""What checks of the backend's accounts share: the route that shows a token is taken, tokens read, scratch users."""

import asyncio
import base64
import binascii
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong
from sutaz_tui.checks.login_line import LOGIN
from sutaz_tui.errors import SourceError
from sutaz_tui.model import Step
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.http import HttpAnswer

BASE = "/api/v1/auth"
LOCKED_ROUTE = "/api/v1/vectors/search"
"""Needs a token and changes nothing: a search by this vector, which the backend answers with made-up results."""
VECTOR = [0.1, 0.2, 0.3]
BUDGET = "password-reset"
RESETS_A_MINUTE = 5
WAITING = 80.0
"""Deadline in seconds of a check that may have to wait until the minute of a budget has passed."""
TO_ANSWER = 5.0
PASSWORD = f"Aa1!{secrets.token_hex(8)}"
"""Of every scratch user of this process: learning to mask a password costs milliseconds, and one is enough."""


async def asked_with(ask: Ask, token: str) -> HttpAnswer:
    """The answer of a route that needs a token, asked with this one ("": with none)."""
    return await ask.post("backend", LOCKED_ROUTE, token=token, json=VECTOR)


async def taken(ask: Ask, token: str) -> None:
    """Show that this token is taken: without that, a refusal says nothing."""
    answer = await asked_with(ask, token)
    ask.expect(
        answer.status == 200 and bool(ask.as_json(answer)),
        "a token just handed out is taken",
        f"{answer.status}: {answer.text()}",
    )


async def refused(ask: Ask, token: str, what: str) -> None:
    """Show that this token is refused."""
    answer = await asked_with(ask, token)
    ask.expect(answer.status == 401, f"401 for {what}", f"{answer.status}: {answer.text()}")


def _part(token: str, index: int) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        raise Wrong("a token of three parts", f"one of {len(parts)}")
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[index] + "=" * (-len(parts[index]) % 4)))
    except (ValueError, binascii.Error):
        raise Wrong("a token of base64 JSON parts", "an unreadable one") from None
    if not isinstance(found, dict):
        raise Wrong("a token that holds an object", "one that holds something else")
    return found


def head_of(token: str) -> dict[str, Any]:
    """The head of a JSON Web Token, its signature not looked at."""
    return _part(token, 0)


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token, its signature not looked at."""
    return _part(token, 1)


def encoded(value: dict[str, Any]) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def seconds_in(claims: dict[str, Any], name: str) -> float:
    """A claim that is a time in epoch seconds."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"a token that says {name} in seconds", f"{name} {value!r}")
    return float(value)


def is_access_token(token: object, like: str) -> bool:
    """Whether it is an access token of the user whose token `like` is, by its own words: its signature is not looked at."""
    try:
        said, own = claims_of(str(token)), claims_of(like)
    except Wrong:
        return False
    return said.get("type") == "access" and said.get("sub") == own.get("sub")


async def own_login(ask: Ask) -> dict[str, str]:
    """A login of the account for this check alone, which may end it."""
    return await ask.log_in(*ask.account())


@dataclass(frozen=True, slots=True)
class Scratch:
    """A made-up user, told by its name as ours."""

    name: str
    email: str
    password: str

    def form(self, **more: Any) -> dict[str, Any]:
        """What registers it."""
        return {"email": self.email, "username": self.name, "password": self.password, **more}


def made_up(ask: Ask) -> Scratch:
    """A user that nobody has registered, with a password that every rule takes."""
    name = f"sutaztui-{secrets.token_hex(6)}"
    ask.hide(PASSWORD)
    return Scratch(name, f"{name}@example.com", PASSWORD)


async def register(ask: Ask, form: dict[str, Any]) -> HttpAnswer:
    """The answer to a registration."""
    return await ask.post("backend", f"{BASE}/register", json=form)


async def registered(ask: Ask) -> Scratch:
    """A scratch user that is registered; it stays."""
    user = made_up(ask)
    ask.as_object(await register(ask, user.form()), 201)
    return user


async def login(ask: Ask, name: str, password: str) -> HttpAnswer:
    """The answer to a login of a made-up user, which may be refused on purpose; never one of the account."""
    if name == ask.config.checks.account.user:
        raise ValueError("a login that may be refused is never tried with the account of the config")
    return await ask.post("backend", LOGIN, form={"username": name, "password": password})


async def reset(ask: Ask, email: str) -> HttpAnswer:
    """The answer to a wish for a new password; waits where others have used up the minute's budget."""
    answer = await _asked_reset(ask, email)
    if answer.status != 429:
        return answer
    wait = retry_after(ask, answer)
    if wait + TO_ANSWER > ask.timeout:
        words = f"answers 429 for {wait} s more, which is longer than this check may take; run it again then"
        raise SourceError(answer.source, words)
    await asyncio.sleep(wait)
    record(
        Step("waiting", f"Retry-After of {BASE}/password-reset", f"waited {wait} s", wait, f"sleep {wait}")
    )
    return await _asked_reset(ask, email)


async def _asked_reset(ask: Ask, email: str) -> HttpAnswer:
    return await ask.post("backend", f"{BASE}/password-reset", json={"email": email}, timeout=TO_ANSWER)


def retry_after(ask: Ask, answer: HttpAnswer) -> int:
    """The seconds that a 429 asks to wait."""
    words = answer.headers.get("retry-after", "")
    ask.expect(words.isdecimal(), "429 with Retry-After in seconds", f"Retry-After {words or 'missing'}")
    return int(words)


def age(epoch: float) -> float:
    """Seconds since an epoch time by our clock; negative when it lies ahead."""
    return time.time() - epoch
