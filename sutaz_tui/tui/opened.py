"""What a board is opened of: a config, or why one that was named cannot be shown."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sutaz_tui.config import Config
from sutaz_tui.engine.engine import Engine
from sutaz_tui.engine.store import Store
from sutaz_tui.errors import ConfigError, SutazError
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.standing import Standing

if TYPE_CHECKING:
    from sutaz_tui.tui.tab import Tab


class Unwritten(msgspec.Struct, frozen=True):
    """A config that is no file of the user's yet: its text, the example of the secrets that it names, and where it would go.

    Until a key asks for it the board reads Docker alone: `whole` is then the config that polls `asked` services besides.
    """

    text: str
    names: str
    path: Path
    whole: Callable[[], Config]
    asked: int


class Opened(msgspec.Struct):
    """One config of those that are open: `again` reads it once more (None: it has no file), `title` is what its tab says.

    `config` is None where it is at `fault`; `before` is what an earlier board of it knew, `standing` where
    the reader was on it, and `said` why it is opened anew. Without `engine` and `kept` it gets
    those of its config.
    """

    title: str = ""
    again: Callable[[], Config] | None = None
    config: Config | None = None
    fault: str = ""
    before: Store | None = None
    unwritten: Unwritten | None = None
    said: str = ""
    engine: Engine | None = None
    kept: StateFolder | None = None
    tab: "type[Tab] | None" = None
    standing: Standing | None = None


def opened(title: str, again: Callable[[], Config]) -> Opened:
    """A config that is read now; at fault, it is told and not raised."""
    try:
        return Opened(title, again, again())
    except SutazError as error:
        return Opened(title, again, fault=str(error))


def first_fault(error: SutazError) -> str:
    """What is wrong, in a line: the first problem of a config, and how many there are besides."""
    problems = error.problems if isinstance(error, ConfigError) else []
    if not problems:
        return one_line(str(error), 200)
    first = str(msgspec.structs.replace(problems[0], file=Path(problems[0].file).name))
    count = f" (+{len(problems) - 1} more: sutaz-tui config check)" if len(problems) > 1 else ""
    return f"{one_line(first, 200)}{count}"
