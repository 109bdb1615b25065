"""What the keys and commands of the log call: a part of the app, apart because it is about nothing else."""

import asyncio
import importlib
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sutaz_tui.model import Status
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.copy_save import TakeActions
from sutaz_tui.tui.screens.board.log_below import LogBelow
from sutaz_tui.tui.screens.checks.actions import CheckActions
from sutaz_tui.tui.screens.service import ServiceScreen
from widgets.prompt import Prompt

if TYPE_CHECKING:
    # Nothing of a log is loaded before one is opened.
    from sutaz_tui.tui.screens.log.panel import LogPanel
    from sutaz_tui.tui.screens.log.screen import LogScreen
    from sutaz_tui.tui.screens.log.session import Desk, Subject
    from widgets.text_view import Line

# What is shown before and after the moment that a log is opened at.
AROUND = timedelta(seconds=30)
DAY = 86_400_000_000_000
MOMENTS = "1m  5m  15m  1h (ago)  head  14:07  14:07:11  2026-11-22T14:07"
NOT_OPEN = "no log is open: l opens one, :logs NAME too"


def load_log() -> None:
    """Import what a log needs, in a thread once all else is loaded: the first key must not wait for it."""
    for name in ("tui.screens.log.session", "wiring.logs", "tui.screens.log.screen", "sources.logs.finding"):
        importlib.import_module(f"sutaz_tui.{name}")


class LogActions(CheckActions, TakeActions):
    """The actions of the log keys; the app gives the rest."""

    _panels: "tuple[LogPanel, ...]" = ()

    @property
    def selected(self) -> str:
        """The id of the service that keys speak of."""
        raise NotImplementedError

    @cached_property
    def log_feeds(self) -> "Desk":
        """Who finds the logs of services."""
        from sutaz_tui.wiring.logs import LogFeeds

        return LogFeeds(self.config, clients=self.clients)

    @property
    def log_screen(self) -> "LogScreen | None":
        """The log on a screen of its own, None while another is open."""
        if not self._panels:
            return None
        from sutaz_tui.tui.screens.log.screen import LogScreen

        return self.screen if isinstance(self.screen, LogScreen) else None

    @property
    def log_panel(self) -> "LogPanel | None":
        """The log on the screen that is open."""
        if (screen := self.log_screen) is not None:
            return screen.log_panel
        return self.screen.log_panel if isinstance(self.screen, LogBelow) else None

    @property
    def is_in_log(self) -> bool:
        """Whether keys go to a log."""
        return self.log_screen is not None or (self.screen is self.board and self.board.log_has_keys)

    # Opening

    async def action_log(self) -> None:
        """Open the log of what is selected, go into it, or out of it."""
        if self.log_screen is not None:
            await self.action_log_close()
        elif (checks := self.checks_screen) is not None:
            await self._open_of_check(checks.list.selected)
        elif isinstance(self.screen, ServiceScreen):
            await self._open_on_its_own(self._subject_of(self.selected), self._service_line(self.selected))
        elif (panel := self.board.log_panel) is None:
            await self.open_log(self._subject_of(self.selected))
        elif self.board.log_has_keys:
            self.board.leave_log()
        elif panel.session.subject.services == (self.selected,):
            self.board.focus_log()
        else:
            await self.open_log(self._subject_of(self.selected))

    async def open_log(self, subject: "Subject") -> None:
        """Open a log below the board, or in place of the one on a screen of its own."""
        panel = self._panel(subject)
        if (screen := self.log_screen) is not None:
            await screen.put_log(panel)
        else:
            while len(self.screen_stack) > 1:
                self.pop_screen()
            await self.board.put_log(panel)

    async def _open_on_its_own(self, subject: "Subject", head: "Callable[[], Line]") -> None:
        from sutaz_tui.tui.screens.log.screen import LogScreen

        await self.push_screen(LogScreen(self._panel(subject), head))

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
        panel = LogPanel(session)
        self._panels = (*(one for one in self._panels if one.is_attached), panel)
        session.open()
        return panel

    def _subject_of(self, service_id: str) -> "Subject":
        """The log of a service: as it is now, or from shortly before it went down."""
        from sutaz_tui.text.moments import nanoseconds
        from sutaz_tui.tui.screens.log.session import Subject

        state = self.board.state(service_id)
        start = None
        if state is not None and state.status is Status.DOWN and state.since is not None:
            start = nanoseconds(state.since - AROUND)
        return Subject(service_id, (service_id,), start=start)

    def _service_line(self, service_id: str) -> "Callable[[], Line]":
        from widgets.service_words import plain_line

        def line() -> "Line":
            state = self.board.state(service_id)
            if state is None:
                return service_id, "heading"
            look = {Status.DOWN: "down", Status.DEGRADED: "degraded", Status.UNKNOWN: "unknown"}
            return f" {plain_line(state)}", look.get(state.status, "heading")

        return line

    async def _open_of_check(self, check_id: str) -> None:
        """The log of what a check touched, around the time when it ran."""
        from sutaz_tui.text.moments import nanoseconds
        from sutaz_tui.tui.screens.log.session import Subject

        result = self.checks.runs.results.get(check_id)
        if result is None:
            self.say("this check has not run: its log begins with its first run")
            return
        services = self.checks.touched(check_id)
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
        await self._open_on_its_own(subject, lambda: (head, "heading"))

    async def open_logs(self, words: str) -> None:
        """Open what `:logs` names: the selected service, services by name, all, or a query."""
        from sutaz_tui.tui.screens.log.session import Subject

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

    # What keys ask for. Names are those of the key table's calls.

    async def run_in_log(self, call: str) -> None:
        """Do what a command of the log says."""
        if (panel := self.log_panel) is None:
            self.say(NOT_OPEN)
            return
        await self.run_action(call, self if call.startswith("log") else panel)
        panel.changed()

    async def action_log_close(self) -> None:
        """Close the log: nothing is asked of its sources any more."""
        if self.log_screen is not None:
            self.pop_screen()
        else:
            await self.board.take_log()

    async def log_back(self) -> None:
        """One step out: take the filter and the level away, else close the log."""
        if (panel := self.log_panel) is not None and panel.is_narrowed:
            panel.widen()
        else:
            await self.action_log_close()

    def action_log_again(self) -> None:
        """Read the log again."""
        if (panel := self.log_panel) is not None:
            self.keep(panel.session.again())

    def action_log_zoom(self) -> None:
        """Give the log all lines below the head, or take them back."""
        if self.log_screen is None and self.log_panel is not None:
            self.board.zoom_log()
        else:
            self.say("the log has the whole screen here")

    def action_log_taller(self, by: int) -> None:
        """Give the log more lines, or fewer."""
        self.set_log_height(self.board.log_height + by)

    def set_log_height(self, lines: int) -> None:
        """Let the log below the board take so many lines from here on."""
        self.say(f"the log takes {self.board.set_log_height(lines)} lines")

    def action_log_find(self) -> None:
        """Type what to find."""
        self._type("log-find", "find in the log: text, or /regex/", "find")

    def action_log_filter(self) -> None:
        """Type what to show."""
        self._type("log-filter", "only lines with (!text: without; /regex/)", "filter")

    def action_log_time(self) -> None:
        """Type a moment."""
        self._type("log-time", f"go to: {MOMENTS}")

    def _type(self, purpose: str, words: str, recalled: str = "") -> None:
        if (panel := self.log_panel) is None:
            self.say(NOT_OPEN)
            return
        value = panel.looking.typed.get(recalled, "")
        (self.log_screen or self.board).open_prompt(Prompt(purpose, words, value))

    def log_typed(self, purpose: str, text: str) -> None:
        """A field of the log changed."""
        if (panel := self.log_panel) is not None and purpose == "log-filter":
            panel.filter(text)

    def log_entered(self, purpose: str, text: str) -> None:
        """A field of the log was handed in."""
        if (panel := self.log_panel) is None:
            return
        if purpose == "log-find":
            panel.find(text)
        elif purpose == "log-filter":
            panel.filter_now(text)
        elif purpose == "log-time":
            self._go_to(panel, text)

    def log_given_up(self, purpose: str) -> None:
        """A field of the log was left."""
        if (panel := self.log_panel) is not None and purpose == "log-filter":
            panel.filter_now("")

    def _go_to(self, panel: "LogPanel", text: str) -> None:
        from sutaz_tui.text.moments import moment, nanoseconds

        typed = text.strip().removeprefix("-").removesuffix("ago").strip()
        now = self.engine.clock.now().astimezone()
        if typed == "head":
            panel.go_to_head()
        elif (at := moment(typed, now)) is not None:
            # A time of day that is still to come was yesterday's.
            panel.go_to(at if at <= nanoseconds(now) or "-" in typed else at - DAY)
        else:
            self.say(f"{one_line(text, 30)!r} is no moment; such are: {MOMENTS.replace('  ', ', ')}")

    async def action_log_copy(self) -> None:
        """Copy the selected line."""
        if (panel := self.log_panel) is not None:
            await self.copy_text(panel.session.pager.copied())

    def action_log_print(self) -> None:
        """Leave the screen and print the selected line plainly."""
        if (panel := self.log_panel) is not None:
            self.print_text(panel.session.pager.copied())

    def action_log_save(self) -> None:
        """Write what is shown into the state folder."""
        if (panel := self.log_panel) is not None:
            self.keep(self._save(panel))

    async def _save(self, panel: "LogPanel") -> None:
        pieces = [f"{panel.saved_title()}\n"]
        for piece in panel.session.pager.pieces():
            pieces.append(piece)
            # A full log takes a third of a second: keys and lines go on meanwhile.
            await asyncio.sleep(0)
        self.save_text("".join(pieces))

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
