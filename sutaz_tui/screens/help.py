"""What each key does."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

TEXT = """\
 j k  down up        move the selection
 g G  home end       first, last service
 r                   ask the selected service now
 ctrl+r              ask every service now
 ?                   this help
 q  ctrl+c           quit

 ✓ up   ! degraded: answers, but not as it should   ✗ down
 ? unknown: could not be asked   - off: optional, not deployed

 Any of  q  Esc  ?  closes this."""


class HelpScreen(ModalScreen[None]):
    """The keys and the signs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,escape,question_mark", "dismiss", "close")]

    def compose(self) -> ComposeResult:
        yield Static(TEXT, markup=False, id="help")
