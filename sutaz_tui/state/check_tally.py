"""How the checks of each category ended last, by whomever they were run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.state.results import NewResults

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check


class CheckTally:
    """`files` are those of histories; nothing of one that cannot be used."""

    def __init__(self, checks: "Sequence[Check]", files: Sequence[HistoryFile]) -> None:
        self._checks = {check.id: check for check in checks}
        self._new = NewResults(files)
        self._ended = dict.fromkeys(self._checks, "")

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """By category how many ended how, "" for those that never ran. It reads files."""
        self._ended |= {id: result.outcome for id, result in self._new.take(self._checks).items()}
        found: dict[str, Counter[str]] = {}
        for id, outcome in self._ended.items():
            found.setdefault(self._checks[id].category, Counter())[outcome] += 1
        return found
