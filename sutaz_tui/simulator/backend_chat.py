"""The backend's chat: HTTP and WebSocket, sessions in memory, and the stub vector routes."""

import asyncio
import time
import uuid
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sutaz_tui.simulator.backend_auth import Accounts
from sutaz_tui.simulator.web import json_object, json_value, think
from sutaz_tui.simulator.world import World

SILENCE = 20.0
"""Seconds after which /ws closes a silent client."""


class Chat:
    """Chat routes; `sessions` holds each session's messages."""

    def __init__(self, world: World, accounts: Accounts) -> None:
        self.world = world
        self.accounts = accounts
        self.sessions: dict[str, list[dict[str, str]]] = {}

    def routes(self) -> list[BaseRoute]:
        base = "/api/v1"
        return [
            Route(f"{base}/chat/", self.chat, methods=["POST"]),
            Route(f"{base}/chat/message", self.chat, methods=["POST"]),
            Route(f"{base}/chat/send", self.send, methods=["POST"]),
            Route(f"{base}/chat/sessions/{{id}}", self.session, methods=["GET", "DELETE"]),
            Route(f"{base}/chat/models", self.models),
            Route(f"{base}/chat/health", self.health),
            Route(f"{base}/simple_chat/", self.simple, methods=["POST"]),
            Route(f"{base}/vectors/search", self.vectors, methods=["POST"]),
            Route(f"{base}/vectors/store", self.vectors, methods=["POST"]),
            # The stack's own prefix is doubled.
            Route(f"{base}/jarvis/jarvis/broadcast", self.broadcast, methods=["POST"]),
            WebSocketRoute("/ws", self.socket),
            WebSocketRoute(f"{base}/chat/ws", self.socket),
        ]

    def has_model(self) -> bool:
        traits = self.world.traits
        return self.world.is_reachable("ollama") and bool(traits.models) and traits.chat_answers

    def model(self) -> str:
        return self.world.traits.models[0] if self.world.traits.models else "none"

    async def answer(self, message: str, session: str) -> str:
        await think(self.world, 0.02)
        history = self.sessions.setdefault(session, []) if self.world.traits.chat_remembers else []
        text = f"Heard {len(message.split())} words; this is turn {len(history) // 2 + 1}."
        stamp = _stamp(self.world)
        if self.world.traits.chat_keeps_questions:
            history.append({"role": "user", "content": message, "timestamp": stamp})
        history.append({"role": "assistant", "content": text, "timestamp": stamp})
        return text

    async def chat(self, request: Request) -> Response:
        return await self._chat(await json_object(request))

    async def send(self, request: Request) -> Response:
        value = await json_object(request)
        if not value["message"].strip():
            raise HTTPException(400, "Message cannot be empty")
        traits = self.world.traits
        if not traits.chat_takes_punctuation and not value["message"].isascii():
            return Response("Internal Server Error", 500)
        if traits.chat_limits_length and len(value["message"]) > 5000:
            raise HTTPException(400, "Message too long (at most 5000 characters)")
        return await self._chat(value)

    async def _chat(self, value: dict[str, Any]) -> Response:
        if not self.has_model():
            raise HTTPException(503, "Ollama service unavailable")
        started = time.perf_counter()
        session = str(value.get("session_id") or uuid.uuid4())
        text = await self.answer(value["message"], session)
        return JSONResponse(
            {
                "response": text,
                "session_id": session,
                "model": self.model(),
                "status": "success",
                "timestamp": _stamp(self.world),
                "response_time": time.perf_counter() - started,
            }
        )

    async def simple(self, request: Request) -> Response:
        value = await json_object(request)
        session = str(value.get("session_id") or uuid.uuid4())
        reached = self.has_model()
        text = await self.answer(value["message"], session) if reached else "I am offline at the moment."
        return JSONResponse(
            {
                "response": text,
                "model": self.model() if reached else "offline",
                "success": reached,
                "session_id": session,
                "timestamp": _stamp(self.world),
                "metadata": {},
            }
        )

    async def session(self, request: Request) -> Response:
        self.accounts.signed_in(request)
        session = request.path_params["id"]
        if session not in self.sessions:
            raise HTTPException(404, "Session not found")
        if request.method == "DELETE":
            del self.sessions[session]
            return JSONResponse({"message": "Session deleted"})
        messages = self.sessions[session]
        return JSONResponse({"session_id": session, "messages": messages, "count": len(messages)})

    async def models(self, request: Request) -> Response:
        if not self.world.is_reachable("ollama"):
            raise HTTPException(503, "Ollama service unavailable")
        models = [
            {"name": name, "size": 637_700_138, "modified": "2025-11-16T00:00:00Z"}
            for name in self.world.traits.models
        ]
        return JSONResponse({"models": models, "count": len(models), "ollama_url": self.world.url("ollama")})

    async def health(self, request: Request) -> Response:
        reached = self.has_model()
        return JSONResponse(
            {
                "status": "healthy" if reached else "unhealthy",
                "ollama_url": self.world.url("ollama"),
                "model_count": len(self.world.traits.models) if reached else 0,
                "timestamp": _stamp(self.world),
            }
        )

    async def vectors(self, request: Request) -> Response:
        self.accounts.signed_in(request)
        value = await json_value(request)
        if request.url.path.endswith("store"):
            return JSONResponse({"status": "stored", "ids": [value["id"]]})
        return JSONResponse([{"id": "doc_1", "score": 0.95}, {"id": "doc_2", "score": 0.87}])

    async def broadcast(self, request: Request) -> Response:
        if self.world.traits.broadcast_needs_login:
            self.accounts.signed_in(request)
        await json_object(request)
        return JSONResponse({"status": "broadcast sent", "recipients": 0})

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        session = str(uuid.uuid4())
        if self.world.traits.websockets_share_a_session:
            session = "00000000-0000-4000-8000-000000000000"
            self.sessions.setdefault(session, [{"role": "user", "content": "hello"}])
        hello = {"type": "connection", "status": "connected", "session_id": session}
        if self.world.traits.websocket_greets:
            await socket.send_json({**hello, "message": "WebSocket chat connected successfully"})
        try:
            while True:
                async with asyncio.timeout(SILENCE):
                    frame = await socket.receive_json()
                for answer in await self._frames(frame, session):
                    await socket.send_json(answer)
        except TimeoutError:
            await socket.close()
        except (WebSocketDisconnect, ValueError, KeyError):
            return

    async def _frames(self, frame: dict[str, Any], session: str) -> list[dict[str, Any]]:
        stamp = _stamp(self.world)
        match frame.get("type"):
            case "ping":
                return [{"type": "pong", "timestamp": stamp}] if self.world.traits.websocket_pongs else []
            case "chat":
                message = str(frame.get("message", ""))
                received = {"type": "message_received", "message": message, "timestamp": stamp}
                if not self.has_model():
                    return [received, {"type": "error", "message": "Ollama service unavailable"}]
                text = await self.answer(message, session)
                if not frame.get("stream", True):
                    return [received, {"type": "response", "response": text, "model": self.model()}]
                chunks = [{"type": "stream_chunk", "content": f"{word} "} for word in text.split()]
                end = {"type": "stream_end", "full_response": text}
                return [received, {"type": "stream_start", "model": self.model()}, *chunks, end]
            case "get_history" if self.world.traits.websocket_tells_history:
                messages = self.sessions.get(session, [])
                return [{"type": "history", "messages": messages, "count": len(messages)}]
            case "clear_history":
                self.sessions.pop(session, None)
                return [{"type": "history_cleared", "timestamp": stamp}]
            case other:
                return [{"type": "error", "message": f"Unknown message type: {other}"}]


def _stamp(world: World) -> str:
    return world.now().replace(tzinfo=None).isoformat()
