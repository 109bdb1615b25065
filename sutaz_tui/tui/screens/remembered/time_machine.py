"""The stack as it was: steps through the past, by minutes and by changes, and back to now: a part of a tab."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.screens.remembered.actions import RememberedActions

if TYPE_CHECKING:
    # At run time it would bring SQLite before the first frame.
    from collections.abc import Sequence

    from sutaz_tui.model import Known
    from sutaz_tui.state.history.curves import Figure
    from sutaz_tui.wiring.slow import Happened

MINUTE = timedelta(minutes=1)


class TimeMachineActions(RememberedActions):
    """Shows the screens a snapshot of the past in place of the live one."""

    async def action_minute(self, by: int) -> None:
        """So many minutes on, or back."""
        if self.past is None and by > 0:
            self.say("this is now: [ goes a minute back")
        else:
            await self.go_to(self.shown_at + by * MINUTE)

    async def action_change(self, by: int) -> None:
        """The change before or after the moment that is shown, or the one so many further on."""
        if not self.remembers:
            return
        from sutaz_tui.state.history.moment import change_beside

        now = self.engine.clock.now()
        at = self.shown_at
        for _ in range(abs(by)):
            found, fault = await self._asked(partial(change_beside, at=at, by=by, now=now))
            if fault or found is None:
                self.say(fault or f"no change {'after' if by > 0 else 'before'} this one is remembered")
                return
            at = found
        await self.go_to(at)

    async def go_to_typed(self, typed: str) -> None:
        """What `:at` names."""
        at = self.engine.clock.now() if typed == "now" else self._typed(typed)
        if at is not None:
            await self.go_to(at)

    def _typed(self, typed: str) -> datetime | None:
        """A moment of the past as it was typed; None where it is none, which is said."""
        from sutaz_tui.state.history.moments import typed_moment
        from sutaz_tui.text.moments import EXPECTED

        now = self.engine.clock.now()
        at = typed_moment(typed, now)
        if at is not None and at <= now:
            return at
        self.say(
            "that is still to come"
            if at is not None
            else f"{one_line(typed, 30)!r} is not a time: {EXPECTED}",
            8,
        )
        return None

    def read_curves(self, service_id: str, begin: datetime, end: datetime) -> "tuple[Figure, ...]":
        """The figures of a service between two moments; an OSError in words where they cannot be read."""
        from sutaz_tui.state.history.curves import curves

        return self._remembered(partial(curves, service_id=service_id, begin=begin, end=end))

    def read_changes(self, begin: datetime, end: datetime) -> "Sequence[Happened]":
        """What changed between two moments."""
        from sutaz_tui.state.history.account import account
        from sutaz_tui.wiring.slow import Happened

        if not self._may_remember:
            return super().read_changes(begin, end)
        needed_by = self.engine.store.dependencies.needed_by
        found = self._remembered(lambda database: account(database, begin, end, needed_by)).changes
        return [
            Happened(
                one.at,
                one.service,
                f"{one.before} → {one.after}" if one.kind == "status" else one.why or one.after,
            )
            for one in found
            if one.kind != "alert"
        ]

    async def go_there(self, service_id: str, at: datetime | None) -> None:
        """The board as it was at a moment, with a service selected."""
        self.to_board()
        if service_id:
            self.board.map.select(service_id)
        if at is not None:
            await self.go_to(at)

    async def go_to(self, at: datetime) -> None:
        """Show how all was at a moment; now, where that is not over."""
        if not self.remembers:
            return
        if at >= self.engine.clock.now():
            self.show_now()
            return
        from sutaz_tui.state.history.moment import snapshot_at

        services = self.engine.services
        marks = await asyncio.to_thread(self._marks_at, at)
        found, fault = await self._asked(lambda database: snapshot_at(database, at, services, marks))
        if found is None:
            self.say(fault, 8)
            return
        if self.past is None and self._read_of is not None and self._read_of.fault:
            self.say(self._read_of.fault, 10)
        if self.has_checks:
            await self.checks.show_past(found)
        self.show_past(found)
        self._show_checks()

    def _marks_at(self, at: datetime) -> "dict[str, Known]":
        """What was marked as known then, by whoever keeps the marks."""
        from sutaz_tui.state.known_file import KnownFile

        whose = self.look_whose()
        is_theirs = whose is not None and self.engine.link is not None and not whose.fault
        known = KnownFile(whose.file, self.config.secrets.mask) if whose and is_theirs else self.kept.known
        return known.at(at)

    def show_now(self) -> None:
        """Show again how all is now."""
        super().show_now()
        self.engine.select(self.board.service_id)
        if self.has_checks:
            self.checks.show_now()
        self._show_checks()

    def _show_checks(self) -> None:
        if self.has_checks:
            self.checks_changed()

    # Then and now

    async def action_diff(self) -> None:
        """What differs between then and now: the moment that is shown, that of the row, or when a red check was green last."""
        check = self.here.check_id
        if (row := self.here.moment) is not None:
            await self.open_diff(row.at)
        elif self.past is not None:
            await self.open_diff(self.past.at)
        elif check and (green := self.checks.last_green(check)) is not None:
            await self.open_diff(green, f"since {check} was green")
        elif check:
            self.say(
                "d compares now with when a red check was green last: this one is not red, or never was green"
            )
        else:
            self.say("d compares a moment of the past with now: [ or :at goes there, :diff 2h does both")

    async def diff_typed(self, typed: str) -> None:
        """What `:diff` names."""
        if (at := self._typed(typed)) is not None:
            await self.open_diff(at)

    async def open_diff(self, at: datetime, since: str = "") -> None:
        """What differs between a moment and now."""
        if not self.remembers:
            return
        from sutaz_tui.state.history.diff import diff
        from sutaz_tui.state.history.moment import restarts, snapshot_at
        from sutaz_tui.tui.screens.remembered.diff_screen import DiffScreen

        now, services = self.engine.snapshot(), self.engine.services
        found, fault = await self._asked(
            lambda database: (snapshot_at(database, at, services), restarts(database, at, now.at))
        )
        if found is None:
            self.say(fault, 8)
            return
        ended = (await self.checks.ended_at(at), self.checks.runs.results) if self.has_checks else ({}, {})
        self.push_screen(
            DiffScreen(diff(found[0], now, found[1], *ended), since, self._titles(), self._open_now)
        )

    async def _open_now(self, service_id: str, _: datetime | None) -> None:
        if self.past is not None:
            self.show_now()
        self.to_board()
        self.board.map.select(service_id)
        self.open_service(service_id)
