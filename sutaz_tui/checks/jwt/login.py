"""Logging in: by name and by e-mail, refused for strangers and wrong passwords, locked after five."""

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait
from sutaz_tui.checks.login_line import LOGIN
from sutaz_tui.model import CheckClass

CATEGORY = Category("jwt")
YEAR = 365 * 86_400
LOCKED_AT = 5


@CATEGORY.check(
    "login.form",
    "a login by form returns two tokens",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", LOGIN, set={"token_type": "basic", "expires_in": None}),
    covers=("jwt-05", "sec-02"),
)
async def by_form(ask: Ask) -> str:
    found = await ask.login()
    lasts = found.get("expires_in")
    ask.expect(found["token_type"].lower() == "bearer", "token_type bearer", found["token_type"])
    reading.whole(lasts, "expires_in", 1, YEAR)
    ask.expect(found["access_token"] != found["refresh_token"], "two different tokens", "one token twice")
    return f"bearer tokens for {lasts} s"


@CATEGORY.check(
    "login.email",
    "a login by e-mail address returns the same user",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(login_by_email=False),
    covers=("jwt-06",),
)
async def by_email(ask: Ask) -> str:
    _, password = ask.account()
    mine = accounts.claims_of(await ask.token())
    email = str(mine.get("email") or "")
    ask.expect("@" in email, "a token that names the account's e-mail address", f"email {email or 'missing'}")
    found = await ask.log_in(email, password)
    same = accounts.claims_of(found["access_token"]).get("user_id")
    ask.expect(same == mine.get("user_id"), f"user {mine.get('user_id')}", f"user {same}")
    return "logged in as the same user"


@CATEGORY.check(
    "login.unknown",
    "an unknown user is refused, while the account logs in",
    "backend",
    "postgres",
    logs_in=True,
    twin=patch("backend", LOGIN, status=200),
    covers=("jwt-07", "sec-03"),
)
async def unknown(ask: Ask) -> str:
    await ask.login()
    user = accounts.made_up(ask)
    answer = await accounts.login(ask, user.name, user.password)
    ask.status(answer, 401)
    scheme = answer.headers.get("www-authenticate", "")
    ask.expect(scheme.lower().startswith("bearer"), "WWW-Authenticate: Bearer", scheme or "none")
    ask.expect("access_token" not in answer.text(), "no token", "a token")
    return "refused with 401"


@CATEGORY.check(
    "login.wrong_password",
    "a wrong password is refused, the right one accepted",
    "backend",
    "postgres",
    twin=trait(login_is_checked=False),
    check_class=CheckClass.LEAVES,
    sends="one user is registered; two logins, one with a wrong password",
    covers=("jwt-08",),
)
async def wrong_password(ask: Ask) -> str:
    user = await accounts.registered(ask)
    ask.status(await accounts.login(ask, user.name, user.password), 200)
    answer = await accounts.login(ask, user.name, f"{user.password}x")
    ask.expect(answer.status == 401, "401 for a wrong password", f"{answer.status}")
    return "refused with 401"


@CATEGORY.check(
    "login.lockout",
    "five wrong passwords lock the user out",
    "backend",
    "postgres",
    twin=trait(login_locks_out=False),
    check_class=CheckClass.ATTACK,
    timeout=30.0,
    sends="one user is registered; five logins with a wrong password, two with the right one",
    covers=("jwt-09", "jwt-10", "sec-06"),
)
async def lockout(ask: Ask) -> str:
    user = await accounts.registered(ask)
    ask.status(await accounts.login(ask, user.name, user.password), 200)
    met = [(await accounts.login(ask, user.name, f"{user.password}x")).status for _ in range(LOCKED_AT)]
    ask.expect(met == [401] * (LOCKED_AT - 1) + [403], "401 four times, then 403", ", ".join(map(str, met)))
    answer = await accounts.login(ask, user.name, user.password)
    ask.expect(answer.status == 403, "the right password refused with 403 while locked", f"{answer.status}")
    ask.expect("lock" in answer.text().lower(), "words that say that it is locked", answer.text())
    return "locked at the fifth"
