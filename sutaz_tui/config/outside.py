"""What a config takes from outside its file: environment variables, a named env_file, and mounted secrets."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

MAX_SECRET = 64 << 10

_REFERENCE = re.compile(r"(\$?)\$\{([^}]*)\}?")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_SECRET_WORD = re.compile(
    r"pass(word|wd|phrase)?\b|pass(word|wd|phrase)|pwd|secret|token|api[-_]?key|authorization|cookie|credential|private",
    re.IGNORECASE,
)


class Missing(Exception):
    """Something that a value refers to is not there; str() is `found …, expected …`."""


class Expanded(Struct, frozen=True):
    """A text with its references replaced.

    `came` says where from, "" for a text as it stands. `values` are the parts that came from outside, by variable
    name or path; `names` all variables that were asked for, `literal` what stood in the file itself, defaults too.
    """

    text: str
    came: str = ""
    values: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    literal: str = ""

    def __repr__(self) -> str:
        return "Expanded(...)"


def looks_secret(name: str) -> bool:
    """Whether a key or variable of this name usually holds a secret."""
    # The shell's folders are no passwords.
    return name not in ("PWD", "OLDPWD") and _SECRET_WORD.search(name) is not None


class Outside:
    """Expands `${NAME}`, `${NAME:-default}` and `file:PATH`; the environment wins over the env_file.

    As in a shell an empty variable takes the `:-` default. `folder` is what relative paths are relative to. `from_file`
    is what the env_file sets, `files` are the files that were read, by their names in the config.
    """

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self._environ = environ
        self.from_file: dict[str, str] = {}
        self.files: dict[str, Path] = {}
        self._env_file = ""
        self.folder = folder

    def read_env_file(self, name: str) -> None:
        """Takes the NAME=value lines of a file; Missing when it can't be read."""
        self._env_file = name
        for line in self._read(name).splitlines():
            match = _LINE.fullmatch(line.strip())
            if match is None:
                continue
            value = match[2]
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            else:
                value = re.split(r"\s#", value, maxsplit=1)[0].rstrip()
            self.from_file[match[1]] = value

    def expand(self, raw: str) -> Expanded:
        """The value that a text of the file stands for; Missing when a variable or file is not there."""
        expanded = self._variables(raw)
        if not raw.startswith("file:"):
            return expanded
        path = expanded.text.removeprefix("file:")
        text = self._read(path).removesuffix("\n").removesuffix("\r")
        whole = str(beside(self.folder, path).absolute())
        return Expanded(text, f"file {path}", ((whole, text),), expanded.names)

    def _read(self, name: str) -> str:
        self.files[name] = beside(self.folder, name)
        return read_bounded(self.files[name], name)

    def _variables(self, raw: str) -> Expanded:
        if "${" not in raw:
            return Expanded(raw, literal=raw)
        text, literal, end = "", "", 0
        values: list[tuple[str, str]] = []
        names: list[str] = []
        came: list[str] = []
        for match in _REFERENCE.finditer(raw):
            between = raw[end : match.start()]
            text, literal, end = text + between, literal + between, match.end()
            if match[1]:
                text, literal = text + match[0][1:], literal + match[0][1:]
                continue
            name = _NAME.fullmatch(match[2])
            if name is None or not match[0].endswith("}"):
                raise Missing("found ${ without a NAME and }, expected ${NAME} (and $${ for a plain ${)")
            names.append(name[1])
            value, where = self._look_up(name[1])
            if not value and name[2] is not None:
                text, literal = text + name[2], literal + name[2]
                came.append(f"the file's own default, {name[1]} is not set")
            elif value is None:
                where = f" or in {self._env_file}" if self._env_file else ""
                raise Missing(f"found no variable {name[1]} in the environment{where}, expected it to be set")
            else:
                text += value
                values.append((name[1], value))
                came.append(f"{where} {name[1]}")
        rest = raw[end:]
        return Expanded(text + rest, ", ".join(came), tuple(values), tuple(names), literal + rest)

    def _look_up(self, name: str) -> tuple[str | None, str]:
        if name in self._environ:
            return self._environ[name], "environment"
        return self.from_file.get(name), f"{self._env_file}:"


def beside(folder: Path, name: str) -> Path:
    """The file that a config in this folder means by a name, `~` being the home folder of whoever reads it."""
    # Unlike Path.expanduser it leaves ~ as it stands where there is no such home, and no such file is found.
    return folder / os.path.expanduser(name)  # noqa: PTH111


def read_bounded(path: Path, shown: str) -> str:
    """A small text file; Missing where it is none. A pipe or device would hang or never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Missing(f"found no plain file at {shown}, expected one")
        with path.open("rb") as file:
            data = file.read(MAX_SECRET + 1)
    except FileNotFoundError:
        raise Missing(f"found no file {shown}, expected it to exist") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no valid path"
        raise Missing(f"found {shown} unreadable ({reason.lower()}), expected a file we may read") from None
    if len(data) > MAX_SECRET:
        raise Missing(f"found more than 64 KiB in {shown}, expected a small file")
    try:
        # Windows' editors begin a text with a mark of its encoding: no part of a secret.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Missing(f"found bytes in {shown} that are not UTF-8, expected text") from None
