"""Registering and the letters that follow it: what is taken, what is refused, what a wrong link does."""

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.http import HttpAnswer

CATEGORY = Category("jwt")
REGISTER = f"{accounts.BASE}/register"
RESET = f"{accounts.BASE}/password-reset"
CONFIRM = f"{RESET}/confirm"
VERIFY = f"{accounts.BASE}/verify-email/sutaztui-no-token"


@CATEGORY.check(
    "register.works",
    "a new user is registered without privileges, and can log in",
    "backend",
    "postgres",
    twin=patch("backend", REGISTER, set={"hashed_password": "simulated"}),
    check_class=CheckClass.LEAVES,
    sends="one user is registered and logs in",
    covers=("jwt-01", "sec-01"),
)
async def works(ask: Ask) -> str:
    user = accounts.made_up(ask)
    found = ask.as_object(await accounts.register(ask, user.form()), 201)
    for field, wanted in (("email", user.email), ("username", user.name), ("is_superuser", False)):
        ask.expect(found.get(field) == wanted, f"{field} {wanted}", f"{field} {found.get(field)}")
    told = [
        name
        for name, value in found.items()
        if "password" in name.lower() or "hash" in name.lower() or reading.secret(value)
    ]
    ask.expect(not told, "no field with a password", ", ".join(told))
    await ask.log_in(user.name, user.password)
    return "registered and logged in"


@CATEGORY.check(
    "register.duplicate",
    "an e-mail address cannot be registered twice",
    "backend",
    "postgres",
    twin=trait(emails_are_unique=False),
    check_class=CheckClass.LEAVES,
    sends="one user is registered, and twice more by another name",
    covers=("jwt-02",),
)
async def duplicate(ask: Ask) -> str:
    user = await accounts.registered(ask)
    for number, email in enumerate((user.email, user.email.upper()), 2):
        again = {**user.form(), "username": f"{user.name}-{number}", "email": email}
        answer = await accounts.register(ask, again)
        ask.expect(answer.status == 400, f"400 for {email}, which is taken", f"{answer.status}")
        ask.expect("email" in answer.text().lower(), "words that name the e-mail address", answer.text())
    return "refused with 400"


@CATEGORY.check(
    "register.shape",
    "an invalid e-mail address or short password is refused, by field",
    "backend",
    "postgres",
    twin=trait(registrations_are_checked=False),
    check_class=CheckClass.LEAVES,
    sends="one user is registered, two more are tried that must be refused",
    covers=("jwt-03", "jwt-04"),
)
async def shape(ask: Ask) -> str:
    await accounts.registered(ask)
    for field, value in (("email", "sutaztui-no-address"), ("password", "Aa1!")):
        answer = await accounts.register(ask, {**accounts.made_up(ask).form(), field: value})
        ask.expect(answer.status in (400, 422), f"400 or 422 for a wrong {field}", f"{answer.status}")
        ask.expect(field in answer.text().lower(), f"words that name {field}", answer.text())
    return "both refused"


@CATEGORY.check(
    "reset.unknown",
    "password reset for an unknown address is answered",
    "backend",
    "postgres",
    "redis",
    twin=patch("backend", RESET, remove=["message"]),
    check_class=CheckClass.WRITES,
    sends="one password reset for a made-up address: no mail, one of five a minute",
    budget=accounts.BUDGET,
    timeout=accounts.WAITING,
    covers=("jwt-18", "sec-05"),
)
async def reset_unknown(ask: Ask) -> str:
    answer = await accounts.reset(ask, accounts.made_up(ask).email)
    found = ask.as_json(answer)
    words = found.get("message") if isinstance(found, dict) else None
    ask.expect(bool(words) and isinstance(words, str), "a message", f"message {words!r}")
    return "answered"


@CATEGORY.check(
    "reset.confirm",
    "an invalid reset link sets no password",
    "backend",
    twin=patch("backend", CONFIRM, status=200),
    check_class=CheckClass.WRITES,
    sends="one new password by a link that nobody was sent",
)
async def confirm(ask: Ask) -> str:
    await _is_route(ask, CONFIRM)
    user = accounts.made_up(ask)
    body = {"token": "sutaztui-no-token", "new_password": user.password}
    _refused_link(ask, await ask.post("backend", CONFIRM, json=body))
    return "refused"


@CATEGORY.check(
    "verify.junk",
    "an invalid link verifies no e-mail address",
    "backend",
    twin=patch("backend", VERIFY, status=200),
    check_class=CheckClass.WRITES,
    sends="one e-mail verification by a link that nobody was sent",
    covers=("jwt-20",),
)
async def verify(ask: Ask) -> str:
    await _is_route(ask, f"{accounts.BASE}/verify-email/{{token}}")
    _refused_link(ask, await ask.post("backend", VERIFY))
    return "refused"


async def _is_route(ask: Ask, path: str) -> None:
    # A right link comes by mail, so what can be shown first is that the route is there at all.
    paths = (await ask.body("backend", "/api/v1/openapi.json")).get("paths")
    ask.expect(isinstance(paths, dict) and path in paths, f"the route {path}", "no such route")


def _refused_link(ask: Ask, answer: HttpAnswer) -> None:
    ask.expect(answer.status in (400, 401), "400 for a link that nobody was sent", f"{answer.status}")
    ask.expect("token" in answer.text().lower(), "words that name the token", answer.text())
