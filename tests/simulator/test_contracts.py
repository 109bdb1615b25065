"""The simulated FastAPI services refuse what the real ones do and answer in their shapes, as their OpenAPI tells both."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Check, Twin
from sutaz_tui.checks.security.exposure import BESIDE
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import Outcome
from tests.checks.on_stack import EVERYTHING, forget, not_passed, requests, run
from tests.contracts import FILE, contracts, documents, resolved
from tests.simulator.stack import Stack
from tests.simulator.test_recorded import login

DOCUMENTS = documents()
WRONG: dict[str, Any] = {"string": 7, "integer": "seven", "number": "seven", "boolean": "seven"}
WRONG |= {"object": "seven", "array": "seven"}
RIGHT: dict[str, Any] = {"string": "seven-eight", "integer": 7, "number": 7.5, "boolean": True, "object": {}}
NAMED: dict[str, Any] = {"email": "a@example.com", "username": "contracts", "password": "Contracts-Passw0rd!"}
MEANT_TO_BE_REFUSED = {
    "backend GET /api/v1/auth/login 405",
    "backend GET /api/v1/health/services/<script> 404",
    "backend GET /api/v1/health/services/postgresql 404",
    "backend GET /api/v1/health/services/sutaztui-none 404",
    "backend GET /api/v1/sutaztui-none 404",
    "backend POST /api/v1/auth/login 422",
    "backend POST /api/v1/auth/refresh 422",
    "backend POST /api/v1/auth/register 422",
    "backend POST /api/v1/jarvis/jarvis/broadcast 422",
    "faiss DELETE /collections/sutaztui-vectors 404",
    "faiss POST /search 404",
    "faiss POST /search 422",
    *(f"backend GET {path} 404" for path in BESIDE),
}
"""What checks send to see it refused."""


def operations(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENTS[name]["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def body_of(operation: dict[str, Any], name: str) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    found: dict[str, Any] | None = None
    if "application/json" in content:
        found = resolved(content["application/json"]["schema"], DOCUMENTS[name])
    return found


def right(schema: dict[str, Any], name: str = "") -> Any:
    """A value that fits."""
    if "anyOf" in schema:
        return right(schema["anyOf"][0], name)
    if schema.get("type") == "object":
        return {key: right(inner, key) for key, inner in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [right(schema["items"])]
    if schema["type"] in ("integer", "number"):
        return min(max(RIGHT[schema["type"]], schema.get("minimum", 0)), schema.get("maximum", 8000))
    return NAMED.get(name, RIGHT[schema["type"]])


def kind(schema: dict[str, Any]) -> str:
    return str(schema["anyOf"][0]["type"] if "anyOf" in schema else schema["type"])


def wrong(schema: dict[str, Any]) -> Iterator[tuple[Any, list[Any], str]]:
    """Bodies with one fault each: where the fault is, and how its type begins."""
    good = right(schema)
    yield (
        WRONG[schema["type"]],
        ["body"],
        {"object": ("model" if schema.get("$model") else "dict"), "array": "list"}[schema["type"]],
    )
    if schema["type"] == "array":
        inner = schema["items"]
        yield [WRONG[inner["type"]]], ["body", 0], ""
        return
    for key in schema.get("required", []):
        yield {name: value for name, value in good.items() if name != key}, ["body", key], "missing"
    for key, inner in schema.get("properties", {}).items():
        yield {**good, key: WRONG[kind(inner)]}, ["body", key], ""


def misfits(schema: Any, value: Any, place: str = "$") -> list[str]:
    """Where an answer is not what the document says of it."""
    if "anyOf" in schema:
        found = [misfits(each, value, place) for each in schema["anyOf"]]
        return [] if [] in found else found[0]
    types: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    types |= {"object": dict, "array": list, "null": type(None)}
    wanted = schema.get("type")
    if wanted is None:
        return []
    if not isinstance(value, types[wanted]) or (isinstance(value, bool) and wanted != "boolean"):
        return [f"{place}: {type(value).__name__} for {wanted}"]
    if wanted == "array":
        return [
            words
            for index, each in enumerate(value)
            for words in misfits(schema["items"], each, f"{place}.{index}")
        ]
    if wanted == "object":
        lost = [f"{place}.{key}: missing" for key in schema.get("required", []) if key not in value]
        inner = schema.get("properties", {})
        return lost + [
            words
            for key in inner
            if key in value
            for words in misfits(inner[key], value[key], f"{place}.{key}")
        ]
    return []


def test_the_simulated_stack_knows_what_was_recorded() -> None:
    assert json.loads(FILE.read_text("utf-8")) == contracts(), "python -m tests.contracts writes it anew"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_path_or_method_that_the_real_service_has_not_is_refused(stack: Stack, name: str) -> None:
    nowhere = stack.get(name, "/capabilities")
    assert (nowhere.status_code, nowhere.json()) == (404, {"detail": "Not Found"})
    known = {
        path: {method for method, other, _ in operations(name) if other == path}
        for _, path, _ in operations(name)
    }
    for path, methods in known.items():
        for method in {"GET", "POST", "PUT", "DELETE", "HEAD"} - methods:
            found = stack.client.request(method, stack.url(name) + path)
            assert found.status_code == 405, (method, path)
            if method != "HEAD":
                assert found.json() == {"detail": "Method Not Allowed"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_missing_or_mistyped_field_is_refused_as_the_real_service_refuses_it(
    stack: Stack, name: str
) -> None:
    headers = {"authorization": f"Bearer {login(stack)['access_token']}"} if name == "backend" else {}
    for method, path, operation in operations(name):
        url = stack.url(name) + path
        query = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
        given = {key: right(each["schema"]) for key, each in query.items()}
        schema = body_of(operation, name)
        for key, each in query.items():
            if each["required"]:
                less = {other: value for other, value in given.items() if other != key}
                found = stack.client.request(method, url, params=less, headers=headers)
                assert found.status_code == 422, path
                assert ["query", key] in [fault["loc"] for fault in found.json()["detail"]], path
        if schema is None:
            continue
        for body, place, begins in wrong(schema):
            found = stack.client.request(method, url, params=given, json=body, headers=headers)
            assert found.status_code == 422, (path, body, found.text)
            faults = found.json()["detail"]
            assert [fault["loc"][: len(place)] for fault in faults] == [place], (path, body, faults)
            assert faults[0]["type"].startswith(begins) and {"msg", "input"} <= set(faults[0])
        torn = stack.client.request(
            method,
            url,
            params=given,
            content=b'{"a":',
            headers={**headers, "content-type": "application/json"},
        )
        assert (torn.status_code, torn.json()["detail"][0]["type"]) == (422, "json_invalid"), path


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_it_answers_is_what_the_real_service_says_it_answers(stack: Stack, name: str) -> None:
    headers = {"authorization": f"Bearer {login(stack)['access_token']}"} if name == "backend" else {}
    answered = 0
    for method, path, operation in operations(name):
        content = operation["responses"].get("200", operation["responses"].get("201"))["content"]
        schema = resolved(content["application/json"]["schema"], DOCUMENTS[name])
        if not schema or "{" in path or "logout" in path:
            continue
        body = body_of(operation, name)
        found = stack.client.request(
            method, stack.url(name) + path, json=None if body is None else right(body), headers=headers
        )
        if found.status_code in (200, 201):
            answered += 1
            assert misfits(schema, found.json()) == [], path
        else:
            assert found.status_code in (501, 401, 400, 403, 422), (path, found.text)
    assert answered or name not in ("backend", "mcp-bridge")


async def test_each_request_of_a_check_is_one_that_the_real_services_take() -> None:
    """But those that are meant to be refused: a check that sends what no real service takes can never pass."""
    with Demo("healthy") as stack:
        await stack.listening()
        await forget(stack)
        found = await run(stack, registry.load(), EVERYTHING)
        assert not_passed(found) == {}
        refused = {
            f"{each['endpoint']} {each['method']} {re.sub('vectors-.*', 'vectors', each['path'])} {each['status']}"
            for each in await requests(stack)
            if each["endpoint"] in DOCUMENTS and each.get("status") in (404, 405, 422, 501)
        }
    assert refused == MEANT_TO_BE_REFUSED


async def sends_message_id(ask: Ask) -> str:
    """What a check once sent to the real bridge, which wants `id`."""
    message = {"message_id": "1", "source": "us", "target": "crewai", "type": "health.check", "payload": {}}
    ask.as_object(await ask.post("mcp-bridge", "/route", json=message))
    return "reached"


async def test_a_request_of_ours_that_is_refused_as_wrong_is_an_error_of_the_check() -> None:
    """422 for a field of ours tells nothing of the bridge: "nobody answered it" was a false FAIL."""
    check = Check("mcp.own", "mcp", "the bridge hands it on", sends_message_id, ("mcp-bridge",), Twin())
    with Demo("healthy") as stack:
        await stack.listening()
        ended = (await run(stack, [check], EVERYTHING))["mcp.own"]
    assert ended.outcome is Outcome.ERROR
    assert "the check's own request was rejected (422" in ended.message and '"id"' in ended.message
