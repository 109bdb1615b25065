"""Whole ways through the stack: login to logout, chat with a memory, gateway to backend, metrics and logs that arrive."""

import asyncio
import json
import secrets
import time

from sutaz_tui.checks import accounts, reading
from sutaz_tui.checks.api.models import answered_by
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, fault, patch, trait
from sutaz_tui.model import CheckClass

CATEGORY = Category("e2e")
HEAVY = CheckClass.HEAVY
CHAT_WITHIN = 30.0
FRESH = 300.0
AGENT_IDS = ("letta", "crewai", "aider", "langchain", "finrobot", "shellgpt", "documind", "gpt-engineer")


@CATEGORY.check(
    "session", "login, /auth/me, refresh and logout work in one session", "backend", "postgres",
    logs_in=True, twin=patch("backend", "/api/v1/auth/logout", status=500), timeout=20, covers=("e2e-01",),
    follows="jwt.me.own_user",
)  # fmt: skip
async def session(ask: Ask) -> str:
    tokens = await accounts.own_login(ask)
    me = await ask.body("backend", "/api/v1/auth/me", token=tokens["access_token"])
    mine = accounts.claims_of(tokens["access_token"]).get("sub")
    ask.expect(me.get("username") == mine, f"the own user, {mine}", me.get("username"))
    answer = await ask.post(
        "backend", "/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
    )
    fresh = ask.as_object(answer)
    access = str(fresh.get("access_token") or "")
    ask.expect(bool(access), "a new access token", sorted(fresh))
    done = ask.as_object(await ask.post("backend", "/api/v1/auth/logout", token=access))
    ask.expect(bool(done.get("message")), "a logout that is confirmed", done)
    return "login, own user, refresh, logout"


@CATEGORY.check(
    "services", "backend, broker, Prometheus and Grafana all answer as themselves",
    "backend", "rabbitmq", "prometheus", "grafana",
    twin=patch("grafana", "/api/health", set={"database": "failing"}), covers=("e2e-12",),
)  # fmt: skip
async def services(ask: Ask) -> str:
    health = await ask.body("backend", "/health")
    ask.expect(health.get("status") == "healthy", "the backend healthy", health.get("status"))
    overview = await ask.body("rabbitmq", "/api/overview", params={"columns": "rabbitmq_version"})
    reading.version(overview.get("rabbitmq_version"), "version of RabbitMQ")
    ready = await ask.get("prometheus", "/-/ready")
    ask.status(ready, 200)
    ask.expect("Prometheus" in ready.text(), "Prometheus to call itself so", ready.text())
    grafana = await ask.body("grafana", "/api/health")
    ask.expect(grafana.get("database") == "ok", "Grafana's database ok", grafana.get("database"))
    reading.version(grafana.get("version"), "version of Grafana")
    return f"4 of 4: RabbitMQ {overview['rabbitmq_version']}, Grafana {grafana.get('version')}"


@CATEGORY.check(
    "models", "the backend offers the models that Ollama has", "backend", "ollama",
    twin=patch("ollama", "/api/tags", set={"models.0.name": "another:latest", "models.0.model": "another:latest"}),
)  # fmt: skip
async def models(ask: Ask) -> str:
    offered = (await ask.body("backend", "/api/v1/chat/models")).get("models")
    there = (await ask.body("ollama", "/api/tags")).get("models")
    ask.expect(isinstance(offered, list) and bool(offered), "models offered by the backend", offered)
    ask.expect(isinstance(there, list) and bool(there), "models in Ollama", there)
    names = {reading.text(one.get("name"), "a name of each") for one in reading.objects(offered, "models")}
    real = {reading.text(one.get("name"), "a name of each") for one in reading.objects(there, "models")}
    ask.expect(
        names <= real, f"only models that are there: {', '.join(sorted(real))}", ", ".join(sorted(names))
    )
    detailed = (await ask.body("backend", "/api/v1/models/")).get("detailed")
    ready = {one.get("name") for one in reading.objects(detailed, "models") if one.get("available") is True}
    ask.expect(names <= ready, "each of them available", f"not {', '.join(sorted(names - ready))}")
    return ", ".join(sorted(names))


@CATEGORY.check(
    "agents", "the backend lists the agents, and all eight deployed ones are healthy", "backend", *AGENT_IDS,
    twin=fault(documind="503"), follows="agents.all.healthy", covers=("e2e-08",),
)  # fmt: skip
async def agents(ask: Ask) -> str:
    listed = reading.objects(ask.as_list(await ask.get("backend", "/api/v1/agents/")), "agents")
    ids = [reading.text(one.get("id"), "an id of each agent") for one in listed]
    ask.expect(not {*ids}.isdisjoint(AGENT_IDS), "agents of the stack in its list", ", ".join(ids) or "none")
    ask.expect(
        len({*ids}) == len(ids),
        "each agent once",
        ", ".join(sorted(id for id in {*ids} if ids.count(id) > 1)),
    )
    wrong = []
    for id in AGENT_IDS:
        answer = await ask.get(id, "/health")
        try:
            body = answer.json() if answer.status == 200 else {}
        except ValueError:
            body = {}
        if not isinstance(body, dict) or body.get("status") != "healthy":
            wrong.append(id)
    ask.expect(not wrong, "8 of 8 healthy", f"{8 - len(wrong)} of 8, not {', '.join(wrong)}")
    return f"8 of 8 healthy, {len(listed)} listed"


@CATEGORY.check(
    "gateway", "a request through the gateway reaches the service behind it", "kong", "mcp-bridge",
    twin=patch("kong", "/mcp/health", status=404, body={"message": "no Route matched with those values"}),
)  # fmt: skip
async def gateway(ask: Ask) -> str:
    direct = await ask.body("mcp-bridge", "/health")
    through = await ask.body("kong.proxy", "/mcp/health")
    ask.expect(direct.get("service") == "mcp-bridge", "the bridge itself", f"service {direct.get('service')}")
    wanted = {key: reading.text(direct.get(key), f"its {key}") for key in ("service", "status", "version")}
    found = {key: through.get(key) for key in wanted}
    ask.expect(found == wanted, f"through Kong what the bridge says: {wanted}", found)
    reading.stamp(through.get("timestamp"), FRESH, "an answer of now")
    return f"the same through Kong: {found['service']} {found['status']}"


@CATEGORY.check(
    "metrics", "the backend's request counts reach Prometheus", "backend", "prometheus",
    twin=trait(prometheus_missing_targets=["backend-api"]), follows="monitoring.prometheus.up",
)  # fmt: skip
async def metrics(ask: Ask) -> str:
    up = await ask.promql('up{job="backend-api"}')
    ask.expect(bool(up), "a target of job backend-api", "none")
    ask.expect(up[0].value == 1, "the backend's scrape up", up[0].value)
    counted = await ask.promql('http_requests_total{job="backend-api"}')
    # Whoever answers every question alike tells of another job.
    others = sorted({str(one.labels.get("job")) for one in counted} - {"backend-api"})
    ask.expect(not others, "counts of job backend-api", f"those of {', '.join(others)}")
    total = reading.number(sum(sample.value for sample in counted), "requests counted in Prometheus", 1)
    return f"{total:.0f} requests counted"


@CATEGORY.check(
    "logs", "container logs reach Loki within five minutes", "loki",
    twin=trait(loki_is_fresh=False),
)  # fmt: skip
async def logs(ask: Ask) -> str:
    now = time.time()
    params = {
        "query": '{job="docker"}',
        "limit": 20,
        "direction": "backward",
        "start": int((now - 3600) * 1e9),
        "end": int(now * 1e9),
    }
    body = await ask.body("loki", "/loki/api/v1/query_range", params=params)
    inside = body.get("data")
    streams = reading.objects(inside.get("result") if isinstance(inside, dict) else inside, "streams")
    values = [value for stream in streams for value in stream.get("values") or ()]
    ask.expect(bool(values), "a line of the last hour", "none")
    stamps = [str(value[0]) for value in values if isinstance(value, list) and value]
    ask.expect(len(stamps) == len(values) and all(map(str.isdecimal, stamps)), "lines with times", values[:1])
    spoken = any(str(value[1]).strip() for value in values if len(value) > 1)
    ask.expect(spoken, "lines with words", f"{len(values)} empty lines")
    age = reading.age(max(map(int, stamps)) / 1e9, FRESH, "a line")
    return f"newest line {age:.0f} s old"


async def _say(ask: Ask, message: str, session_id: str = "") -> dict[str, object]:
    body: dict[str, object] = {"message": message}
    if session_id:
        body["session_id"] = session_id
    found = await ask.post("backend", "/api/v1/chat/message", json=body, timeout=CHAT_WITHIN)
    answer = ask.as_object(found)
    reading.spoken(answer.get("response"))
    if "response_time" in answer:
        reading.taken(answer["response_time"], found.latency)
    return answer


@CATEGORY.check(
    "chat", "a chat is answered by the model, in a new session", "backend", "ollama",
    twin=trait(chat_answers=False), check_class=HEAVY, timeout=CHAT_WITHIN + 5, sends="one chat with the model",
)  # fmt: skip
async def chat(ask: Ask) -> str:
    body = await _say(ask, "Say ready.")
    reading.text(body.get("session_id"), "a session id")
    return f"{await answered_by(ask, body)} answered"


@CATEGORY.check(
    "chat.session", "a chat continues in its session", "backend", "ollama",
    twin=patch("backend", "/api/v1/chat/message", set={"session_id": "another"}), check_class=HEAVY, timeout=2 * CHAT_WITHIN,
    sends="two chats with the model", covers=("e2e-07",),
)  # fmt: skip
async def chat_session(ask: Ask) -> str:
    session_id = f"sutaztui-{secrets.token_hex(4)}"
    for turn in (1, 2):
        body = await _say(ask, f"Turn {turn}.", session_id)
        ask.expect(body.get("session_id") == session_id, f"the session {session_id}", body.get("session_id"))
    return "two turns in one session"


@CATEGORY.check(
    "chat.memory", "the WebSocket keeps the conversation's history", "backend", "ollama",
    twin=trait(chat_remembers=False), check_class=HEAVY, timeout=CHAT_WITHIN + 5, sends="one chat on /ws, then its history",
    covers=("e2e-06",),
)  # fmt: skip
async def chat_memory(ask: Ask) -> str:
    async with ask.websocket("backend", "/ws") as frames:
        await frames.receive(ask.timeout)
        await frames.send(json.dumps({"type": "chat", "message": "Remember seven.", "stream": False}))
        kinds: list[str] = []
        while not kinds or kinds[-1] not in ("response", "stream_end", "error"):
            kinds.append(str(json.loads(await frames.receive(CHAT_WITHIN)).get("type")))
        ask.expect(kinds[-1] != "error", "an answer", kinds)
        await frames.send(json.dumps({"type": "get_history"}))
        history = json.loads(await frames.receive(ask.timeout))
    said = [
        message
        for message in reading.objects(history.get("messages"), "messages")
        if "seven" in str(message.get("content", "")).lower() and message.get("role") == "user"
    ]
    ask.expect(bool(said), "what was said in the history", f"{history.get('count', 0)} messages")
    return f"{history.get('count')} messages remembered"


@CATEGORY.check(
    "chat.concurrent", "ten concurrent chats are all answered, each in its own session", "backend", "ollama",
    twin=patch("backend", "/api/v1/chat/message", set={"session_id": "shared"}), check_class=HEAVY, timeout=120,
    sends="ten chats with the model at once, as far as the config allows", covers=("e2e-11",),
)  # fmt: skip
async def chat_concurrent(ask: Ask) -> str:
    count = max(2, min(10, ask.limits.chats))
    answers = await asyncio.gather(*(_say(ask, f"Say {number}.") for number in range(count)))
    sessions = {str(answer.get("session_id")) for answer in answers}
    ask.expect(len(sessions) == count, f"{count} sessions", f"{len(sessions)} of {count}")
    return f"{count} of {count} answered, in {count} sessions"


@CATEGORY.check(
    "chat.broken-model", "the fallback identifies itself, and the model answers while Ollama is up", "backend", "ollama",
    twin=trait(models=[]), check_class=HEAVY, timeout=CHAT_WITHIN, sends="one simple chat", covers=("e2e-09",),
)  # fmt: skip
async def simple_chat(ask: Ask) -> str:
    body = ask.as_object(
        await ask.post("backend", "/api/v1/simple_chat/", json={"message": "ready?"}, timeout=CHAT_WITHIN)
    )
    reading.spoken(body.get("response"))
    return f"answered by {await answered_by(ask, body)}"


NOT_COVERED: dict[str, str] = {
    "e2e-02": "POST /api/v1/tasks/ does not exist; that an agent generates code is in agents",
    "e2e-03": "POST /api/v1/documents/upload does not exist; that Documind answers is in agents",
    "e2e-04": "POST /api/v1/finance/analyze does not exist; that FinRobot answers is in agents",
    "e2e-05": "POST /api/v1/tasks/orchestrate does not exist; e2e.agents looks at every agent listed",
    "e2e-10": "POST /api/v1/voice/transcribe does not exist; the chats of e2e are what the stack offers instead",
}
