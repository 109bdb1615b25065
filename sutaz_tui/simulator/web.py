"""What the stack's FastAPI services share: their contract, JSON errors, and the answers to bodies of the wrong shape."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ExceptionHandler, Scope

from sutaz_tui.simulator.contract import Contract, Held
from sutaz_tui.simulator.world import World

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What reading a body of another shape raises; the services' own code raises none of these for a good one."""


class WrongShape(Exception):
    """A body that does not fit: answered 422 with FastAPI's list of faults."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__("wrong shape")
        self.faults = faults


def fastapi(
    routes: Sequence[BaseRoute], contract: Contract, unheld: Callable[[Scope], bool] = lambda _: False
) -> Starlette:
    """An application whose errors read as FastAPI's, `{"detail": …}`, and that refuses what the real service does."""
    held = Middleware(Held, contract=contract, unheld=unheld)
    rest = [Route(path, _not_simulated, methods=methods) for path, methods in contract.paths.items()]
    return application([*routes, *rest], {HTTPException: _http_error, WrongShape: _wrong_shape}, [held])


def application(
    routes: Sequence[BaseRoute],
    handlers: Mapping[Any, ExceptionHandler] | None = None,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """An application that answers 400 to a body or parameter that it cannot read."""
    unreadable: dict[Any, ExceptionHandler] = dict.fromkeys(UNREADABLE, _unreadable)
    return Starlette(
        routes=routes, exception_handlers={**unreadable, **(handlers or {})}, middleware=middleware
    )


async def _unreadable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "bad_request", "message": f"{type(error).__name__}: {error}"}, 400)


async def _not_simulated(request: Request) -> Response:
    return JSONResponse({"detail": "the real service has this route, the simulated one does not"}, 501)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, dict(error.headers or {}))


async def _wrong_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, WrongShape)
    return JSONResponse({"detail": error.faults}, 422)


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON body, an object; raises WrongShape. What its keys must be is the contract's."""
    value = await json_value(request)
    if not isinstance(value, dict):
        message = "Input should be a valid dictionary"
        raise WrongShape([{"type": "dict_type", "loc": ["body"], "msg": message, "input": value}])
    return value


async def json_value(request: Request) -> Any:
    """The JSON body, of whatever shape; raises WrongShape."""
    raw = await request.body()
    try:
        return json.loads(raw)
    except ValueError as error:
        fault = {"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}}
        raise WrongShape([{**fault, "ctx": {"error": str(error)}}]) from None


async def think(world: World, typical: float) -> None:
    """Take as long as the service would, about `typical` seconds."""
    await asyncio.sleep(world.latency(typical))
