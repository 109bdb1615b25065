"""The one door for log lines: whatever is drawn, printed, copied or saved of a line goes through here."""

import re

from sutaz_tui.logs.lines import LINE_LIMIT
from sutaz_tui.text import MASKED, Secrets, sanitise, sanitise_lines, truncate

_LONG = LINE_LIMIT // 4
"""From this length on a line may be too long when its tabs are blanks."""
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]{64,76}={0,2}")


class Safe:
    """Makes raw lines fit to be seen: printable, each on one line, at most LINE_LIMIT characters, without secrets."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def line(self, text: str) -> str:
        """One line as it may be seen."""
        part = text[:LINE_LIMIT]
        masked = self._secrets.mask(sanitise(part))
        if len(part) == LINE_LIMIT:
            # Where a line was cut may stand half a secret, by which nobody would know it.
            masked = masked[: max(0, len(masked) - self._secrets.longest)] + "…"
        return MASKED if _is_key_line(masked) else truncate(masked, LINE_LIMIT)

    def lines(self, texts: list[str]) -> list[str]:
        """What `line` makes of each; many times as fast where most are plain ASCII and hold no secret."""
        longs = [place for place, text in enumerate(texts) if len(text) >= _LONG]
        shorts = texts
        if longs:
            shorts = texts.copy()
            for place in longs:
                shorts[place] = ""
        masked = self._secrets.mask_lines(*sanitise_lines(shorts))
        shown = [MASKED if 64 <= len(text) <= 78 and _is_key_line(text) else text for text in masked]
        for place in longs:
            shown[place] = self.line(texts[place])
        return shown

    def unmasked(self, text: str) -> str:
        """One line with its secrets: for the screen alone, while its user asks for them."""
        return truncate(sanitise(text[:LINE_LIMIT]), LINE_LIMIT)


def _is_key_line(text: str) -> bool:
    """Whether a line is one of those in the middle of a private key, which only lines before it would tell."""
    return _KEY_LINE.fullmatch(text) is not None and not text.islower() and not text.isupper()
