"""Where the reader is on a board, taken along to the same board opened anew."""

from typing import TYPE_CHECKING

import msgspec

from sutaz_tui.tui.keymap import ALERTS, HISTORY, SERVICE, UPTIME

if TYPE_CHECKING:
    from sutaz_tui.tui.tab import Tab


class Standing(msgspec.Struct, frozen=True):
    """The selected service and how far the map was scrolled; the `focus` of the screen above the board, "" for none.

    Of a service's screen `service` is whose it was, `view` what of it was shown, `row` where the cursor stood.
    """

    selected: str
    scrolled: int
    focus: str = ""
    service: str = ""
    view: str = ""
    row: str = ""


def standing_of(tab: "Tab") -> Standing:
    """Where the reader is in a tab."""
    board, here = tab.board, tab.here
    selected, scrolled = board.service_id, board.map.scroll_offset.y
    if here is board:
        return Standing(selected, scrolled)
    row = here.place[0] if isinstance(here.place, tuple) else ""
    return Standing(selected, scrolled, here.focus_name, here.service_id, here.opened_view, row)


def stand_again(tab: "Tab", standing: Standing) -> None:
    """Go there, as far as the services are still there."""
    there = {service.id for service in tab.engine.services}
    if standing.selected in there:
        tab.board.map.select(standing.selected)
        tab.board.map.scroll_to(y=standing.scrolled, animate=False, immediate=True)
    if standing.focus == SERVICE and standing.service in there:
        tab.open_service(standing.service, standing.view, standing.row)
    elif standing.focus == ALERTS:
        tab.action_alerts()
    elif standing.focus == HISTORY:
        tab.action_history()
    elif standing.focus == UPTIME:
        tab.action_uptime()
