"""What the recorded services take, for the simulated stack: `python -m tests.contracts` writes it from the recordings."""

import json
from typing import Any

from tests.running import ROOT

RECORDED = ROOT / "tests" / "recorded" / "openapi"
FILE = ROOT / "sutaz_tui" / "simulator" / "contracts.json"
KEPT = frozenset(
    {"type", "properties", "required", "items", "anyOf", "format", "pattern"}
    | {"minLength", "maxLength", "minimum", "maximum"}
)
"""The words of JSON Schema that decide what is refused."""


def documents() -> dict[str, dict[str, Any]]:
    """The recorded OpenAPI documents by endpoint."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(RECORDED.glob("*.json"))}


def contracts() -> dict[str, Any]:
    """Endpoint -> path -> method -> query parameters and body; schemas without references."""
    return {name: _paths(document) for name, document in documents().items()}


def resolved(schema: Any, document: dict[str, Any]) -> Any:
    """A schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [resolved(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {
            **resolved(document["components"]["schemas"][schema["$ref"].split("/")[-1]], document),
            "$model": True,
        }
    found = {}
    for key, value in schema.items():
        if key == "properties":
            found[key] = {name: resolved(each, document) for name, each in value.items()}
        elif key in KEPT:
            found[key] = resolved(value, document)
    return found


def _paths(document: dict[str, Any]) -> dict[str, Any]:
    return {
        path: {method.upper(): _operation(operation, document) for method, operation in methods.items()}
        for path, methods in document["paths"].items()
    }


def _operation(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if query := [each for each in operation.get("parameters", []) if each["in"] == "query"]:
        found["query"] = {
            each["name"]: {**resolved(each["schema"], document), "$required": each["required"]}
            for each in query
        }
    if body := operation.get("requestBody"):
        [(media, content)] = body["content"].items()
        found |= {"media": media, "body": resolved(content["schema"], document)}
    return found


def _write() -> None:
    FILE.write_text(json.dumps(contracts(), indent=0, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    _write()
