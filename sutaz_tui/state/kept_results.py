"""Results of checks, kept by a writer: what is kept later is kept all the same, and nobody waits for SQLite."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.config.files import state_folder_if_any
from sutaz_tui.model import CheckResult, CheckRun
from sutaz_tui.state.results import NAME, Past, Results, Unusable
from sutaz_tui.state.writer import Writer, trouble
from sutaz_tui.text.units import plural

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check


class KeptResults:
    """The results of one config's stack; nothing is opened before it is needed, and anew after each failure.

    Without a state folder nothing is kept; that was told at the start.
    """

    def __init__(self, config: Config, writer: Writer) -> None:
        self._config = config
        self._writer = writer
        folder = state_folder_if_any()
        self._path = folder / NAME if folder is not None else None
        self._opened: Results | None = None

    def keep(self, run: CheckRun, then: Callable[[dict[str, Past]], object] = lambda _: None) -> None:
        """Keep a run; `then` takes what is known of its checks afterwards."""

        def write() -> dict[str, Past]:
            try:
                self._results.keep(run)
            except Unusable:
                # Whoever moves a damaged file away need not start the program anew.
                self._opened = None
                raise
            return self.past(result.check_id for result in run.results)

        if self._path is None or not run.results:
            return
        count = len(run.results)
        self._writer.submit(self._path, plural(count, "result"), write, then, Unusable)

    def past(self, check_ids: Iterable[str]) -> dict[str, Past]:
        """What is known of these checks, nothing where the file cannot be used."""
        try:
            return self._results.past(check_ids)
        except Unusable:
            return {}

    def last(self, checks: "Iterable[Check]", until: datetime | None = None) -> dict[str, CheckResult]:
        """How each of these checks ended last (until a moment), nothing where the file cannot be used."""
        try:
            return self._results.last(checks, until)
        except (*Unusable, ValueError, KeyError):
            return {}

    def failed(self) -> set[str]:
        """The ids of the checks that were red when they last ran; an OSError in words when that cannot be read."""
        try:
            return self._results.failed()
        except Unusable as error:
            raise OSError(trouble(Path(NAME), error)) from None

    @property
    def _results(self) -> Results:
        if self._opened is None:
            self._opened = Results(self._config)
        return self._opened
