"""The tokens themselves: what they say, how long they last, and that only a whole one of the right type is taken."""

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, trait

CATEGORY = Category("jwt")
ACCESS_AT_MOST = 3600
DAY = 24 * 3600
REFRESH_AT_MOST = 30 * DAY
CLOCK_WITHIN = 60
CLAIMS = ("sub", "user_id", "email", "exp", "iat", "type")
PUBLIC = frozenset({*CLAIMS, "jti", "iss", "aud", "nbf", "sid", "scope", "scopes", "is_superuser", "roles"})
SECRET_WORDS = ("passw", "pwd", "secret", "hash", "key", "salt")
UNSIGNED = ("none", "None", "NONE", "nOnE", "", "HS256")
"""What the head of a token without a signature may say."""
SIGNED_BY = ("HS256", "HS384", "HS512", "RS256", "RS512", "ES256", "EdDSA")


@CATEGORY.check(
    "claims.account",
    "both tokens have sub, user_id, email, exp, iat and type",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(tokens_lack=["user_id"]),
)
async def claims(ask: Ask) -> str:
    user, _ = ask.account()
    found = await ask.login()
    for kind in ("access", "refresh"):
        said = accounts.claims_of(found[f"{kind}_token"])
        missing = [name for name in CLAIMS if said.get(name) in (None, "")]
        ask.expect(not missing, f"{', '.join(CLAIMS)} in the {kind} token", f"no {', '.join(missing)}")
        ask.expect(user in (said["sub"], said["email"]), "the account's name in sub or email", said["sub"])
        ask.expect(said["type"] == kind, f"type {kind}", f"type {said['type']}")
    return "both name the account"


@CATEGORY.check(
    "claims.no_secrets",
    "tokens contain no password, hash or key",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(tokens_carry=["hashed_password"]),
)
async def no_secrets(ask: Ask) -> str:
    _, password = ask.account()
    found = await ask.login()
    for kind in ("access", "refresh"):
        said = accounts.claims_of(found[f"{kind}_token"])
        ask.expect("sub" in said, "a token with claims", f"claims {sorted(said)}")
        told = [name for name in said if name not in PUBLIC and any(w in name.lower() for w in SECRET_WORDS)]
        told += [name for name, value in said.items() if value == password or reading.secret(value)]
        ask.expect(not told, "no secret among the claims", f"{', '.join(told)} in the {kind} token")
    return "no secret among the claims"


@CATEGORY.check(
    "claims.clock",
    "the clock that dates tokens is within a minute of ours",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(token_clock_ahead=600.0),
)
async def clock(ask: Ask) -> str:
    login = await accounts.own_login(ask)
    ahead = -accounts.age(accounts.seconds_in(accounts.claims_of(login["access_token"]), "iat"))
    words = f"{abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}"
    ask.expect(abs(ahead) <= CLOCK_WITHIN, f"within {CLOCK_WITHIN} s of our clock", words)
    return words


@CATEGORY.check(
    "access.lifetime",
    "an access token expires as announced, within an hour",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(access_token_seconds=86_400 * 365),
)
async def access_lifetime(ask: Ask) -> str:
    login = await ask.login()
    said = accounts.claims_of(login["access_token"])
    lasts = accounts.seconds_in(said, "exp") - accounts.seconds_in(said, "iat")
    promised = str(login.get("expires_in"))
    ask.expect(
        f"{lasts:.0f}" == promised and 0 < lasts <= ACCESS_AT_MOST,
        f"expires_in, at most {ACCESS_AT_MOST} s, in the token too",
        f"{lasts:.0f} s in the token, expires_in {promised}",
    )
    return f"{lasts:.0f} s"


@CATEGORY.check(
    "refresh.lifetime",
    "a refresh token lasts longer than the access token, 1 to 30 days",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(refresh_token_seconds=86_400 * 3650),
)
async def refresh_lifetime(ask: Ask) -> str:
    login = await ask.login()
    access, refresh = (accounts.claims_of(login[f"{kind}_token"]) for kind in ("access", "refresh"))
    lasts = accounts.seconds_in(refresh, "exp") - accounts.seconds_in(refresh, "iat")
    longer = accounts.seconds_in(refresh, "exp") - accounts.seconds_in(access, "exp") > DAY / 2
    days = f"{lasts / DAY:.1f} days"
    ask.expect(
        longer and DAY <= lasts <= REFRESH_AT_MOST, "longer than the access token, 1 day to 30 days", days
    )
    return days


@CATEGORY.check(
    "signature.algorithm",
    "tokens are signed (alg is not none)",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(signing_algorithm="none"),
)
async def algorithm(ask: Ask) -> str:
    login = await accounts.own_login(ask)
    for kind in ("access", "refresh"):
        named = str(accounts.head_of(login[f"{kind}_token"]).get("alg"))
        ask.expect(named in SIGNED_BY, f"one of {', '.join(SIGNED_BY)}", f"alg {named}")
    return "signed"


@CATEGORY.check(
    "signature.checked",
    "a tampered token is refused, the original accepted",
    "backend",
    logs_in=True,
    twin=trait(tokens_are_checked=False),
)
async def tampered(ask: Ask) -> str:
    token = await ask.token()
    await accounts.taken(ask, token)
    head, _, signature = token.split(".")
    said = accounts.claims_of(token)
    longer = accounts.encoded({**said, "exp": accounts.seconds_in(said, "exp") + 86_400})
    await accounts.refused(ask, f"{head}.{longer}.{signature}", "a token changed after it was signed")
    return "refused with 401"


@CATEGORY.check(
    "signature.needed",
    "an unsigned token (alg none) is refused",
    "backend",
    logs_in=True,
    twin=trait(none_tokens_taken=True),
)
async def unsigned(ask: Ask) -> str:
    token = await ask.token()
    await accounts.taken(ask, token)
    for named in UNSIGNED:
        forged = f"{accounts.encoded({'alg': named, 'typ': 'JWT'})}.{token.split('.')[1]}."
        await accounts.refused(ask, forged, f"a token without a signature, alg {named}")
    return "refused with 401"


@CATEGORY.check(
    "type.access",
    "a refresh token is refused as an access token",
    "backend",
    logs_in=True,
    twin=trait(any_token_taken_as=["access"]),
)
async def refresh_as_access(ask: Ask) -> str:
    login = await ask.login()
    await accounts.taken(ask, login["access_token"])
    await accounts.refused(ask, login["refresh_token"], "a refresh token used for access")
    return "refused with 401"


@CATEGORY.check(
    "type.refresh",
    "an access token is refused as a refresh token",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(any_token_taken_as=["refresh"]),
)
async def access_as_refresh(ask: Ask) -> str:
    login = await accounts.own_login(ask)
    path = f"{accounts.BASE}/refresh"
    answer = await ask.post("backend", path, json={"refresh_token": login["access_token"]})
    ask.expect(answer.status == 401, "401 for an access token used to refresh", f"{answer.status}")
    ask.as_object(await ask.post("backend", path, json={"refresh_token": login["refresh_token"]}))
    return "refused with 401"
