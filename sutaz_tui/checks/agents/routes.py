"""What each agent can do beyond the common base: its own routes, as its OpenAPI document lists them."""

from sutaz_tui.checks import reading
from sutaz_tui.checks.agents.names import AGENTS, CATEGORY
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, patch

COMMON = ("/", "/health", "/metrics", "/chat/completions", "/generate", "/mcp/receive")
OWN: dict[str, tuple[str, ...]] = {
    "letta": ("/memory/store", "/memory/recall", "/persona/create", "/chat/with-memory"),
    "crewai": (
        "/crew/create",
        "/agent/create",
        "/task/assign",
        "/crew/execute",
        "/crews",
        "/agents",
        "/tasks",
    ),
    "aider": ("/code/review", "/code/refactor", "/code/complete"),
    "langchain": ("/chain/create", "/chain/run", "/tool/use"),
    "finrobot": ("/analyze/market", "/analyze/portfolio"),
    "shellgpt": ("/command/generate", "/script/generate"),
    "documind": ("/document/analyze", "/document/extract", "/document/summarize"),
    "gpt-engineer": ("/project/generate", "/code/implement"),
}
"""Service id -> the routes that its wrapper adds."""
READ = frozenset({"/", "/health", "/metrics", "/crews", "/agents", "/tasks"})
"""Those that are asked by GET; the others take a POST."""

# The old tests asked /capabilities, which no agent serves; the document says what they can do.
_COVERS = {
    "crewai": ("agt-07",),
    "aider": ("agt-09",),
    "langchain": ("agt-11",),
    "documind": ("agt-15",),
    "finrobot": ("agt-17",),
    "shellgpt": ("agt-19",),
    "gpt-engineer": ("agt-21",),
}


def _routes(id: str) -> Run:
    async def run(ask: Ask) -> str:
        offered = reading.routes(await ask.body(id, "/openapi.json"))
        missing = [
            path
            for path in (*COMMON, *OWN[id])
            if f"{'GET' if path in READ else 'POST'} {path}" not in offered
        ]
        ask.expect(not missing, ", ".join(OWN[id]), f"without {', '.join(missing)}")
        return ", ".join(OWN[id])

    return run


for _id, _name in AGENTS.items():
    CATEGORY.add(
        f"{_id}.routes",
        f"{_name} serves its own {len(OWN[_id])} routes and the common ones",
        _routes(_id),
        _id,
        twin=patch(_id, "/openapi.json", remove=[f"paths.{OWN[_id][0]}"]),
        covers=_COVERS.get(_id, ()),
    )
