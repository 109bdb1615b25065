"""A message as the values that are sent: masked, on one line each, bounded; nothing of them is ever code or markup."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from sutaz_tui.text.sanitise import one_line

LONGEST = 500
MOST = 4000
"""Characters of all lines of a digest."""
_CALL = re.compile(r"@(?=(?:everyone|here|channel|all|room)\b)|<(?=[@!#])", re.IGNORECASE)
_PLACE = re.compile(r"\{([a-z]+)\}")


class Texts(Struct, frozen=True):
    """What is sent of one message; `values` are by the names that a template has for them."""

    values: Mapping[str, str]
    body: str
    is_resolved: bool = False

    @property
    def title(self) -> str:
        """Its first line."""
        return self.values["title"]


def texts(values: Mapping[str, str], lines: tuple[str, ...], mask: Callable[[str], str]) -> Texts:
    """Values made fit to be sent."""
    safe = {name: one_line(mask(value), LONGEST) for name, value in values.items()}
    for name in ("title", "words", "services"):
        safe[name] = _calling_nobody(safe[name])
    told = "\n".join(_calling_nobody(one_line(mask(line), LONGEST)) for line in lines)
    body = told[:MOST] or safe["words"]
    safe["words"] = body.replace("\n", "; ")[:MOST] if lines else safe["words"]
    return Texts(safe, body, safe["state"] == "resolved")


def _calling_nobody(text: str) -> str:
    """A text that calls nobody in a chat, whoever wrote it: a sign without width parts what would."""
    return _CALL.sub(lambda match: f"{match[0]}\u200b", text)


def filled(template: str, values: Mapping[str, str]) -> tuple[bytes, str]:
    """A template with the values in it, and its media type: in JSON they stand as texts, whatever is in them."""
    if template.lstrip()[:1] in ("{", "["):
        try:
            found = json.loads(template)
        except ValueError:
            pass  # a text that begins with a place
        else:
            return json.dumps(_filled(found, values)).encode(), "application/json"
    return _put(template, values).encode(), "text/plain; charset=utf-8"


def _filled(found: Any, values: Mapping[str, str]) -> Any:
    if isinstance(found, str):
        return _put(found, values)
    if isinstance(found, list):
        return [_filled(one, values) for one in found]
    if isinstance(found, dict):
        return {name: _filled(one, values) for name, one in found.items()}
    return found


def _put(template: str, values: Mapping[str, str]) -> str:
    """Once over the template: a place in a value is text."""
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), template)
