"""What `:` and the palette do, and what is asked before a trouble is marked as known: a part of a tab."""

from sutaz_tui.tui.commands import command_words, understand
from sutaz_tui.tui.keymap import BOARD, COMMANDS, LOG, ROWS, Command
from sutaz_tui.tui.screens.remembered.time_machine import TimeMachineActions
from widgets.prompt import Prompt

NOT_OPEN = "no log is open: l opens one, :logs NAME too"


class CommandActions(TimeMachineActions):
    """Does what a typed line says, where the keys are or where the word belongs."""

    chosen_theme = ""

    def action_command(self) -> None:
        """Type a command."""
        from sutaz_tui.tui.screens.log.completing import QueryCompletion

        groups = [group.id for group in self.config.groups]
        words = command_words(
            self.engine.services, groups, sorted(self.themes), self.config.logs.queries, self.app.titles
        )
        if self.stack is not None:
            from sutaz_tui.demo.control import completions

            words += completions()
        words += [f"charts {name}" for name in self.config.charts]
        prompt = Prompt(
            "command, service or group; Tab completes",
            self.action_run_command,
            completion=self.completion("promql ", QueryCompletion(words, lambda: self.log_feeds)),
            sign=":",
        )
        self.here.open_prompt(prompt)

    def action_palette(self) -> None:
        """Choose a command from a list."""
        from sutaz_tui.tui.palette import Commands, Palette

        self.push_screen(Palette(providers=[Commands], placeholder="command"))

    async def action_run_command(self, typed: str) -> None:
        """Do what a typed line says."""
        order = understand(typed, self.engine.services, self.themes, self.app.titles)
        match order.verb:
            case "run":
                await self._run(COMMANDS[order.object])
            case "logs":
                await self.open_logs(order.object)
            case "log-height":
                self.board.set_log_height(int(order.object))
            case "at":
                await self.go_to_typed(order.object)
            case "diff":
                await self.diff_typed(order.object)
            case "charts" | "promql" | "logql":
                self.draw(order.verb, order.object)
            case "demo":
                await self._obey(order.object)
            case "view":
                view, _, row = order.object.partition(" ")
                self.open_view(view, row)
            case "note" | "deploy" | "bundle":
                act = {"note": self.note, "deploy": self.deploy, "bundle": self.write_bundle}[order.verb]
                act(order.object)
            case "env":
                await self.app.show_titled(order.object)
            case "select":
                self.to_board()
                self.board.map.select(order.object)
            case "theme":
                self.chosen_theme = order.object
                self.choose_theme(order.object)
            case "find" | "filter":
                owner = self.here.key_owner
                {"find": owner.find, "filter": owner.filter}[order.verb](order.object)
            case _:
                self.say(order.object)

    async def _obey(self, typed: str) -> None:
        if self.stack is None:
            self.say("only the demo can be broken: sutaz-tui --demo")
            return
        from sutaz_tui.demo.control import obey

        self.say(await obey(self.stack, self.clients, typed), 8)

    async def _run(self, command: Command) -> None:
        """Do it where the keys are if that is a row of theirs, else in the log or on the board."""
        owner = self.here.key_owner
        is_of_app = command.action.call.startswith("app.")
        if not is_of_app and command.action not in ROWS[owner.focus_name]:
            if BOARD in command.focuses:
                self.to_board()
                owner = self.board
            elif LOG in command.focuses and (panel := self.log_panel) is not None:
                owner = panel
            else:
                self.say(NOT_OPEN)
                return
        await self.run_action(command.action.call, owner)

    def action_known(self) -> None:
        """Mark the selected trouble as known, or unmark it."""
        if (state := self.board.state(self.selected)) is None:
            return
        question, words = self.known.toggle(state)
        if question:
            self.here.open_prompt(Prompt(question, self._because))
        else:
            self.say(words)

    def _because(self, reason: str) -> None:
        if reason:
            self.here.open_prompt(
                Prompt(self.known.because(reason), lambda until: self.say(self.known.until(until), 8))
            )
        else:
            self.say("not acknowledged: a reason is needed")
