"""Who becomes a user and who is one: superusers, weak passwords, and whether strangers can tell."""

import json

from sutaz_tui.checks import accounts
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, trait
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.http import HttpAnswer

CATEGORY = Category("security")
REFUSALS = (400, 403, 422)
SCRIPT = "<script>alert(1)</script>"
# Long enough each, and each without one kind of character.
WEAK = {
    "no upper case": "sutaztui-1x!",
    "no lower case": "SUTAZTUI-1X!",
    "no digit": "Sutaztui-xx!",
    "no special character": "Sutaztui1xxx",
}


@CATEGORY.check(
    "register.superuser",
    "registering cannot set is_superuser",
    "backend",
    "postgres",
    twin=trait(registers_superusers=True),
    check_class=CheckClass.ATTACK,
    sends="two users are registered, one of which asks to be a superuser",
)
async def superuser(ask: Ask) -> str:
    await accounts.registered(ask)
    answer = await accounts.register(ask, accounts.made_up(ask).form(is_superuser=True))
    if answer.status in REFUSALS:
        return f"refused with {answer.status}"
    found = ask.as_object(answer, 201)
    ask.expect(
        found.get("is_superuser") is False,
        "a refusal, or is_superuser false",
        f"registered with is_superuser {found.get('is_superuser')}",
    )
    return "registered as anybody else"


@CATEGORY.check(
    "register.script_name",
    "a script tag is not stored as a user name",
    "backend",
    "postgres",
    twin=trait(stores_script_names=True),
    check_class=CheckClass.ATTACK,
    sends="two users are registered, one of them by a script tag as its name",
    covers=("sec-09",),
)
async def script_name(ask: Ask) -> str:
    await accounts.registered(ask)
    user = accounts.made_up(ask)
    # Its own address and name each time: a taken one would be refused for that.
    answer = await accounts.register(ask, {**user.form(), "username": f"{user.name}{SCRIPT}"})
    if answer.status in REFUSALS:
        ask.expect("already" not in answer.text().lower(), "refused for its name", answer.text())
        return f"refused with {answer.status}"
    stored = str(ask.as_object(answer, 201).get("username"))
    ask.expect("<" not in stored, "a refusal, or a name without the tag", f"stored as {stored}")
    return "stored without the tag"


@CATEGORY.check(
    "register.weak_password",
    "a password without upper case, lower case, digit or special character is refused",
    "backend",
    "postgres",
    twin=trait(weak_passwords_refused=False),
    check_class=CheckClass.LEAVES,
    sends="one user is registered, four more are tried with weak passwords",
    covers=("sec-07",),
)
async def weak_password(ask: Ask) -> str:
    await accounts.registered(ask)
    taken = []
    for what, password in WEAK.items():
        answer = await accounts.register(ask, {**accounts.made_up(ask).form(), "password": password})
        if answer.status in (200, 201):
            taken.append(what)
        elif answer.status not in (400, 422) or "password" not in answer.text().lower():
            raise Wrong(f"400 for a password with {what}", f"{answer.status}: {answer.text()}")
    ask.expect(not taken, "all four refused", f"taken with {', '.join(taken)}")
    return "all four refused"


@CATEGORY.check(
    "enumeration.login",
    "wrong password and unknown user get the same answer",
    "backend",
    "postgres",
    twin=trait(login_names_unknown_users=True),
    check_class=CheckClass.LEAVES,
    sends="one user is registered; three logins, one of them right",
)
async def by_login(ask: Ask) -> str:
    user, nobody = await accounts.registered(ask), accounts.made_up(ask)
    ask.status(await accounts.login(ask, user.name, user.password), 200)
    known = await accounts.login(ask, user.name, f"{user.password}x")
    unknown = await accounts.login(ask, nobody.name, f"{user.password}x")
    ask.status(known, 401)
    same = (known.status, known.body) == (unknown.status, unknown.body)
    ask.expect(same, f"{known.status} {known.text()} for both", f"{unknown.status} {unknown.text()}")
    return "refused in the same words"


@CATEGORY.check(
    "enumeration.reset",
    "password reset answers the same for unknown users",
    "backend",
    "postgres",
    "redis",
    logs_in=True,
    twin=trait(reset_names_unknown_users=True),
    check_class=CheckClass.WRITES,
    sends="two password resets, one of which mails the account a link: two of five a minute",
    budget=accounts.BUDGET,
    timeout=accounts.WAITING,
    covers=("jwt-17",),
)
async def by_reset(ask: Ask) -> str:
    mine = str(accounts.claims_of(await ask.token()).get("email") or "")
    ask.expect("@" in mine, "a token that names the account's e-mail address", mine or "none")
    known = await accounts.reset(ask, mine)
    _message(ask, known)
    unknown = await accounts.reset(ask, accounts.made_up(ask).email)
    same = (known.status, known.body) == (unknown.status, unknown.body)
    ask.expect(same, f"{known.status} {known.text()} for both", f"{unknown.status} {unknown.text()}")
    return "the same answer to both"


def _message(ask: Ask, answer: HttpAnswer) -> None:
    found = ask.as_object(answer)
    ask.expect(bool(found.get("message")), "a message", json.dumps(found))


@CATEGORY.check(
    "reset.limited",
    "the sixth password reset within a minute is 429 with Retry-After",
    "backend",
    "postgres",
    "redis",
    twin=trait(password_reset_is_limited=False),
    check_class=CheckClass.HEAVY,
    sends="six password resets for a made-up address: no mail, and no more resets from here for a minute",
    budget=accounts.BUDGET,
    timeout=accounts.WAITING,
    covers=("jwt-19", "api-18"),
)
async def limited(ask: Ask) -> str:
    email = accounts.made_up(ask).email
    _message(ask, await accounts.reset(ask, email))
    for sent in range(2, accounts.RESETS_A_MINUTE + 2):
        answer = await ask.post(
            "backend", f"{accounts.BASE}/password-reset", json={"email": email}, timeout=accounts.TO_ANSWER
        )
        if answer.status == 429:
            wait = accounts.retry_after(ask, answer)
            ask.expect(0 < wait <= 60, "a Retry-After within the minute", f"{wait} s")
            return f"refused at the {sent}th, for {wait} s"
        ask.status(answer, 200)
    raise Wrong("429 at the sixth within a minute", f"{sent} of {sent} answered 200")
