"""Who else may answer at a service's port, and answers of a service with something in them that cannot be."""

import asyncio
import json
import random
import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

GREETINGS = {
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
    "smtp": b"220 mail.example.org ESMTP Postfix (Debian/GNU)\r\n",
    "redis": b"-ERR wrong number of arguments for 'get' command\r\n",
}
"""What servers of other protocols say to whoever connects or writes."""

HTML = (
    "<!doctype html><html><head><title>Sign in</title></head><body><div id='root'><h1>Sign in</h1>"
    "<p>ok ready healthy true status version models</p><form method='post'></form></div></body></html>"
)
NGINX = (
    "<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1>"
    "<p>If you see this page, the nginx web server is successfully installed and working.</p></body></html>"
)
PAGES = ("html", "nginx", "json", "list", "echo")
WORDS = (*PAGES, *GREETINGS)
LISTED = 20_000


async def page(who: str, request: Request) -> Response:
    """What an imposter answers with 200 to any request."""
    if who in ("html", "nginx"):
        return Response(HTML if who == "html" else NGINX, media_type="text/html")
    if who == "list":
        return Response(_long_list(), media_type="application/json")
    told = await _echo(request) if who == "echo" else _anything(f"{request.method} {request.url.path}")
    return Response(json.dumps(told), media_type="application/json")


@cache
def _long_list() -> bytes:
    return json.dumps([{"id": number, "name": f"thing-{number}"} for number in range(LISTED)]).encode()


async def _echo(request: Request) -> dict[str, Any]:
    body = await request.body()
    try:
        sent = json.loads(body)
    except ValueError:
        sent = None
    told = {
        "method": request.method,
        "path": request.url.path,
        "query": dict(request.query_params),
        "headers": dict(request.headers),
        "body": body.decode("utf-8", "replace"),
    }
    return {**told, **(sent if isinstance(sent, dict) else {})}


def _anything(seed: str) -> dict[str, Any]:
    drawn = random.Random(seed)
    values: list[Callable[[], Any]] = [
        lambda: drawn.randint(-5, 99),
        lambda: round(drawn.uniform(-5, 99), 3),
        lambda: drawn.choice(("blue", "green", "17", "")),
        lambda: drawn.random() < 0.5,
        lambda: [drawn.randint(0, 9)],
        lambda: {"blue": drawn.randint(0, 9)},
    ]
    keys = ("id", "name", "status", "version", "data", "result", "items", "count", "colour", "models")
    return {key: drawn.choice(values)() for key in keys if drawn.random() < 0.8} | {"version": 17}


class Greets(asyncio.Protocol):
    """Says its line at once and again to whatever it hears."""

    def __init__(self, who: str) -> None:
        self._line = GREETINGS[who]
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._line)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(self._line)


MUTATIONS = ("types", "shapes", "null", "nan", "huge", "negative", "past", "future")
PLANTED = {"types": "planted", "huge": 10**18, "negative": -(10**18)}
PLANTED_NUMBER = 1717
YEARS = {"past": -3, "future": 9}
_ISO = re.compile(r"(\d{4})-(\d\d-\d\d[T ]\d\d:\d\d:\d\d)")
_SAMPLE = re.compile(r"^([^#\n].*?[ }])([-+]?(?:[\d.]+(?:e[-+]?\d+)?|NaN|[+-]?Inf))$", re.M)
_SPAN = 5 * 365 * 86_400.0


def mutated(how: str, body: bytes) -> bytes:
    """A JSON body or a page of metrics with every value of a kind made one that cannot be."""
    try:
        value = json.loads(body)
    except ValueError:
        change = lambda found: found[1] + str(_leaf(how, float(found[2])))  # noqa: E731
        return _SAMPLE.sub(change, body.decode("utf-8", "replace")).encode()
    return json.dumps(_value(how, value, is_top=True)).encode()


def _value(how: str, value: Any, is_top: bool = False) -> Any:
    if isinstance(value, dict):
        if how == "shapes" and not is_top:
            return [_value(how, each) for each in value.values()]
        return {key: _value(how, each) for key, each in value.items()}
    if isinstance(value, list):
        if how == "shapes" and not is_top:
            return {str(place): _value(how, each) for place, each in enumerate(value)}
        return [_value(how, each) for each in value]
    return _leaf(how, value)


def _leaf(how: str, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match how:
        case "types":
            return PLANTED_NUMBER if isinstance(value, str) else PLANTED[how]
        case "null":
            return None
        case "nan" if is_number:
            return float("nan")
        case "huge" | "negative" if is_number:
            return PLANTED[how]
        case "past" | "future":
            return _moved(YEARS[how], value)
    return value


def _moved(years: int, value: Any) -> Any:
    """A moment so many years off, in whatever form it is written; other values as they are."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    if isinstance(value, str) and _ISO.match(value):
        return _ISO.sub(lambda found: f"{int(found[1]) + years}-{found[2]}", value)
    try:
        number = float(value)
    except ValueError:
        return value
    for scale in (1.0, 1e3, 1e6, 1e9):
        if abs(number / scale - time.time()) < _SPAN:
            moved = number + years * 365 * 86_400 * scale
            return type(value)(int(moved) if isinstance(value, int | str) else moved)
    return value
