"""A JSON line as flat text fields, whatever it holds: cut, deep, huge, or no JSON at all."""

import json
import re
from typing import Any

DEPTH = 6
"""Objects in objects whose fields are told apart; what lies deeper is one text."""
_NUMBER_LIMIT = 40
_KEY = re.compile(r'[\s,]*"((?:[^"\\]|\\.){0,200}+)"\s*:\s*')


def _number(written: str) -> int | float | str:
    """A number, as it is written where Python would take long for it or change it."""
    if len(written) > _NUMBER_LIMIT:
        return written
    number = float(written)
    return written if number in (float("inf"), float("-inf")) else number


def _whole(written: str) -> int | str:
    return int(written) if len(written) <= _NUMBER_LIMIT else written


_decoder = json.JSONDecoder(parse_int=_whole, parse_float=_number, parse_constant=str, strict=False)


def fields_of(text: str) -> dict[str, str] | None:
    """The fields of an object, those of objects in it as `outer.inner`; None of what is no object.

    Of a line that was cut, those before the cut, the last one as far as it goes.
    """
    try:
        found = _decoder.decode(text)
    except RecursionError:
        return None
    except ValueError:
        found = _before_the_cut(text)
    if not isinstance(found, dict):
        return None
    fields: dict[str, str] = {}
    _flatten("", found, fields)
    return fields


def _flatten(prefix: str, found: dict[str, Any], fields: dict[str, str], depth: int = 1) -> None:
    for name, value in found.items():
        if isinstance(value, dict) and value and depth < DEPTH:
            _flatten(f"{prefix}{name}.", value, fields, depth + 1)
        else:
            fields[prefix + name] = _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "…"


def _before_the_cut(text: str, depth: int = 1) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    at = 1
    while key := _KEY.match(text, at):
        try:
            found[key[1]], at = _decoder.raw_decode(text, key.end())
        except RecursionError:
            break
        except ValueError:
            rest = text[key.end() :]
            if rest.startswith('"') and _is_unended(rest):
                found[key[1]] = _unescaped(rest[1:])
            elif rest.startswith("{") and depth < DEPTH:
                found[key[1]] = _before_the_cut(rest, depth + 1) or rest
            elif rest:
                found[key[1]] = rest
            break
    return found or None


def _is_unended(rest: str) -> bool:
    return re.match(r'"(?:[^"\\]|\\.)*+\\?\Z', rest, re.DOTALL) is not None


def _unescaped(part: str) -> str:
    """The text of a string without its end; of an escape that was cut nothing."""
    for left_out in range(7):
        try:
            return str(_decoder.decode(f'"{part[: len(part) - left_out]}"'))
        except ValueError:
            continue
    return part
