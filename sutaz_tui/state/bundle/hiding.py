"""What leaves in a bundle, without secrets: every text in it masked, also in JSON that stands in a text."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from sutaz_tui.config.outside import looks_secret
from sutaz_tui.text.masking import MASKED, Secrets

KEPT = 20_000
"""Texts of which is known what they are without secrets."""


class Hidden:
    """Masks values of any shape. An id of `ids` that is a secret itself becomes a name of its own, so that none fall together."""

    def __init__(self, secrets: Secrets, ids: Iterable[str] = ()) -> None:
        self._secrets = secrets
        self._masked: dict[str, str] = {}
        self._masked_json: dict[str, str] = {}
        self._ids = {
            id: id if secrets.mask(id) == id else f"service-{number}" for number, id in enumerate(ids, 1)
        }

    def text(self, text: str) -> str:
        """One text; the id of a service as it stands in this bundle."""
        if (own := self._ids.get(text)) is not None:
            return own
        # Pictures of one stack say the same again and again.
        return _known(self._masked, text, self._secrets.mask)

    def value(self, value: Any) -> Any:
        """The same value with every text in it masked, and what stands under a key that names a secret."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {
                    self.text(str(key)): MASKED
                    if isinstance(one, str) and one and looks_secret(str(key))
                    else self.value(one)
                    for key, one in value.items()
                }
            case list() | tuple():
                return [self.value(one) for one in value]
            case _:
                return value

    def json(self, text: str) -> str:
        """JSON that stands in a text; what is none is masked as a text."""
        return _known(self._masked_json, text, self._json)

    def _json(self, text: str) -> str:
        try:
            found = json.loads(text or "{}")
        except ValueError:
            return self._secrets.mask(text)
        return json.dumps(self.value(found), ensure_ascii=False)

    def lines(self, text: str) -> str:
        """A text of several lines: each by itself, and then what stands over several, such as a key."""
        return self._secrets.mask("\n".join(self._secrets.mask(line) for line in text.split("\n")))


def _known(of: dict[str, str], text: str, make: Callable[[str], str]) -> str:
    if (made := of.get(text)) is None:
        if len(of) >= KEPT:
            of.clear()
        made = of[text] = make(text)
    return made
