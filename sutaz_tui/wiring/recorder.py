"""Config to the socket of its recorder: who may come in, and the way there."""

import errno
import grp
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sutaz_tui.config import Config
from sutaz_tui.config.same import config_hash
from sutaz_tui.errors import CannotStart, SutazError
from sutaz_tui.sources.recorder.line import BoardsLine, RecordersLine, boards_line
from sutaz_tui.sources.recorder.messages import Garbled, Hello
from sutaz_tui.sources.recorder.peers import Peer, user_name
from sutaz_tui.sources.recorder.places import connected, first_listening, own_places, places
from sutaz_tui.sources.recorder.server import Server


class Told(Struct, frozen=True):
    """What a recorder says of itself when it greets: whose it is, and where its history is."""

    whose: str
    history: str


CLOSED = "let nobody in: it is for root, its own user and record.group, and for 64 boards at once"


def group_of(config: Config) -> int | None:
    """The number of the group that `record.group` names, None for none; CannotStart where this machine has none so."""
    name = config.record.group
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise CannotStart(
            f"record.group: this machine has no group {name}: groupadd --system {name}"
        ) from None


def door(
    config: Config,
    history: Path,
    attend: Callable[[RecordersLine], Awaitable[None]],
    tell: Callable[[str], object],
) -> Server | None:
    """The recorder's socket, made; None where it is off, or cannot be, which `tell` hears. Boards learn where the history
    is."""
    group = group_of(config)
    found = first_listening(own_places(config), group, tell)
    if found is None:
        return None
    place, made = found
    ours = frozenset({os.getuid()})
    hello = Hello(config_hash(config), user_name(), os.getpid(), str(history.absolute()))
    tell(f"boards attach at {place}")
    return Server(made, place, hello, lambda peer: peer.may(ours, group), attend, tell)


async def dial(config: Config) -> BoardsLine | None:
    """A line to the recorder of this config; None where none listens, SutazError where the one that does cannot be used."""
    for place in places(config):
        try:
            connection = connected(place)
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            continue
        except PermissionError:
            # A folder that is closed to us, where we would not be let in either.
            if not config.record.socket:
                continue
            raise SutazError(f"the recorder at {place} is not for this user: see record.group") from None
        except OSError as error:
            # A name that is too long for this file system has nobody behind it.
            if error.errno == errno.ENAMETOOLONG:
                continue
            raise SutazError(f"the recorder at {place}: {(error.strerror or 'no answer').lower()}") from None
        line = await boards_line(connection)
        try:
            return await _greeted(line, config, place)
        except BaseException:
            line.close()
            raise
    return None


async def told_history(config: Config) -> Told | None:
    """Where the recorder of this config has its history, None where none listens; SutazError as of `dial`."""
    line = await dial(config)
    if line is None:
        return None
    line.close()
    return Told(line.peer.name, line.history)


async def _greeted(line: BoardsLine, config: Config, place: Path) -> BoardsLine:
    who = line.peer.name
    if not _is_believed(line.peer, config, place):
        raise SutazError(f"{who} listens at {place}, who is neither you, root, nor the owner of the config")
    ours = config_hash(config)
    try:
        hello = await line.greet(Hello(ours))
    except Garbled as error:
        words = CLOSED if str(error) == "nothing" else f"sent {error}"
        raise SutazError(f"{who}'s recorder at {place} {words}") from None
    except (OSError, TimeoutError):
        raise SutazError(f"{who}'s recorder at {place} {CLOSED}") from None
    if hello.config != ours:
        raise SutazError(
            f"{who}'s recorder at {place} watches other services than this config: one of the two is out of date"
        )
    return line


def _is_believed(peer: Peer, config: Config, place: Path) -> bool:
    """Whether what this process tells may be shown: whoever may change the config could make us show anything."""
    users = {os.getuid()}
    with suppress(OSError):
        # Nobody but its owner and root can put a socket there.
        folder = place.parent.stat()
        if not folder.st_mode & 0o022 and place.parent.parent.stat().st_uid in (0, os.getuid()):
            users.add(folder.st_uid)
    with suppress(OSError):
        if config.path is not None:
            users.add(config.path.stat().st_uid)
    with suppress(CannotStart):
        return peer.may(frozenset(users), group_of(config))
    return peer.may(frozenset(users), None)
