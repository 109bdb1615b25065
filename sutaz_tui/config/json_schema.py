"""The JSON Schema of a config file, for editors that complete and check while one types."""

import json
from typing import Any

import msgspec

from sutaz_tui.config.config import ConfigFile

_REFERENCE = {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-.*)?\}$"}
_SPAN = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?(ms|s|m|h|d)?$"}


def json_schema() -> dict[str, Any]:
    """The schema, every mapping described by its docstring; a number or boolean may also be a `${NAME}`, a duration `30s`.

    It knows shapes alone: what stands between keys (circles, ids) `sutaz-tui config check` finds.
    """
    (schema,), components = msgspec.json.schema_components((ConfigFile,), ref_template="#/$defs/{name}")
    # What is written out before the types are looked at (merging.py).
    properties = components["ConfigFile"]["properties"]
    services = properties["services"]
    named = {"type": "object", "additionalProperties": {"type": "object"}}
    properties["services"] = {"anyOf": [services, named]}
    properties["include"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    properties["defaults"] = {
        "type": "object",
        "properties": {"all": {"type": "object"}, "groups": named, "kinds": named},
        "additionalProperties": False,
    }
    components["ConfigFile"]["required"] = []
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sutaz-tui config",
        **schema,
        "$defs": {name: _definition(entry) for name, entry in components.items()},
    }


def schema_text() -> str:
    """What `sutaz-tui config schema` prints."""
    return json.dumps(json_schema(), indent=2)


def _definition(entry: dict[str, Any]) -> dict[str, Any]:
    if "properties" not in entry:
        return entry
    properties = {name: _or_text(value) for name, value in entry["properties"].items()}
    return {**entry, "properties": properties, "patternProperties": {"^x-": {}}}


def _or_text(value: dict[str, Any]) -> dict[str, Any]:
    """A number or boolean, or the text that may stand for it."""
    if value.get("type") not in ("number", "integer", "boolean"):
        return value
    kept: dict[str, Any] = {key: value[key] for key in ("default", "description") if key in value}
    typed = {key: entry for key, entry in value.items() if key not in kept}
    spans = [_SPAN] if value.get("description") == "seconds" else []
    return {**kept, "anyOf": [typed, *spans, _REFERENCE]}
