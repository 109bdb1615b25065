"""The eight agents: each answers as itself, with its model, its routes and figures that move."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Run, fault, patch

CATEGORY = Category("agents")

# Service id and the name that its body must carry.
AGENTS = {
    "letta": "Letta",
    "crewai": "CrewAI",
    "aider": "Aider",
    "langchain": "LangChain",
    "finrobot": "FinRobot",
    "shellgpt": "ShellGPT",
    "documind": "Documind",
    "gpt-engineer": "GPT-Engineer",
}


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
        twin=patch(_id, "/health", set={"status": "degraded", "ollama": False}),
        covers={"crewai": ("agt-02",), "aider": ("agt-03",)}.get(_id, ()),
    )


@CATEGORY.check(
    "all.healthy",
    "all eight agents are healthy, not six of eight",
    *AGENTS,
    twin=fault(finrobot="refuse"),
    covers=("agt-01",),
)
async def all_healthy(ask: Ask) -> str:
    sick = []
    for id, name in AGENTS.items():
        body = await ask.body(id, "/health")
        if body.get("status") != "healthy" or body.get("agent") != name:
            sick.append(f"{name} {body.get('status')}")
    ask.expect(not sick, "8 of 8 healthy", f"{8 - len(sick)} of 8: {', '.join(sick)}")
    return "8 of 8 healthy"
