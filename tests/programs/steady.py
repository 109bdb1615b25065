"""A TerminalApp with nothing of the board in it: draws all the time, and does what its keys say.

Argument: a file to which it writes, when it ends, the longest time for which its event loop was deaf (seconds) and
how many frames it drew.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Input, Static

from sutaz_tui.tui.terminal.app import TerminalApp

TICK = 0.01


class SteadyApp(TerminalApp):
    """Repaints all of the screen twenty times a second."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "leave", "leave"), ("x", "fail", "fail"), ("h", "hang", "hang"), ("m", "mouse", "mouse"),
        ("w", "draw", "draw"), ("s", "stop", "stop"), ("f", "field", "field"), ("ctrl+l", "repaint", "repaint"),
        ("b", "fail_beside", "fail beside"), ("ctrl+z", "suspend_process", "suspend"),
    ]  # fmt: skip
    CSS = "Static { height: 1fr; } #foot { dock: bottom; height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.body = Static("ready", markup=False)
        self.lag = 0.0
        self.frames = 0
        self.drawn = 0
        self.mouse = False
        self.is_hanging = False

    def compose(self) -> ComposeResult:
        yield self.body
        yield Static("the foot", id="foot", markup=False)

    def on_mount(self) -> None:
        self.lagging = asyncio.create_task(self.watch_lag())

    async def on_unmount(self) -> None:
        if self.is_hanging:
            await asyncio.Event().wait()

    async def watch_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(TICK)
            self.lag = max(self.lag, loop.time() - before - TICK)

    def post_display_hook(self) -> None:
        self.frames += 1
        super().post_display_hook()

    def draw(self) -> None:
        self.drawn += 1
        rows = [
            f"frame {self.drawn} " + chr(97 + (self.drawn + row) % 26) * self.size.width
            for row in range(self.size.height)
        ]
        self.body.update(Content("\n".join(row[: self.size.width] for row in rows)))

    def pasted(self, characters: int) -> None:
        self.body.update(Content(f"ignored {characters}"))

    def suspended(self) -> None:
        self.body.update(Content("suspended"))

    def resumed(self) -> None:
        self.body.update(Content("resumed"))

    def on_input_changed(self, event: Input.Changed) -> None:
        self.body.update(Content(f"field holds {len(event.value)}"))

    def on_click(self, event: events.Click) -> None:
        self.body.update(Content(f"clicked {event.x},{event.y}"))

    def action_draw(self) -> None:
        self.drawing = self.set_interval(0.05, self.draw)

    def action_stop(self) -> None:
        self.drawing.stop()

    def action_leave(self) -> None:
        self.leave(0)

    def action_fail(self) -> None:
        password = "hunter22hunter22"
        raise RuntimeError(f"the end, with token={password} and \x1b[31mcolour")

    def action_fail_beside(self) -> None:
        async def fail() -> None:
            raise OSError("beside")

        self.beside = self.keep(fail())

    def action_hang(self) -> None:
        self.is_hanging = True

    def action_mouse(self) -> None:
        self.mouse = not self.mouse
        self.set_mouse(self.mouse)

    def action_repaint(self) -> None:
        self.repaint()

    async def action_field(self) -> None:
        field = Input()
        await self.mount(field)
        field.focus()


if __name__ == "__main__":
    app = SteadyApp()
    code = asyncio.Runner().run(app.stay())
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps({"lag": app.lag, "frames": app.frames, "drawn": app.drawn}))
    if app.crash is not None:
        print(f"crashed: {type(app.crash).__name__}")
    sys.exit(code)
