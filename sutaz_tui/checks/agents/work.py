"""What the agents are there for, once each: a chat, a review, a memory; every one of these asks the model or stays."""

import secrets
from dataclasses import dataclass
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.agents.names import AGENTS, CATEGORY
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, Wrong, patch, trait
from sutaz_tui.model import CheckClass
from sutaz_tui.text.sanitise import one_line

# A small model on two cores takes its time.
LONGEST = 60.0
MOST_TOKENS = 1_000_000
_ABOUT = frozenset({"agent", "status", "model", "id", "success", "object"})
_SUBJECTS = frozenset({"symbol", "language", "shell", "document_type", "chain_id"})
"""What an answer that names it must be about."""


@dataclass(frozen=True, slots=True)
class Task:
    """One route that hands a prompt to the model: what is sent, and in an operator's words what for."""

    agent: str
    name: str
    path: str
    words: str
    body: dict[str, Any]
    covers: str


TASKS = (
    Task(
        "aider",
        "review",
        "/code/review",
        "reviews a line of code",
        {"code": "def twice(x): return x + x", "language": "python"},
        "agt-10",
    ),
    Task(
        "documind",
        "summary",
        "/document/summarize",
        "summarises a sentence",
        {"content": "Two cores are shared by thirty containers.", "document_type": "text"},
        "agt-16",
    ),
    Task(
        "finrobot",
        "market",
        "/analyze/market",
        "analyses a stock symbol",
        {"symbol": "AAPL", "analysis_type": "summary"},
        "agt-18",
    ),
    Task(
        "shellgpt",
        "command",
        "/command/generate",
        "translates text into a command",
        {"task": "list files by size", "description": "list files by size", "shell": "bash"},
        "agt-20",
    ),
    Task(
        "gpt-engineer",
        "project",
        "/project/generate",
        "drafts a small project",
        {"name": "sutaztui-hello", "description": "print hello once", "language": "python"},
        "agt-22",
    ),
)


def _said(body: dict[str, Any], sent: dict[str, Any]) -> str:
    """The words of the model in an answer, under whatever key the wrapper puts them; what was sent is none of them."""
    told = {*_ABOUT, *sent}
    other = [
        f"{key} {body[key]}"
        for key in _SUBJECTS & body.keys() & sent.keys()
        if str(body[key]).casefold() != str(sent[key]).casefold()
    ]
    if other:
        raise Wrong("an answer to what was asked", one_line(", ".join(other), 80))
    words = " ".join(value for key, value in body.items() if key not in told and isinstance(value, str))
    if words.split() in [value.split() for value in sent.values() if isinstance(value, str)]:
        raise Wrong("words of the model", f"what was sent: {one_line(words, 80)}")
    return reading.spoken(words)


def _works(task: Task) -> Run:
    async def run(ask: Ask) -> str:
        body = ask.as_object(await ask.post(task.agent, task.path, json=task.body))
        ask.expect(body.get("success") is True, "success", body)
        said = _said(body, task.body)
        return f"{len(said.split())} words"

    return run


for _task in TASKS:
    CATEGORY.add(
        f"{_task.agent}.{_task.name}",
        f"{AGENTS[_task.agent]} {_task.words}",
        _works(_task),
        _task.agent,
        # Answers 200 with nothing in it, as an agent whose model fell silent does.
        twin=patch(_task.agent, _task.path, set={"result": ""}),
        check_class=CheckClass.HEAVY,
        timeout=LONGEST,
        sends=f"one short prompt to its model, by POST {_task.path}",
        covers=(_task.covers,),
    )


@CATEGORY.check(
    "crewai.chat",
    "the OpenAI-compatible chat of an agent returns text and token counts",
    "crewai",
    twin=patch("crewai", "/chat/completions", set={"choices.0.message.content": ""}),
    check_class=CheckClass.HEAVY,
    timeout=LONGEST,
    sends="one chat of two words to its model",
)
async def chat(ask: Ask) -> str:
    sent = {"model": "tinyllama", "messages": [{"role": "user", "content": "Say hello."}]}
    body = ask.as_object(await ask.post("crewai", "/chat/completions", json=sent))
    ask.expect(body.get("object") == "chat.completion", "a chat.completion", body.get("object"))
    answered = str(body.get("model")).removesuffix(":latest")
    ask.expect(answered == sent["model"], f"an answer of {sent['model']}", answered)
    choices, usage = body.get("choices"), body.get("usage")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Wrong("a choice", one_line(f"choices {choices!r}", 120))
    message = choices[0].get("message")
    words = reading.spoken(message.get("content") if isinstance(message, dict) else message)
    counts = usage if isinstance(usage, dict) else {}
    tokens = reading.whole(counts.get("completion_tokens"), "completion tokens", 1, MOST_TOKENS)
    both = tokens + reading.whole(counts.get("prompt_tokens"), "prompt tokens", 1, MOST_TOKENS)
    ask.expect(counts.get("total_tokens") == both, f"{both} tokens in all", counts.get("total_tokens"))
    return f"{len(words.split())} words, {tokens} tokens"


@CATEGORY.check(
    "crewai.crew",
    "a created crew is in CrewAI's list",
    "crewai",
    twin=trait(agents_remember=False),
    check_class=CheckClass.LEAVES,
    sends="one crew sutaztui-… that stays in its memory until it restarts",
    covers=("agt-08",),
)
async def crew(ask: Ask) -> str:
    name = f"sutaztui-{secrets.token_hex(4)}"
    ask.as_object(await ask.post("crewai", "/crew/create", json={"name": name, "agents": [], "tasks": []}))
    listed = await ask.body("crewai", "/crews")
    ask.expect(
        name in str(listed), f"{name} among the crews", f"{len(listed.get('crews') or [])} crews without it"
    )
    return "created and listed"


@CATEGORY.check(
    "langchain.chain",
    "a created chain runs, and the model answers",
    "langchain",
    twin=trait(agents_remember=False),
    check_class=CheckClass.LEAVES,
    timeout=LONGEST,
    sends="one chain sutaztui-… that stays in its memory until it restarts, and one short prompt to its model",
    covers=("agt-12",),
)
async def chain(ask: Ask) -> str:
    name = f"sutaztui-{secrets.token_hex(4)}"
    sent = {"name": name, "chain_type": "llm", "prompt_template": "Say {input}."}
    made = ask.as_object(await ask.post("langchain", "/chain/create", json=sent))
    id = made.get("chain_id") or made.get("id") or name
    asked = {"chain_id": id, "name": name, "input": "hello"}
    body = ask.as_object(await ask.post("langchain", "/chain/run", json=asked))
    ask.expect(body.get("success") is True, "success", body)
    # "hello" is an answer to "Say hello.", the template is none.
    said = _said(body, {**asked, "input": "", "template": sent["prompt_template"]})
    return f"created and run: {len(said.split())} words"


@CATEGORY.check(
    "letta.memory",
    "Letta keeps a memory, per user",
    "letta",
    twin=trait(agents_remember=False),
    check_class=CheckClass.LEAVES,
    sends="one memory of a made-up user sutaztui-… that stays until Letta restarts",
    covers=("agt-13", "agt-14"),
)
async def memory(ask: Ask) -> str:
    nonce = secrets.token_hex(8)
    user, stranger = f"sutaztui-{nonce[:4]}-a", f"sutaztui-{nonce[:4]}-b"
    told = {"user_id": user, "content": f"the word is {nonce}", "query": nonce}
    ask.as_object(await ask.post("letta", "/memory/store", json=told))
    recalled = ask.as_object(
        await ask.post("letta", "/memory/recall", json={"user_id": user, "query": "word"})
    )
    ask.expect(nonce in str(recalled), "what it was told", "a memory without it")
    other = ask.as_object(
        await ask.post("letta", "/memory/recall", json={"user_id": stranger, "query": "word"})
    )
    ask.expect(nonce not in str(other), "nothing for another user", "the first user's words")
    return "stored, recalled, and kept from others"
