"""What the stack's FastAPI services share: JSON errors, and the answers to bodies of the wrong shape."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ExceptionHandler

from sutaz_tui.simulator.world import World

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What reading a body of another shape raises; the services' own code raises none of these for a good one."""


class WrongShape(Exception):
    """A body that does not fit: answered 422 with FastAPI's list of faults."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__("wrong shape")
        self.faults = faults


def fastapi(routes: Sequence[BaseRoute]) -> Starlette:
    """An application whose errors read as FastAPI's: `{"detail": …}`."""
    return application(routes, {HTTPException: _http_error, WrongShape: _wrong_shape})


def application(
    routes: Sequence[BaseRoute], handlers: Mapping[Any, ExceptionHandler] | None = None
) -> Starlette:
    """An application that answers 400 to a body or parameter that it cannot read."""
    unreadable: dict[Any, ExceptionHandler] = dict.fromkeys(UNREADABLE, _unreadable)
    return Starlette(routes=routes, exception_handlers={**unreadable, **(handlers or {})})


async def _unreadable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "bad_request", "message": f"{type(error).__name__}: {error}"}, 400)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, dict(error.headers or {}))


async def _wrong_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, WrongShape)
    return JSONResponse({"detail": error.faults}, 422)


async def json_object(request: Request, **required: type) -> dict[str, Any]:
    """The JSON body with its `required` keys present and of their type; raises WrongShape."""
    value = await json_value(request)
    if not isinstance(value, dict):
        message = "Input should be a valid dictionary"
        raise WrongShape([{"type": "model_attributes_type", "loc": ["body"], "msg": message, "input": value}])
    faults = []
    for key, kind in required.items():
        if key not in value:
            faults.append({"type": "missing", "loc": ["body", key], "msg": "Field required", "input": value})
        elif not isinstance(value[key], kind):
            message = f"Input should be a valid {'string' if kind is str else kind.__name__}"
            faults.append(
                {"type": f"{kind.__name__}_type", "loc": ["body", key], "msg": message, "input": value[key]}
            )
    if faults:
        raise WrongShape(faults)
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
