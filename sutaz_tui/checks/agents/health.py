"""The agents' own word: who each is, whether it reaches its model, and whether that model is there."""

import asyncio
import time
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.agents.names import AGENTS, CATEGORY
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, fault, patch, trait
from sutaz_tui.errors import SourceError


def _health(id: str, name: str) -> Run:
    async def run(ask: Ask) -> str:
        body = await ask.body(id, "/health")
        ask.expect(body.get("agent") == name, f"it calls itself {name}", body.get("agent"))
        ask.expect(
            body.get("ollama") is True, "its model's server is reachable", f"ollama {body.get('ollama')}"
        )
        ask.expect(body.get("status") == "healthy", "status healthy", body.get("status"))
        return f"healthy, model {body.get('model')}"

    return run


for _id, _name in AGENTS.items():
    CATEGORY.add(
        f"{_id}.healthy",
        f"{_name} answers as itself and reaches its model",
        _health(_id, _name),
        _id,
        twin=trait(degraded_agents=(_id,)),
        follows="agents.all.healthy",
        covers={"crewai": ("agt-02",), "aider": ("agt-03",)}.get(_id, ()),
    )


def _ill(id: str, body: dict[str, Any]) -> str:
    """What is wrong with an agent's health, "" for nothing."""
    if body.get("agent") != AGENTS[id]:
        return f"{id}'s port is {body.get('agent')}'s"
    if body.get("status") != "healthy" or body.get("ollama") is not True:
        return f"{AGENTS[id]} {body.get('status')} (ollama {body.get('ollama')})"
    return ""


@CATEGORY.check(
    "all.healthy",
    "all eight agents are healthy",
    *AGENTS,
    twin=fault(finrobot="refuse"),
    covers=("agt-01",),
)
async def all_healthy(ask: Ask) -> str:
    sick = []
    for id in AGENTS:
        try:
            words = _ill(id, await ask.body(id, "/health"))
        except SourceError as error:
            words = f"{AGENTS[id]} {error.words}"
        sick += [words] if words else []
    ask.expect(not sick, "8 of 8 healthy", f"{8 - len(sick)} of 8: {', '.join(sick)}")
    return "8 of 8 healthy"


@CATEGORY.check(
    "all.at-once",
    "all eight agents answer as themselves when asked at once, within the limit",
    *AGENTS,
    twin=fault(letta="slow=1.5"),
    covers=("agt-23",),
    follows="agents.all.healthy",
)
async def all_at_once(ask: Ask) -> str:
    async def timed(id: str) -> tuple[str, float]:
        began = time.perf_counter()
        body = await ask.body(id, "/health")
        return _ill(id, body), time.perf_counter() - began

    found = dict(zip(AGENTS, await asyncio.gather(*map(timed, AGENTS)), strict=True))
    sick = [words for words, _ in found.values() if words]
    ask.expect(not sick, "8 of 8 healthy", ", ".join(sick))
    slow = [f"{AGENTS[id]} {taken:.2f} s" for id, (_, taken) in found.items() if taken > ask.limits.p95]
    ask.expect(not slow, f"each within {ask.limits.p95:g} s", ", ".join(slow))
    return f"8 of 8, the slowest after {max(taken for _, taken in found.values()) * 1000:.0f} ms"


@CATEGORY.check(
    "all.one-model",
    "all eight agents report the same model and Ollama at / and /health",
    *AGENTS,
    twin=patch("documind", "/", set={"ollama_url": "http://sutazai-ollama-old:11434"}),
)
async def one_model(ask: Ask) -> str:
    settings: dict[tuple[str, str], list[str]] = {}
    for id, name in AGENTS.items():
        root, health = await ask.body(id, "/"), await ask.body(id, "/health")
        ask.expect(root.get("agent") == name, f"{name} at its root", root.get("agent"))
        ask.expect(
            root.get("model") == health.get("model"), f"{name}: {health.get('model')}", root.get("model")
        )
        settings.setdefault((str(root.get("model")), str(root.get("ollama_url"))), []).append(name)
    common = max(settings, key=lambda key: len(settings[key]))
    others = [
        f"{name}: {model} at {url}"
        for (model, url), names in settings.items()
        if (model, url) != common
        for name in names
    ]
    ask.expect(not others, f"all with {common[0]} at {common[1]}", "; ".join(others))
    return f"{common[0]} at {common[1]}"


async def _models(ask: Ask) -> dict[str, dict[str, Any]]:
    """What the agents' Ollama has, by name."""
    body = await ask.body("ollama-agents", "/api/tags")
    found = body.get("models")
    ask.expect(isinstance(found, list) and bool(found), "at least one model", f"models {found}; pull one")
    assert isinstance(found, list)
    return {reading.text(one.get("name"), "a name of each"): one for one in reading.objects(found, "models")}


@CATEGORY.check(
    "ollama.models",
    "the agents' Ollama answers and has models of some size",
    "ollama-agents",
    twin=patch("ollama-agents", "/api/tags", body={"models": []}),
    covers=("agt-05",),
)
async def ollama_models(ask: Ask) -> str:
    found = await _models(ask)
    for name, model in found.items():
        reading.whole(model.get("size"), f"a size of {name}", 1)
    return ", ".join(found)


@CATEGORY.check(
    "ollama.tinyllama",
    "the agents' Ollama has tinyllama",
    "ollama-agents",
    twin=trait(models=("llama3.2:latest",)),
    covers=("agt-06",),
)
async def tinyllama(ask: Ask) -> str:
    found = await _models(ask)
    named = [name for name in found if name.partition(":")[0] == "tinyllama"]
    ask.expect(bool(named), "tinyllama", f"{', '.join(found)}; ollama pull tinyllama")
    return f"{named[0]}, {reading.whole(found[named[0]].get('size'), 'its size', 1)} bytes"


@CATEGORY.check(
    "all.model-there",
    "each agent's configured model exists in its Ollama",
    "ollama-agents",
    *AGENTS,
    twin=patch("aider", "/health", set={"model": "codellama"}),
)
async def model_there(ask: Ask) -> str:
    there = {name.removesuffix(":latest") for name in await _models(ask)}
    wanted = {id: reading.text((await ask.body(id, "/health")).get("model"), "a model") for id in AGENTS}
    wrong = [
        f"{AGENTS[id]} wants {model}"
        for id, model in wanted.items()
        if model.removesuffix(":latest") not in there
    ]
    ask.expect(not wrong, f"models of {', '.join(sorted(there))}", "; ".join(wrong))
    return ", ".join(sorted(set(wanted.values())))
