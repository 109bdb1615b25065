"""What this terminal can show: its characters, its colours, and what stands between it and us.

Terminfo is read from its files: ncurses answers for one terminal only in the life of a process, and costs a library.
"""

import enum
import struct
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from msgspec import Struct

FOLDERS = (
    "/etc/terminfo",
    "/lib/terminfo",
    "/usr/share/terminfo",
    "/usr/lib/terminfo",
    "/usr/local/share/terminfo",
)
# Terminals of today whose terminfo entry is often missing on the far side of an SSH connection.
FAMILIES = (
    "xterm",
    "tmux",
    "screen",
    "alacritty",
    "kitty",
    "foot",
    "wezterm",
    "ghostty",
    "rxvt",
    "konsole",
    "iterm",
    "st",
)
DUMB = ("dumb", "unknown", "emacs")
# term(5): number 13 of an entry is max_colors.
_MAX_COLORS = 13
_HEADER = struct.Struct("<6h")
_NUMBER_BYTES = {0o432: 2, 0o1036: 4}


class Colours(enum.IntEnum):
    """How many colours may be sent; the value is the count."""

    NONE = 0
    SIXTEEN = 16
    MANY = 256
    TRUE = 1 << 24


# Textual's own words for them, as its environment variable takes them (textual.constants, 8.2.8).
_COLOR_SYSTEMS = {Colours.SIXTEEN: "standard", Colours.MANY: "256", Colours.TRUE: "truecolor"}


class Terminal(Struct, frozen=True):
    """What the environment says of the terminal.

    `is_dumb`: it cannot be drawn on, only written to. `is_known`: terminfo or its name tells what it is.
    `has_blocks`: a block (▁ to █) is one cell wide; in East Asian locales some terminals give it two.
    `is_web`: it is a page in a browser, by textual-serve.
    `between` is "tmux" or "screen" when one of them stands between us and the real terminal, else "".
    """

    name: str = "xterm-256color"
    ascii_only: bool = False
    colours: Colours = Colours.TRUE
    is_dumb: bool = False
    is_known: bool = True
    between: str = ""
    has_blocks: bool = True
    is_web: bool = False

    @property
    def is_ansi(self) -> bool:
        """Whether to draw in the terminal's own sixteen colours: anything finer would be rounded to the wrong one."""
        return self.colours <= Colours.SIXTEEN

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say once at the start, for a person."""
        if self.is_known:
            return ()
        return (f"the terminal {self.name!r} (TERM) is unknown here: drawn in 16 colours",)

    def theme(self, wanted: str) -> str:
        """The theme to start with when the config asks for `wanted`."""
        if not self.is_ansi or wanted.startswith("ansi-"):
            return wanted
        return "ansi-light" if "light" in wanted else "ansi-dark"

    def prepare(self, environ: MutableMapping[str, str]) -> None:
        """Tell Textual; before its first import, since it reads the environment then."""
        if self.colours is Colours.NONE:
            environ["NO_COLOR"] = "1"
        elif not environ.get("NO_COLOR"):
            # Textual takes an empty one for a set one; by no-color.org it is as good as not there.
            environ.pop("NO_COLOR", None)
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", _COLOR_SYSTEMS.get(self.colours, "standard"))


def of_page(environ: MutableMapping[str, str]) -> Terminal:
    """The terminal of a page in a browser; what `environ` says of the one that the server was started in is none of it."""
    for name in ("TMUX", "STY", "NO_COLOR", "COLORTERM", "TERMINFO"):
        environ.pop(name, None)
    environ["TERM"] = "xterm-256color"
    return Terminal(is_web=True)


def look_at(environ: Mapping[str, str], force_ascii: bool = False) -> Terminal:
    """What the environment says of the terminal; `force_ascii` is the user's own wish."""
    name = environ.get("TERM", "").strip()
    between = "tmux" if environ.get("TMUX") else "screen" if environ.get("STY") else ""
    colours_told = _told_colours(name, environ)
    is_known = colours_told is not None or name.partition("-")[0].lower() in FAMILIES or name in DUMB
    ascii_only = force_ascii or name == "linux" or not is_utf8(environ)
    return Terminal(
        name=name,
        ascii_only=ascii_only,
        has_blocks=not ascii_only and locale_of(environ)[:2] not in ("ja", "ko", "zh"),
        colours=_colours(name, colours_told, is_known, between, environ),
        is_dumb=name in DUMB,
        is_known=is_known,
        between=between,
    )


def started_with(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with the locale that this process was started with: Python writes another over C (PEP 538)."""
    try:
        first = Path("/proc/self/environ").read_bytes().split(b"\0")
    except OSError:
        return dict(environ)
    own = {name: value for name, value in environ.items() if name != "LC_CTYPE"}
    for entry in first:
        name, _, value = entry.decode("utf-8", "replace").partition("=")
        if name == "LC_CTYPE":
            own[name] = value
    return own


def is_utf8(environ: Mapping[str, str]) -> bool:
    """Whether the locale's characters are UTF-8."""
    return "utf8" in locale_of(environ).lower().replace("-", "")


def locale_of(environ: Mapping[str, str]) -> str:
    """The locale of characters, such as `ja_JP.UTF-8`, "" for none."""
    return next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environ.get(name))), "")


def _colours(
    name: str, told: int | None, is_known: bool, between: str, environ: Mapping[str, str]
) -> Colours:
    if environ.get("NO_COLOR"):
        return Colours.NONE
    if not is_known or name == "linux":
        return Colours.SIXTEEN
    # GNU screen hands COLORTERM on from the terminal outside and takes no 24-bit colours itself.
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") and between != "screen":
        return Colours.TRUE
    if told is None:
        told = 256 if name.endswith("256color") or "kitty" in name or "ghostty" in name else 16
    if told < 0:
        return Colours.NONE
    return max(colours for colours in Colours if colours <= max(told, 16))


def _told_colours(name: str, environ: Mapping[str, str]) -> int | None:
    """How many colours terminfo says the terminal has, -1 for none; None when there is no entry that can be read."""
    if not name or "/" in name or name.startswith("."):
        return None
    for folder in _folders(environ):
        for sub in (name[0], f"{ord(name[0]):x}"):
            try:
                entry = (folder / sub / name).read_bytes()
            except OSError:
                continue
            return _max_colors(entry)
    return None


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    if own := environ.get("TERMINFO"):
        yield Path(own)
    if home := environ.get("HOME"):
        yield Path(home, ".terminfo")
    for folder in environ.get("TERMINFO_DIRS", "").split(":"):
        if folder:
            yield Path(folder)
    yield from map(Path, FOLDERS)


def _max_colors(entry: bytes) -> int:
    """`max_colors` of a compiled entry (term(5)); -1 when it has none."""
    if len(entry) < _HEADER.size:
        return -1
    magic, names, booleans, numbers, _, _ = _HEADER.unpack_from(entry)
    width = _NUMBER_BYTES.get(magic, 0)
    start = _HEADER.size + names + booleans
    start += start % 2 + _MAX_COLORS * width
    if not width or numbers <= _MAX_COLORS or start + width > len(entry):
        return -1
    return int.from_bytes(entry[start : start + width], "little", signed=True)
