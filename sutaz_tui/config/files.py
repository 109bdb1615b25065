"""Which file is the config: the search order, and reading it."""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sutaz_tui.config.nodes import MAX_BYTES
from sutaz_tui.config.outside import looks_secret
from sutaz_tui.config.words import ID, nearest, quoted
from sutaz_tui.errors import ConfigError, Problem
from sutaz_tui.text.sanitise import one_line

BUILT_IN = "built-in default.yaml"
"""How the file that is used without any other is called in problems."""

COMMANDS = (
    "board", "status", "check", "report", "logs", "show", "history", "uptime", "record", "wait", "init",
    "discover", "doctor", "notify", "serve", "web", "bundle", "open", "worker", "config", "simulate", "completions",
)  # fmt: skip
"""What a mistyped first word may have meant instead of a config's name."""

HERE = "this folder"
"""Why a config is used that nobody asked for by name."""


class Found(Struct, frozen=True):
    """The config file in use: its bytes, and the folder that its relative paths are relative to.

    `path` is None for the built-in one. `name` is what problems call it, `why` the step of the search that found it.
    """

    data: bytes
    name: str
    why: str
    path: Path | None
    folder: Path


class Place(Struct, frozen=True):
    """One step of the search: where it looks (None: built in), and why there."""

    path: Path | None
    why: str


class NoHome(OSError):
    """This user has no home folder, so none of ours either: a bare uid of a container without HOME."""

    def __init__(self) -> None:
        super().__init__(errno.ENOENT, "no home folder; set HOME")


def word_of(path: Path | None) -> str:
    """What the config at `path` is called in names of files, None for the built-in one: its name and a hash of its place."""
    import hashlib

    whole = str(path.resolve()) if path is not None else "built in"
    digest = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    stem = path.stem if path is not None else "built-in"
    word = "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in stem)
    return f"{word[:32]}-{digest}"


def config_folder() -> Path:
    """The user's config folder of this program; NoHome where there is none."""
    from platformdirs import user_config_path  # 15 ms that a start with -c does not need

    return _of_user(user_config_path)


def state_folder() -> Path:
    """The folder that we write to, every file of it 0600; NoHome where there is none."""
    from platformdirs import user_state_path

    return _of_user(user_state_path)


def state_folder_if_any() -> Path | None:
    """The folder that we write to, None where there is none."""
    try:
        return state_folder()
    except NoHome:
        return None


def _of_user(look_up: Callable[[str], Path]) -> Path:
    try:
        folder = look_up("sutaz-tui")
    except RuntimeError:
        raise NoHome from None
    if not folder.is_absolute():
        raise NoHome
    return folder


def places(name: str | None, file: Path | None, environ: Mapping[str, str]) -> list[Place]:
    """The places where this call would look, in order; the first that is there is used.

    Without a home folder the config folder is none of them; ConfigError where a name asks for it.
    """
    if file is not None:
        return [Place(file, "-c")]
    if name is not None:
        try:
            return [Place(config_folder() / f"{name}.yaml", "its name")]
        except NoHome as error:
            words = f"found the config name {quoted(name)} but {error.strerror}, or name a file with -c"
            raise _error("", words) from None
    named = environ.get("SUTAZ_TUI_CONFIG")
    if named:
        return [Place(Path(named), "$SUTAZ_TUI_CONFIG")]
    steps = [Place(Path("sutaz-tui.yaml"), HERE)]
    with suppress(NoHome):
        steps.append(Place(config_folder() / "default.yaml", "your config folder"))
    return [*steps, Place(None, "built in")]


def is_there(place: Place) -> bool:
    """Whether something stands at this place; ConfigError where a folder on the way is closed to us.

    Taken for absent it would let another stack be watched in silence.
    """
    if place.path is None:
        return True
    try:
        place.path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        folder = next(
            (one for one in reversed(place.path.parents) if not os.access(one, os.X_OK)), place.path.parent
        )
        words = f"found the folder {one_line(str(folder))} closed to us ({_reason(error)}, {place.why})"
        raise _error(
            one_line(str(place.path)),
            f"{words}, expected one that we may look into: open it, or name a config with -c FILE",
        ) from None
    return True


def find(name: str | None, file: Path | None, environ: Mapping[str, str]) -> Found:
    """The bytes of the config in use; ConfigError when the one that was named is not there or can't be read."""
    if name is not None and file is not None:
        raise _error(one_line(str(file)), f"found -c and the name {quoted(name)}, expected one of them")
    if name is not None and not ID.fullmatch(name):
        raise _error(
            "", f"found the config name {quoted(name)}, expected letters, digits, . _ or - (-c takes a path)"
        )
    steps = places(name, file, environ)
    place = next(step for step in steps if len(steps) == 1 or is_there(step))
    if place.path is not None:
        return _read(place.path, place.why, name)
    return Found(built_in(), BUILT_IN, place.why, None, Path())


def built_in() -> bytes:
    """The config that is used without any other: `config.example.yaml`, of which a wheel has its own."""
    return packaged().read_bytes()


def packaged() -> Path:
    """Where that config stands."""
    here = Path(__file__)  # importlib.resources costs 6 ms
    of_wheel = here.with_name("default.yaml")
    return of_wheel if of_wheel.exists() else here.parents[2] / "config.example.yaml"


def _read(path: Path, why: str, name: str | None) -> Found:
    shown = one_line(str(path))
    try:
        if why == HERE:
            # A link or a pipe in /tmp may be somebody else's too; opening the pipe would wait for ever.
            _check_owner(path.lstat(), shown)
            if stat.S_ISFIFO(path.stat().st_mode):
                raise _error(
                    shown, "found a pipe, expected a config file (-c sutaz-tui.yaml takes it all the same)"
                )
        with path.open("rb") as opened:
            if why == HERE:
                _check_owner(os.fstat(opened.fileno()), shown)
            return Found(opened.read(MAX_BYTES + 1), shown, why, path, path.parent)
    except FileNotFoundError:
        words = f"found no such file ({why}), expected a config"
        if name is not None:
            names = sorted(other.stem for other in path.parent.glob("*.yaml") if not looks_secret(other.stem))
            words += f" (-c takes a path) or a command: {nearest(name, (*names, *COMMANDS))}"
        raise _error(shown, words) from None
    except (OSError, ValueError) as error:
        raise _error(
            shown, f"found it unreadable ({_reason(error)}), expected a config we may read"
        ) from None


def _reason(error: OSError | ValueError) -> str:
    return ((error.strerror if isinstance(error, OSError) else None) or "no valid path").lower()


def _check_owner(status: os.stat_result, shown: str) -> None:
    """A config can name commands to run, and this one was not asked for: somebody else's in /tmp must not be obeyed."""
    if fault := owner_fault(status):
        words = (
            f"found a config that {fault}, expected one of your own (-c sutaz-tui.yaml takes it all the same)"
        )
        raise _error(shown, words)


def owner_fault(status: os.stat_result) -> str:
    """Why a file must not decide what we run: others than its owner, you or root, have a say in it; "" for no reason."""
    mode = 0 if stat.S_ISLNK(status.st_mode) else stat.S_IMODE(status.st_mode)
    if status.st_uid not in (0, os.getuid()):
        return "belongs to somebody else"
    if mode & stat.S_IWOTH:
        return "others can write"
    if mode & stat.S_IWGRP and not _is_own_group(status.st_gid, status.st_uid):
        return "its group can write"
    return ""


def _is_own_group(gid: int, uid: int) -> bool:
    """Whether nobody but this user is in a group, as of the private groups that useradd makes."""
    import grp
    import pwd

    try:
        members = set(grp.getgrgid(gid).gr_mem)
    except KeyError:
        # Unknown here, as its user then is: a bare uid of a container.
        return gid == uid
    with suppress(KeyError):
        members.discard(pwd.getpwuid(uid).pw_name)
    return not members and all(user.pw_uid == uid for user in pwd.getpwall() if user.pw_gid == gid)


def _error(file: str, words: str) -> ConfigError:
    return ConfigError([Problem(file or "config", 0, "", words)])
