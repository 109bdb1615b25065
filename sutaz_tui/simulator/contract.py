"""What the stack's FastAPI services take, as the real ones told it: whatever those refuse is refused here, in their words."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILE = Path(__file__).parent / "contracts.json"
FORM = "application/x-www-form-urlencoded"
EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$")
TRUE, FALSE = ("true", "1", "yes", "on", "t", "y"), ("false", "0", "no", "off", "f", "n")
Schema = dict[str, Any]


@cache
def _contracts() -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = json.loads(FILE.read_text("utf-8"))
    return found


class Contract:
    """`paths` of one service with what each method takes; `document` is where the service serves its OpenAPI."""

    def __init__(self, endpoint: str, document: str) -> None:
        self.paths = _contracts()[endpoint]
        self._document = document
        # A path without parameters goes before one that would take it as a parameter's value.
        self._patterns = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$"), methods)
            for path, methods in sorted(self.paths.items(), key=lambda item: "{" in item[0])
        ]

    def openapi(self, title: str, version: str) -> Response:
        """The document in which the service describes its routes."""
        paths: dict[str, Any] = {
            path: {m.lower(): {} for m in methods} for path, methods in self.paths.items()
        }
        return JSONResponse(
            {"openapi": "3.1.0", "info": {"title": title, "version": version}, "paths": paths}
        )

    def refusal(self, method: str, path: str, query: str, content_type: str, body: bytes) -> Response | None:
        """The answer to a request that the service refuses before it reads its meaning; None where it takes it."""
        if path == self._document:
            return None
        methods = next((methods for pattern, methods in self._patterns if pattern.match(path)), None)
        if methods is None:
            other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
            if any(pattern.match(other) for pattern, _ in self._patterns):
                return None  # redirected by the router
            return JSONResponse({"detail": "Not Found"}, 404)
        if method not in methods:
            return JSONResponse({"detail": "Method Not Allowed"}, 405, {"allow": ", ".join(methods)})
        faults = _query_faults(methods[method].get("query", {}), query)
        if "body" in methods[method]:
            faults += _body_faults(methods[method], content_type, body)
        return JSONResponse({"detail": faults}, 422) if faults else None


class Held:
    """Middleware that refuses what the contract does; `unheld` tells a request that the service itself judges first."""

    def __init__(self, app: ASGIApp, contract: Contract, unheld: Callable[[Scope], bool]) -> None:
        self._app = app
        self._contract = contract
        self._unheld = unheld

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._unheld(scope):
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message["type"] == "http.request" and message.get("more_body", False)
        read = False

        async def again() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        content_type = Headers(scope=scope).get("content-type", "")
        query = scope["query_string"].decode("latin-1")
        refused = self._contract.refusal(scope["method"], scope["path"], query, content_type, body)
        await (refused or self._app)(scope, again, send)


def faults_of(schema: Schema, value: Any, place: list[Any]) -> list[dict[str, Any]]:
    """What of a value does not fit a schema, each fault as pydantic words it; numbers and truths may be written as text."""
    if "anyOf" in schema:
        if value is None and {"type": "null"} in schema["anyOf"]:
            return []
        return faults_of(next(each for each in schema["anyOf"] if each != {"type": "null"}), value, place)
    match schema.get("type"):
        case "string":
            return _string_faults(schema, value, place)
        case "integer" | "number" | "boolean" as kind:
            return _scalar_faults(kind, schema, value, place)
        case "array":
            if not isinstance(value, list):
                return [_fault("list_type", place, "Input should be a valid list", value)]
            return [
                fault
                for index, each in enumerate(value)
                for fault in faults_of(schema.get("items", {}), each, [*place, index])
            ]
        case "object":
            return _object_faults(schema, value, place)
    return []


def _object_faults(schema: Schema, value: Any, place: list[Any]) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        if schema.get("$model"):
            message = "Input should be a valid dictionary or object to extract fields from"
            return [_fault("model_attributes_type", place, message, value)]
        return [_fault("dict_type", place, "Input should be a valid dictionary", value)]
    faults = []
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            faults += faults_of(inner, value[name], [*place, name])
        elif name in schema.get("required", []):
            faults.append(_fault("missing", [*place, name], "Field required", value))
    return faults


def _string_faults(schema: Schema, value: Any, place: list[Any]) -> list[dict[str, Any]]:
    if not isinstance(value, str):
        return [_fault("string_type", place, "Input should be a valid string", value)]
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if len(value) < shortest:
        message = f"String should have at least {shortest} characters"
        return [_fault("string_too_short", place, message, value, min_length=shortest)]
    if longest is not None and len(value) > longest:
        message = f"String should have at most {longest} characters"
        return [_fault("string_too_long", place, message, value, max_length=longest)]
    if schema.get("format") == "email" and not EMAIL.match(value):
        reason = "An email address must have an @-sign."
        return [
            _fault(
                "value_error", place, f"value is not a valid email address: {reason}", value, reason=reason
            )
        ]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        message = f"String should match pattern '{schema['pattern']}'"
        return [_fault("string_pattern_mismatch", place, message, value, pattern=schema["pattern"])]
    return []


def _scalar_faults(kind: str, schema: Schema, value: Any, place: list[Any]) -> list[dict[str, Any]]:
    word, name = {
        "integer": ("int", "integer"),
        "number": ("float", "number"),
        "boolean": ("bool", "boolean"),
    }[kind]
    if isinstance(value, bool) or (kind == "boolean" and value in (0, 1)):
        return []
    if kind == "boolean":
        if isinstance(value, str) and value.lower() in TRUE + FALSE:
            return []
        message = "Input should be a valid boolean" + (
            ", unable to interpret input" if isinstance(value, str) else ""
        )
        return [_fault(f"bool_{'parsing' if isinstance(value, str) else 'type'}", place, message, value)]
    if not isinstance(value, str | int | float):
        return [_fault(f"{word}_type", place, f"Input should be a valid {name}", value)]
    try:
        number = float(value)
    except ValueError:
        message = f"Input should be a valid {name}, unable to parse string as {'an' if kind == 'integer' else 'a'} {name}"
        return [_fault(f"{word}_parsing", place, message, value)]
    if kind == "integer" and number != int(number):
        message = "Input should be a valid integer, got a number with a fractional part"
        return [_fault("int_from_float", place, message, value)]
    if number < schema.get("minimum", number):
        limit = schema["minimum"]
        message = f"Input should be greater than or equal to {limit:g}"
        return [_fault("greater_than_equal", place, message, value, ge=limit)]
    if number > schema.get("maximum", number):
        limit = schema["maximum"]
        message = f"Input should be less than or equal to {limit:g}"
        return [_fault("less_than_equal", place, message, value, le=limit)]
    return []


def _query_faults(wanted: dict[str, Schema], query: str) -> list[dict[str, Any]]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    faults = []
    for name, schema in wanted.items():
        if name in given:
            faults += faults_of(schema, given[name], ["query", name])
        elif schema["$required"]:
            faults.append(_fault("missing", ["query", name], "Field required", None))
    return faults


def _body_faults(operation: dict[str, Any], content_type: str, body: bytes) -> list[dict[str, Any]]:
    schema = operation["body"]
    if operation["media"] != "application/json":
        given: dict[str, str] = {}
        if content_type.startswith(FORM):
            # As python-multipart reads it: bytes that were not percent-encoded are Latin-1, the last of a name counts,
            # and an empty one is none.
            given = dict(parse_qsl(body.decode("latin-1")))
        found = _object_faults(schema, given, ["body"])
        return [{**fault, "input": None} if fault["type"] == "missing" else fault for fault in found]
    if not body:
        return [_fault("missing", ["body"], "Field required", None)]
    if content_type and "json" not in content_type.partition(";")[0]:
        return faults_of(schema, body.decode("utf-8", "replace"), ["body"])
    try:
        value = json.loads(body)
    except ValueError as error:
        at = error.pos if isinstance(error, json.JSONDecodeError) else 0
        words = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return [_fault("json_invalid", ["body", at], "JSON decode error", {}, error=words)]
    return faults_of(schema, value, ["body"])


def _fault(kind: str, place: list[Any], message: str, found: Any, **context: Any) -> dict[str, Any]:
    fault = {"type": kind, "loc": place, "msg": message, "input": found}
    return {**fault, "ctx": context} if context else fault
