"""Models and agents as the backend lists them, against what the services themselves say."""

from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Wrong, patch, trait

CATEGORY = Category("api")
AGENTS = "/api/v1/agents/"
LEAST = 5
MOST = 10_000
CLOCK_WITHIN = 120


@CATEGORY.check(
    "models.local",
    "a local model is available, not only the fallback",
    "backend",
    "ollama",
    twin=patch("backend", "/api/v1/models/", set={"detailed.0.available": False}),
    covers=("api-03",),
)
async def local(ask: Ask) -> str:
    found = await ask.body("backend", "/api/v1/models/")
    detailed = found.get("detailed")
    entries = [entry for entry in detailed if isinstance(entry, dict)] if isinstance(detailed, list) else []
    names = [
        str(entry.get("name"))
        for entry in entries
        if entry.get("provider") == "ollama" and entry.get("available") is True
    ]
    ask.expect(bool(names), "a model by ollama that is available", found.get("models"))
    ask.expect(set(names) <= set(found.get("models") or ()), "it among the models", found.get("models"))
    there = {name.removesuffix(":latest") for name in _names(await ask.body("ollama", "/api/tags"))}
    gone = [name for name in names if name.removesuffix(":latest") not in there]
    ask.expect(not gone, "models that Ollama has", f"it has not {', '.join(gone)}")
    return ", ".join(names)


@CATEGORY.check(
    "models.chat",
    "the chat offers the models that Ollama has",
    "backend",
    "ollama",
    twin=patch("backend", "/api/v1/chat/models", set={"models.0.name": "another:latest"}),
    covers=("api-04",),
)
async def chat(ask: Ask) -> str:
    page = await ask.body("backend", "/api/v1/chat/models")
    offered = _names(page)
    ask.expect(page.get("count") == len(offered), f"a count of {len(offered)}", page.get("count"))
    there = _names(await ask.body("ollama", "/api/tags"))
    ask.expect(bool(there), "a model in Ollama", "none")
    ask.expect(offered == there, f"{', '.join(sorted(there))}", f"{', '.join(sorted(offered)) or 'none'}")
    return ", ".join(sorted(offered))


def _names(found: dict[str, object]) -> set[str]:
    models = found.get("models")
    if not isinstance(models, list):
        raise Wrong("a list of models", f"models {models!r}")
    return {reading.text(one.get("name"), "a name of each") for one in reading.objects(models, "models")}


async def answered_by(ask: Ask, body: dict[str, Any]) -> str:
    """The model that a chat's answer names; it is one that Ollama has, and no fallback."""
    name = reading.text(body.get("model"), "a model's name")
    there = _names(await ask.body("ollama", "/api/tags"))
    bare = {one.removesuffix(":latest") for one in there}
    ask.expect(
        name.removesuffix(":latest") in bare, f"an answer of {', '.join(sorted(there)) or 'a model'}", name
    )
    return name


@CATEGORY.check(
    "agents.list",
    "the list of agents has id, name, status and type, the orchestrator active",
    "backend",
    twin=patch("backend", AGENTS, set={"0.status": "inactive"}),
    covers=("api-05",),
)
async def agents(ask: Ask) -> str:
    found = ask.as_list(await ask.get("backend", AGENTS))
    entries = [entry for entry in found if isinstance(entry, dict)]
    ask.expect(len(entries) >= LEAST, f"at least {LEAST} agents", len(entries))
    keys = ("id", "name", "status", "type")
    bare = [str(entry.get("id")) for entry in entries if not all(entry.get(key) for key in keys)]
    ask.expect(not bare, f"{', '.join(keys)} for each", f"not for {', '.join(bare)}")
    ids = [entry["id"] for entry in entries]
    ask.expect(len(set(ids)) == len(ids), "each id once", f"{len(ids) - len(set(ids))} twice")
    status = [entry["status"] for entry in entries if entry["type"] == "orchestrator"]
    ask.expect(status == ["active"], "one orchestrator, active", ", ".join(map(str, status)) or "none")
    return f"{len(ids)} agents"


@CATEGORY.check(
    "agents.answer",
    "the listed agents that are deployed answer under their listed name",
    "backend",
    twin=patch("crewai", "/health", set={"agent": "Letta"}),
    covers=("api-06",),
)
async def answer(ask: Ask) -> str:
    found = ask.as_list(await ask.get("backend", AGENTS))
    names = {str(entry.get("id")): str(entry.get("name")) for entry in found if isinstance(entry, dict)}
    deployed = [s.id for s in ask.config.services if s.id in names and s.group == "agents"]
    ask.expect(bool(deployed), "an agent of the list among those deployed", ", ".join(names) or "no agents")
    for id in deployed:
        own = str((await ask.body(id, "/health")).get("agent"))
        ask.expect(own.casefold() in names[id].casefold(), f"{names[id]} at {id}", own)
    return f"{', '.join(deployed)} answer"


@CATEGORY.check(
    "agents.metrics",
    "the agents' metrics count models and are current",
    "backend",
    twin=patch("backend", f"{AGENTS}metrics", set={"timestamp": "2025-11-16 00:00:00.000000"}),
)
async def metrics(ask: Ask) -> str:
    found = await ask.body("backend", f"{AGENTS}metrics")
    active, total = found.get("active_models"), found.get("total_models")
    total = reading.whole(total, "models", 1, MOST)
    sound = isinstance(active, int) and 0 < active <= total
    ask.expect(sound, "some models active, no more than there are", f"{active} of {total}")
    reading.stamp(found.get("timestamp"), CLOCK_WITHIN, "a time")
    return f"{active} of {total} models"


@CATEGORY.check(
    "chat.health",
    "the chat reaches its model",
    "backend",
    "ollama",
    twin=trait(chat_answers=False),
)
async def chat_health(ask: Ask) -> str:
    found = await ask.body("backend", "/api/v1/chat/health")
    ask.expect(found.get("status") == "healthy", "status healthy", found.get("status"))
    count = found.get("model_count")
    reading.whole(count, "models", 1, MOST)
    return f"{count} models"
