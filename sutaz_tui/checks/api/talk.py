"""Talking to the backend: one chat message, and the WebSockets that the frontend keeps open."""

import json
from typing import Any

from sutaz_tui.checks import reading
from sutaz_tui.checks.api.models import answered_by
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Run, Wrong, patch, trait
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.websocket import Frames

CATEGORY = Category("api")
LONGEST = 60.0
SEND = "/api/v1/chat/send"
# Two doors to one chat.
SOCKETS = {"ws": "/ws", "chat_ws": "/api/v1/chat/ws"}


@CATEGORY.check(
    "chat.send",
    "a chat message is answered by a model, with text and time",
    "backend",
    "ollama",
    twin=patch("backend", SEND, set={"response": ""}),
    check_class=CheckClass.HEAVY,
    timeout=LONGEST,
    sends="one short chat with the model",
    covers=("api-07",),
)
async def send(ask: Ask) -> str:
    answer = await ask.post("backend", SEND, json={"message": "Say hello."})
    found = ask.as_object(answer)
    ask.expect(found.get("status") == "success", "status success", found.get("status"))
    reading.spoken(found.get("response"))
    model = await answered_by(ask, found)
    took = reading.taken(found.get("response_time"), answer.latency)
    return f"{model} in {took:.2f} s"


async def _frame(ask: Ask, frames: Frames, kind: str) -> dict[str, Any]:
    text = await frames.receive(ask.timeout)
    try:
        found = json.loads(text)
    except ValueError:
        raise Wrong(f"a frame of type {kind} in JSON", text) from None
    if not isinstance(found, dict) or found.get("type") != kind:
        raise Wrong(f"a frame of type {kind}", text)
    return found


async def _greeted(ask: Ask, frames: Frames) -> str:
    hello = await _frame(ask, frames, "connection")
    ask.expect(hello.get("status") == "connected", "status connected", hello.get("status"))
    ask.expect(bool(hello.get("session_id")), "a session", "none")
    return str(hello["session_id"])


@CATEGORY.check(
    "ws.greets",
    "two WebSockets get a greeting and different sessions",
    "backend",
    twin=trait(websocket_greets=False),
    timeout=5.0,
)
async def greets(ask: Ask) -> str:
    async with ask.websocket("backend", "/ws") as first, ask.websocket("backend", "/ws") as second:
        # A frame that brings an answer, so that a socket that says nothing first is heard at all.
        for frames in (first, second):
            await frames.send(json.dumps({"type": "ping"}))
        sessions = {await _greeted(ask, frames) for frames in (first, second)}
    ask.expect(len(sessions) == 2, "two sessions", "one session for both")
    return "two sessions"


def _pongs(path: str) -> Run:
    async def run(ask: Ask) -> str:
        async with ask.websocket("backend", path) as frames:
            await _greeted(ask, frames)
            await frames.send(json.dumps({"type": "ping"}))
            # Whatever the socket makes of a ping, it has something to say to this.
            await frames.send(json.dumps({"type": "sutaztui-none"}))
            pong = await _frame(ask, frames, "pong")
        ask.expect(bool(pong.get("timestamp")), "a pong with its time", pong)
        return "ping, pong"

    return run


for _name, _path in SOCKETS.items():
    CATEGORY.add(
        f"ws.{_name}.pong",
        f"{_path} answers a ping with a pong",
        _pongs(_path),
        "backend",
        twin=trait(websocket_pongs=False),
        timeout=5.0,
        covers=("api-10",) if _name == "ws" else (),
    )


@CATEGORY.check(
    "ws.history",
    "the history of a new session is empty",
    "backend",
    twin=trait(websocket_tells_history=False),
    timeout=5.0,
    covers=("api-08",),
)
async def history(ask: Ask) -> str:
    async with ask.websocket("backend", "/ws") as frames:
        await _greeted(ask, frames)
        await frames.send(json.dumps({"type": "get_history"}))
        found = await _frame(ask, frames, "history")
    ask.expect(found.get("messages") == [] and found.get("count") == 0, "no messages yet", found)
    return "empty"
