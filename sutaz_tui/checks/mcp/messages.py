"""Whom the bridge reaches: a routed message its agent, a task a queue, a broadcast every other client."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

from sutaz_tui.checks.agents.names import AGENTS
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, patch, trait
from sutaz_tui.checks.mcp.category import CATEGORY
from sutaz_tui.checks.messaging.management import EXCHANGE, listed, takes, vhost
from sutaz_tui.errors import TimedOut
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.websocket import Frames
from sutaz_tui.text.sanitise import one_line

# Frames of other clients that may come between before ours must have come.
MOST_FRAMES = 20


async def _who(ask: Ask, target: str) -> str:
    """The name of the agent that a message for `target` reaches; "nobody" with the bridge's words."""
    message = {
        "id": f"sutaztui-{secrets.token_hex(4)}",
        "source": "sutaztui",
        "target": target,
        "type": "health.check",
        "payload": {},
    }
    answer = await ask.post("mcp-bridge", "/route", json=message)
    if answer.status >= 500 or answer.status == 404:
        return f"nobody ({answer.status}: {one_line(answer.text(), 60)})"
    return next(_names(ask.as_object(answer)), "an answer without a name")


def _names(value: Any) -> Iterator[str]:
    """The values of `agent` at any depth of an answer: the bridge wraps what the agent said."""
    if isinstance(value, dict):
        if isinstance(value.get("agent"), str):
            yield value["agent"]
        for inner in value.values():
            yield from _names(inner)


@CATEGORY.check(
    "route.crewai",
    "a message for CrewAI reaches CrewAI, not Letta",
    "mcp-bridge",
    "crewai",
    twin=trait(bridge_routes_crewai_to_letta=True),
    check_class=CheckClass.WRITES,
    sends="one message of type health.check, which the bridge hands on to the agent",
    covers=("mcp-09",),
)
async def route_crewai(ask: Ask) -> str:
    reached = await _who(ask, "crewai")
    ask.expect(reached == "CrewAI", "CrewAI answers a message for crewai", f"{reached} answered it")
    return "CrewAI answered"


@CATEGORY.check(
    "route.all",
    "a message for each of the eight agents reaches that agent",
    "mcp-bridge",
    *AGENTS,
    twin=patch("mcp-bridge", "/route", set={"response.agent": "Letta"}),
    check_class=CheckClass.WRITES,
    sends="eight messages of type health.check, which the bridge hands on to the agents",
)
async def route_all(ask: Ask) -> str:
    wrong = [f"{id}: {who}" for id, name in AGENTS.items() if (who := await _who(ask, id)) != name]
    ask.expect(not wrong, "8 of 8 reached", f"{8 - len(wrong)} of 8; {'; '.join(wrong)}")
    return "8 of 8 reached"


@CATEGORY.check(
    "tasks.submit",
    "a task accepted by the bridge is queued in the broker",
    "mcp-bridge",
    "rabbitmq",
    twin=trait(bridge_tasks_vanish=True),
    check_class=CheckClass.LEAVES,
    sends="one task sutaztui-… for an agent that converses, which stays queued until somebody takes it",
    covers=("mcp-11", "mcp-12"),
)
async def tasks_submit(ask: Ask) -> str:
    name = f"sutaztui-{secrets.token_hex(6)}"
    task = {
        "task_id": name,
        "task_type": "conversation",
        "description": "sutaz-tui: nothing to do",
    }
    async with ask.amqp("rabbitmq") as channel:
        # A private copy of whatever is published for agents shows where the bridge sent it.
        await channel.private_queue(name, [(EXCHANGE, "agent.#")])
        answer = await ask.post("mcp-bridge", "/tasks/submit", json=task)
        if answer.status == 400:
            raise Wrong("an agent for a conversation", f"400: {one_line(answer.text(), 80)}")
        ask.as_object(answer)
        key = ""
        while not key and (arrived := await channel.fetch(name)) is not None:
            key = arrived.routing_key if name.encode() in arrived.body else ""
    if not key:
        raise Wrong(f"the task published to {EXCHANGE}", "submitted, but nothing was published for any agent")
    found = [
        str(binding.get("destination"))
        for binding in await listed(ask, f"/api/bindings/{vhost(ask)}")
        if binding.get("source") == EXCHANGE
        and not str(binding.get("destination")).startswith("sutaztui-")
        and takes(str(binding.get("routing_key")), key)
    ]
    ask.expect(
        bool(found), "a queue that takes it", f"published as {key!r}, which no queue is bound to: it is lost"
    )
    return f"published as {key}, queued in {', '.join(found)}"


async def _frame(frames: Frames, ask: Ask, sign: str, expected: str) -> dict[str, Any]:
    """The next frame in which `sign` stands."""
    for _ in range(MOST_FRAMES):
        try:
            text = await frames.receive(ask.timeout / 4)
        except TimedOut as late:
            raise Wrong(expected, late.words) from late
        if sign in text:
            try:
                found = json.loads(text)
            except ValueError as error:
                raise Wrong(expected, f"a frame that is not JSON: {one_line(text, 60)}") from error
            if isinstance(found, dict):
                return found
    raise Wrong(expected, f"{MOST_FRAMES} other frames")


@CATEGORY.check(
    "socket",
    "the bridge's WebSocket greets a client and delivers broadcasts",
    "mcp-bridge",
    twin=trait(bridge_broadcasts=False),
    check_class=CheckClass.WRITES,
    sends="one broadcast and one direct message on the bridge's WebSocket; every client connected then sees the broadcast",
    covers=("mcp-10",),
)
async def socket(ask: Ask) -> str:
    nonce = secrets.token_hex(8)
    async with (
        ask.websocket("mcp-bridge", "/ws/sutaztui-1") as one,
        ask.websocket("mcp-bridge", "/ws/sutaztui-2") as two,
    ):
        for frames, id in ((one, "sutaztui-1"), (two, "sutaztui-2")):
            greeting = await _frame(frames, ask, id, f"a frame connected for {id}")
            ask.expect(greeting.get("type") == "connected", "type connected", greeting.get("type"))
        direct = {"type": "direct", "target": "sutaztui-2", "payload": {"nonce": f"{nonce}-direct"}}
        await one.send(json.dumps(direct))
        await _frame(two, ask, f"{nonce}-direct", "the direct message at the other client")
        await one.send(json.dumps({"type": "broadcast", "payload": {"nonce": f"{nonce}-all"}}))
        await _frame(two, ask, f"{nonce}-all", "the broadcast at the other client")
    return "greeted, reached directly and by a broadcast"
