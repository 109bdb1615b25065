"""LogQL that says exactly what is meant, whatever stands in a name from outside."""

import json
import re
from collections.abc import Sequence

_MEANS_SOMETHING = re.compile(r"[\\.+*?()|\[\]{}^$]")


def quoted(text: str) -> str:
    """A text as a LogQL string; Go reads JSON's escapes, all of which are its own too."""
    # A lone surrogate can be in no label: it would be no UTF-8.
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def escaped(text: str) -> str:
    """A text as a regular expression of RE2 that is this text alone."""
    return _MEANS_SOMETHING.sub(r"\\\g<0>", text)


def is_one_of(label: str, values: Sequence[str]) -> str:
    """The selector of the streams whose label has one of these values."""
    if len(values) == 1:
        return f"{{{label}={quoted(values[0])}}}"
    return f"{{{label}=~{quoted('|'.join(escaped(value) for value in values))}}}"


def is_in_folder(label: str, names: Sequence[str]) -> str:
    """The selector of the streams whose label is a path with a folder of one of these names."""
    inner = "|".join(escaped(name) for name in names)
    return f"{{{label}=~{quoted(f'.*/({inner})/.*' if len(names) > 1 else f'.*/{inner}/.*')}}}"
