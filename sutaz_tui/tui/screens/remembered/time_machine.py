"""The stack as it was: steps through the past, by minutes and by changes, and back to now: a part of the app."""

from datetime import datetime, timedelta
from functools import partial

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.screens.remembered.actions import RememberedActions

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
        from sutaz_tui.state.history.moments import typed_moment
        from sutaz_tui.text.moments import EXPECTED

        now = self.engine.clock.now()
        at = now if typed == "now" else typed_moment(typed, now)
        if at is None:
            self.say(f"{one_line(typed, 30)!r} is no time: {EXPECTED}", 8)
        elif at > now:
            self.say("that is still to come")
        else:
            await self.go_to(at)

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
        found, fault = await self._asked(lambda database: snapshot_at(database, at, services))
        if found is not None:
            self.show_past(found)
        else:
            self.say(fault, 8)
