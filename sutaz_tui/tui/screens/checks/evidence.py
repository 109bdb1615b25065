"""What is known of one check: its last answer, how it ended before, and what changed since it was well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.checks.running.runs import CheckRuns
from sutaz_tui.model import RED, CheckResult, Outcome, ServiceState
from widgets.check_words import copied_line, evidence_lines, place_line
from widgets.moment_words import clock

if TYPE_CHECKING:
    from sutaz_tui.state.results import Past

Lines = list[tuple[str, str]]
PLACES = 50
"""Other places of which is told how a check ended there."""


@dataclass(frozen=True)
class Evidence:
    """The checks as they are shown at one moment; `past` is empty where that is one of the past: it was not known then."""

    runs: CheckRuns
    past: "Mapping[str, Past]"
    states: Mapping[str, ServiceState]
    now: datetime

    def lines(self, id: str) -> Lines:
        """The evidence of one check."""
        check = self.runs.checks.get(id)
        if check is None:
            return []
        result = self.runs.results.get(id)
        if result is None:
            return [
                (check.id, "heading"),
                (f" {check.title}", ""),
                (f" {check.effect}: {check.sent}", ""),
                *((f" {words}", "muted") for words in [*self._past_words(id), *self._from_places(id)]),
                (" not run", "muted"),
            ]
        titles = {id: state.service.title for id, state in self.states.items()}
        return evidence_lines(
            result,
            titles,
            [*self._past_words(id), *self._changed_since(result), *self._from_places(id)],
            self.now,
            self._login(result),
        )

    def copied_line(self, id: str) -> str:
        """The line that repeats a check's last question."""
        result = self.runs.results.get(id)
        return copied_line(result, self._login(result)) if result is not None else id

    def _login(self, result: CheckResult) -> str:
        from sutaz_tui.checks.login_line import login_line

        return login_line(result, self.runs.results.values())

    def touched(self, id: str) -> tuple[str, ...]:
        """The services that a check needs, and those that its last run asked."""
        needed = self.runs.checks[id].needs if id in self.runs.checks else ()
        result = self.runs.results.get(id)
        names = {name: id for id, state in self.states.items() for name in (id, state.service.title)}
        asked = [names[step.what] for step in (result.steps if result else ()) if step.what in names]
        return tuple(dict.fromkeys([*(id for id in needed if id in self.states), *asked]))

    def _past_words(self, id: str) -> list[str]:
        past = self.past.get(id)
        # What is known of it by now was not known then.
        if past is None or not past.outcomes:
            return []
        letters = "".join(
            {Outcome.PASS: ".", Outcome.FAIL: "F", Outcome.ERROR: "E", Outcome.BLOCKED: "B"}[o]
            for o in past.outcomes
        )
        words = [f"last {len(past.outcomes)}   {letters}   (. ok, F fail, E error, B blocked; newest right)"]
        if past.failing_since is not None:
            last = f", was ok {clock(past.last_pass, self.now)}" if past.last_pass else ", no pass on record"
            words.append(f"failing since {clock(past.failing_since, self.now)}{last}")
        return words

    def _from_places(self, id: str) -> list[str]:
        """How it ended in other places."""
        red_first = sorted(self.runs.seen_from.get(id, ()), key=lambda seen: seen.outcome is Outcome.PASS)
        return [place_line(seen, self.now) for seen in red_first[:PLACES]]

    def _changed_since(self, result: CheckResult) -> list[str]:
        """What changed at the services that it needs since it last passed."""
        past = self.past.get(result.check_id)
        if result.outcome not in RED or past is None or past.last_pass is None:
            return []
        check = self.runs.checks[result.check_id]
        words = []
        for id in check.needs:
            state = self.states.get(id)
            for change in state.history if state is not None else ():
                if change.at > past.last_pass:
                    title = self.states[id].service.title
                    words.append(f"since then  {clock(change.at, self.now)} {title}: {change.words}")
        return words[-5:]
