"""Values taken out of bodies from outside: of the expected type, or BadAnswer says what stands there."""

from typing import Any

from sutaz_tui.errors import BadAnswer
from sutaz_tui.text.sanitise import one_line


def mapping(source: str, value: Any, what: str = "the body") -> dict[str, Any]:
    """A JSON object."""
    if isinstance(value, dict):
        return value
    raise BadAnswer(source, f"{what} is {_kind(value)}, not an object; is this the right port?")


def sequence(source: str, value: Any, what: str = "the body") -> list[Any]:
    """A JSON array."""
    if isinstance(value, list):
        return value
    raise BadAnswer(source, f"{what} is {_kind(value)}, not a list; is this the right port?")


def string(source: str, body: dict[str, Any], key: str) -> str:
    """A text, sanitised and at most 200 characters."""
    value = body.get(key)
    if isinstance(value, str):
        return one_line(value, 200)
    raise _wrong(source, body, key, "text")


def boolean(source: str, body: dict[str, Any], key: str) -> bool:
    """True or false."""
    value = body.get(key)
    if isinstance(value, bool):
        return value
    raise _wrong(source, body, key, "true or false")


def number(source: str, body: dict[str, Any], key: str) -> float:
    """A number that can be reckoned with: no NaN, no larger than 64 bits hold; a whole one stays an int."""
    value = body.get(key)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    raise _wrong(source, body, key, "a number")


def whole(source: str, body: dict[str, Any], key: str) -> int:
    """A count or a size: a number without a fraction, not below zero."""
    value = number(source, body, key)
    if isinstance(value, int):
        if value < 0:
            raise BadAnswer(
                source, f"{key!r} in the body is {value}, which is impossible; is this the right port?"
            )
        return value
    raise _wrong(source, body, key, "a whole number")


def who(body: dict[str, Any]) -> str:
    """Whom a body that is not the expected service's names as its author, "" when it tells nobody."""
    for key in ("agent", "service", "app", "title", "name"):
        if isinstance(value := body.get(key), str) and value:
            return one_line(value, 40)
    return ""


def _wrong(source: str, body: dict[str, Any], key: str, expected: str) -> BadAnswer:
    if key not in body and (name := who(body)):
        return BadAnswer(source, f"answers as {name}, without {key!r}; are two ports swapped?")
    found = _kind(body.get(key))
    return BadAnswer(source, f"{key!r} in the body is {found}, not {expected}; is this the right port?")


def _kind(value: Any) -> str:
    match value:
        case None:
            return "missing"
        case dict():
            return "an object" if value else "an empty object"
        case list():
            return "a list"
        case str():
            return f"the text {one_line(value, 40)!r}"
        case _:
            return one_line(str(value), 40)
