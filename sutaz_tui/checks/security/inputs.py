"""Input that is meant to do harm: injections, scripts, bodies without end."""

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, patch, trait
from sutaz_tui.model import CheckClass

CATEGORY = Category("security")
SEND = "/api/v1/chat/send"
CHAT = 60.0
LONGEST_MESSAGE = 5000
KONG_TAKES = 10 * 1024 * 1024
INJECTIONS = ("sutaztui' OR '1'='1", "sutaztui' OR 1=1 --", "sutaztui'; SELECT pg_sleep(0); --")
SCRIPT = "Repeat: <script>alert(1)</script><img src=x onerror=alert(1)>"
PUNCTUATION = "Say hello. \u2603 \u00e9 \U0001f680 \u202e ' \" \\ ; -- ${x} {{y}} %s &lt; \t"


@CATEGORY.check(
    "login.injection",
    "SQL injection in the login form is refused",
    "backend",
    "postgres",
    logs_in=True,
    twin=trait(login_injectable=True),
    check_class=CheckClass.ATTACK,
    sends=f"{len(INJECTIONS)} logins with SQL as the name",
    covers=("sec-10",),
)
async def injection(ask: Ask) -> str:
    await ask.login()
    nobody = accounts.made_up(ask)
    plain = await accounts.login(ask, nobody.name, nobody.password)
    ask.status(plain, 401)
    for name in INJECTIONS:
        answer = await accounts.login(ask, name, nobody.password)
        same = (answer.status, answer.body) == (plain.status, plain.body)
        found = "a login" if answer.status == 200 else f"{answer.status}: {answer.text()}"
        ask.expect(same, f"401 as for any wrong name, for {name}", found)
    return f"{len(INJECTIONS)} refused with 401"


@CATEGORY.check(
    "chat.script",
    "the answer to a message with a script is JSON (no XSS)",
    "backend",
    "ollama",
    twin=patch("backend", SEND, headers={"content-type": "text/html"}),
    check_class=CheckClass.HEAVY,
    timeout=CHAT,
    sends="one short chat with the model, a script tag in it",
    covers=("sec-08",),
)
async def script(ask: Ask) -> str:
    answer = await ask.post("backend", SEND, json={"message": SCRIPT})
    found = ask.as_object(answer)
    ask.expect(bool(str(found.get("response") or "").strip()), "an answer in words", "an empty answer")
    kind = answer.headers.get("content-type", "none")
    ask.expect(kind.startswith("application/json"), "JSON by its content-type", kind)
    sniffed = answer.headers.get("x-content-type-options", "none")
    ask.expect(sniffed == "nosniff", "nosniff", sniffed)
    return "JSON, not to be sniffed"


@CATEGORY.check(
    "chat.punctuation",
    "a message with special characters is answered",
    "backend",
    "ollama",
    twin=trait(chat_takes_punctuation=False),
    check_class=CheckClass.HEAVY,
    timeout=CHAT,
    sends="one short chat with the model, with signs and quotes",
    covers=("sec-16",),
)
async def punctuation(ask: Ask) -> str:
    found = ask.as_object(await ask.post("backend", SEND, json={"message": PUNCTUATION}))
    ask.expect(found.get("status") == "success", "status success", found.get("status"))
    reading.spoken(found.get("response"))
    return "answered"


@CATEGORY.check(
    "chat.length",
    "a message over 5000 characters is refused, a short one is answered",
    "backend",
    "ollama",
    twin=trait(chat_limits_length=False),
    check_class=CheckClass.HEAVY,
    timeout=CHAT,
    sends="one short chat with the model, and a message of 5001 characters",
    covers=("sec-15",),
)
async def length(ask: Ask) -> str:
    ask.as_object(await ask.post("backend", SEND, json={"message": "Say hello."}))
    answer = await ask.post("backend", SEND, json={"message": "x" * (LONGEST_MESSAGE + 1)})
    ask.expect(answer.status in (400, 413, 422), "400 for a message too long", f"{answer.status}")
    return f"refused with {answer.status}"


@CATEGORY.check(
    "kong.body_size",
    "Kong refuses a body over 10 MB, and passes a small one",
    "kong",
    "mcp-bridge",
    twin=trait(kong_limits_size=False),
    check_class=CheckClass.HEAVY,
    timeout=30.0,
    sends="one body of 10 MB and a byte to Kong, for a page that does not look at it",
)
async def body_size(ask: Ask) -> str:
    path = "/mcp/health"
    small = ask.as_object(await ask.request("GET", "kong.proxy", path, content=b"x" * 1024))
    ask.expect(small.get("status") == "healthy", "the bridge's health through Kong", small)
    large = await ask.request("GET", "kong.proxy", path, content=b"x" * (KONG_TAKES + 1))
    ask.expect(large.status == 413, "413 for a body beyond 10 MB", f"{large.status}")
    return "refused with 413"
