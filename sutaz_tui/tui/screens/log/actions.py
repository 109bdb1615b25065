"""What the keys and commands of the log call: a part of a tab, apart because it is about nothing else."""

import importlib
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sutaz_tui.logs.of_container import title_of
from sutaz_tui.model import Status
from sutaz_tui.text.moments import nanoseconds
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.screens.checks.actions import CheckActions

if TYPE_CHECKING:
    # Nothing of a log is loaded before one is opened.
    from sutaz_tui.tui.screens.base import Moment
    from sutaz_tui.tui.screens.log.panel import LogPanel
    from sutaz_tui.tui.screens.log.subject import Subject
    from sutaz_tui.wiring.logs import LogFeeds
    from widgets.text_view import Line

# What is shown before and after the moment that a log is opened at.
AROUND = timedelta(seconds=30)
# What is looked through for the lines of a request, before and after one of them.
REQUEST = timedelta(minutes=2)


def load_log() -> None:
    """Import what a log and a service's screen need, in a thread once all else is loaded: no key must wait for it."""
    for name in (
        "tui.screens.service.screen",
        "tui.screens.log.session",
        "wiring.logs",
        "tui.screens.log.screen",
        "tui.screens.log.patterns",
        "sources.logs.finding",
    ):
        importlib.import_module(f"sutaz_tui.{name}")


class LogActions(CheckActions):
    """The actions of the log keys."""

    _panels: "tuple[LogPanel, ...]" = ()

    @cached_property
    def log_feeds(self) -> "LogFeeds":
        """Who finds the logs of services."""
        from sutaz_tui.wiring.logs import LogFeeds

        return LogFeeds(self.config, clients=self.clients)

    @property
    def log_panel(self) -> "LogPanel | None":
        """The log on the screen that is open."""
        return self.here.log_panel

    # Opening

    async def action_log(self) -> None:
        """Open the log of what is selected, go into it, or out of it."""
        here = self.here
        is_past = self.past is not None and here.is_of_moment
        if (not is_past or here.key_owner is not here) and await here.step_log():
            return
        if (moment := here.moment or (self._past_moment() if is_past else None)) is not None:
            await self._open_at(moment)
        elif here.check_id:
            await self._open_of_check(here.check_id)
        else:
            id = here.log_id or self.selected
            await self.open_log(self._subject_of(id), self._service_line(id))

    async def open_log(self, subject: "Subject", head: "Callable[[], Line] | None" = None) -> None:
        """Open a log where the screen has a place for one, else on a screen of its own below the line `head`."""
        panel = self._panel(subject)
        if not await self.here.put_log(panel):
            from sutaz_tui.tui.screens.log.screen import LogScreen

            await self.push_screen(LogScreen(panel, head or (lambda: (f" {subject.name}", "heading"))))

    def _panel(self, subject: "Subject") -> "LogPanel":
        from sutaz_tui.logs.shown import Safe
        from sutaz_tui.tui.screens.log.panel import LogPanel
        from sutaz_tui.tui.screens.log.session import LogSession

        def changed() -> None:
            panel.changed()

        session = LogSession(
            subject,
            self.log_feeds,
            self.engine.clock,
            Safe(self.config.secrets),
            self.config.logs.buffer,
            self.keep,
            changed,
            self.say,
        )
        panel = LogPanel(session, lambda: self.engine.snapshot().changes)
        self._panels = (*(one for one in self._panels if one.is_attached), panel)
        session.open()
        return panel

    def _subject_of(self, service_id: str) -> "Subject":
        """The log of a service: as it is now, or from shortly before it went down."""
        from sutaz_tui.tui.screens.log.subject import Subject

        state = self.board.state(service_id)
        start = None
        if state is not None and state.status is Status.DOWN and state.since is not None:
            start = nanoseconds(state.since - AROUND)
        return Subject(title_of(service_id), (service_id,), start=start)

    def _service_line(self, service_id: str) -> "Callable[[], Line]":
        from widgets.service_words import plain_line

        def line() -> "Line":
            state = self.board.state(service_id)
            if state is None:
                return f" {title_of(service_id)}", "heading"
            look = {Status.DOWN: "down", Status.DEGRADED: "degraded", Status.UNKNOWN: "unknown"}
            return f" {plain_line(state)}", look.get(state.status, "heading")

        return line

    async def _open_of_check(self, check_id: str) -> None:
        """The log of what a check touched, around the time when it ran."""
        from sutaz_tui.tui.screens.log.subject import Subject

        result = self.checks.runs.results.get(check_id)
        if result is None:
            self.say("this check has not run: its log begins with its first run")
            return
        services = self.checks.evidence.touched(check_id)
        if not services:
            self.say(f"{check_id} touches no service of this config: there is no log to show")
            return
        correlation = next((step.correlation for step in result.steps if step.correlation), "")
        subject = Subject(
            ", ".join(services),
            services,
            start=nanoseconds(result.started - AROUND),
            end=nanoseconds(result.started + timedelta(seconds=result.elapsed) + AROUND),
            marked=correlation,
            note=f"X-Correlation-ID {correlation}" if correlation else "",
        )
        outcome = str(result.outcome).upper()
        head = f" {outcome} {check_id}   {result.found or result.message}"
        await self.open_log(subject, lambda: (head, "heading"))

    def _past_moment(self) -> "Moment":
        """What is selected, at the moment that is shown."""
        from sutaz_tui.tui.screens.base import Moment
        from widgets.service_words import plain_line

        id, state = self.selected, self.board.state(self.selected)
        return Moment(id, self.shown_at, plain_line(state) if state is not None else id)

    async def _open_at(self, moment: "Moment") -> None:
        """The log of a service around a moment of the past."""
        from sutaz_tui.tui.screens.log.subject import Subject

        if not moment.service_id:
            self.say("this row is of no service: it has no log")
            return
        start, end = nanoseconds(moment.at - AROUND), nanoseconds(moment.at + AROUND)
        subject = Subject(title_of(moment.service_id), (moment.service_id,), start=start, end=end)
        await self.open_log(subject, lambda: (f" {moment.words}", "heading"))

    async def open_logs(self, words: str) -> None:
        """Open what `:logs` names: the selected service, services by name, all, or a query, typed or named in the config."""
        from sutaz_tui.tui.screens.log.subject import Subject

        words = self.config.logs.queries.get(words, words)
        if "{" in words:
            await self.open_log(Subject(words, query=words))
            return
        every = [service.id for service in self.config.services]
        if words == "all":
            await self.open_log(Subject("all", tuple(every)))
            return
        chosen: list[str] = []
        for word in words.replace(",", " ").split():
            found = [
                service.id
                for service in self.config.services
                if word.casefold()
                in (service.id.casefold(), service.title.casefold(), service.group.casefold())
            ]
            if not found:
                self.say(f"no service or group is called {one_line(word, 30)!r}; :logs all opens every log")
                return
            chosen += found
        if not chosen:
            await self.open_log(self._subject_of(self.selected))
            return
        ids = tuple(dict.fromkeys(chosen))
        await self.open_log(Subject(", ".join(ids), ids))

    # What keys ask for. Names are those of the rows' calls.

    async def action_request(self) -> None:
        """Show the lines of the request or trace of the selected line, in the logs of all services."""
        from sutaz_tui.tui.screens.log.around import request_of
        from sutaz_tui.tui.screens.log.subject import Subject

        line = None if (panel := self.log_panel) is None else panel.session.pager.line
        if line is None or (found := request_of(line)) is None:
            self.say("no request or trace id in this line")
            return
        id, reach = found[1].strip().splitlines()[0], int(REQUEST.total_seconds()) * 10**9
        every = tuple(service.id for service in self.config.services)
        subject = Subject(f"{found[0]} {id}", every, start=line.at - reach, end=line.at + reach, marked=id)
        await self.open_log(subject)
        if (opened := self.log_panel) is not None:
            opened.filter_now(id)

    async def action_log_close(self) -> None:
        """Close the log: nothing is asked of its sources any more."""
        if self.here is self.board:
            await self.board.take_log()
        else:
            await self.here.step_log()

    def action_patterns(self) -> None:
        """Show the patterns of the log's lines."""
        from sutaz_tui.tui.screens.log.patterns import PatternsScreen

        if (panel := self.log_panel) is None:
            self.say("no log is open: l opens one, :logs NAME too")
        else:
            self.push_screen(PatternsScreen(panel.session, panel.changes, panel.filter_entered))

    def action_labels(self) -> None:
        """Show the labels of Loki."""
        from sutaz_tui.tui.screens.log.labels import LabelsScreen

        now = self.engine.clock.now
        self.push_screen(LabelsScreen(self.log_feeds, lambda: nanoseconds(now()), self.open_logs))

    async def action_log_lnav(self) -> None:
        """Copy the command that opens this log in lnav."""
        if (panel := self.log_panel) is not None:
            from sutaz_tui.tui.screens.log.lnav import lnav_line

            subject = panel.session.subject
            found = self.log_feeds.place(subject.services[0]) if len(subject.services) == 1 else None
            await self.copy_text(lnav_line(self.config, subject.services, subject.query, found))

    async def close_logs(self) -> None:
        """Let go of every source."""
        for panel in self._panels:
            await panel.session.aclose()
        if "log_feeds" in self.__dict__:
            await self.log_feeds.aclose()
