"""The one door for log lines: whatever is drawn, printed, copied or saved of a line goes through here."""

import re

from sutaz_tui.logs.lines import LINE_LIMIT
from sutaz_tui.text.sanitise import MASKED, Secrets, sanitise, sanitise_lines, truncate

_LONG = LINE_LIMIT // 4
"""From this length on a line may be too long when its tabs are blanks."""
HEAD = 2 * 1024
"""Characters that are made safe of a line of which no more than its beginning has room: several screens wide."""
_LAST_WORD = 200
_BEFORE_WORDS = " \"',;&␊"
_HALF_LOGIN = re.compile(r"(://[^\s/:@\"'<>]*+:)[^\s/\"'<>@]++\Z")
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]{64,76}={0,2}")


class Safe:
    """Makes raw lines fit to be seen: printable, each on one line, at most LINE_LIMIT characters, without secrets."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def line(self, text: str, is_cut: bool = False) -> str:
        """One line as it may be seen; `is_cut`: more came behind it and was not kept."""
        part = text[:LINE_LIMIT]
        masked = self._secrets.mask(sanitise(part))
        if is_cut or len(part) == LINE_LIMIT:
            masked = self._without_half_secret(masked)
        return MASKED if _is_key_line(masked) else truncate(masked, LINE_LIMIT)

    def head(self, text: str, is_cut: bool = False) -> str:
        """What `line` makes of it, at least its first HEAD characters: no line costs more where one row shows it."""
        most = HEAD + self._secrets.longest + _LAST_WORD
        return self.line(text, is_cut) if len(text) <= most else self.line(text[:most], is_cut=True)

    def _without_half_secret(self, masked: str) -> str:
        """A line that was cut, less its end: half a secret may stand there, by which nobody would know it."""
        kept = masked[: max(0, len(masked) - self._secrets.longest)]
        word = max(kept.rfind(sign, -_LAST_WORD) for sign in _BEFORE_WORDS)
        kept = kept if word < 0 else kept[: word + 1]
        return _HALF_LOGIN.sub(rf"\1{MASKED}", kept) + "…"

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

    def unmasked_head(self, text: str) -> str:
        """What `unmasked` makes of it, at least its first HEAD characters."""
        return self.unmasked(text) if len(text) <= HEAD else self.unmasked(text[:HEAD]) + "…"


def _is_key_line(text: str) -> bool:
    """Whether a line is one of those in the middle of a private key, which only lines before it would tell."""
    return _KEY_LINE.fullmatch(text) is not None and not text.islower() and not text.isupper()
