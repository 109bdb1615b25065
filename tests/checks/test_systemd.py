"""The checks of a unit of systemd, on a stand-in for `systemctl show`."""

import pytest

from sutaz_tui.config.kinds import Systemd
from sutaz_tui.demo.prove import Control
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import Outcome
from sutaz_tui.wiring.checks import Checking, load_checks
from tests.loopback import configured

PASS, FAIL, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.SKIP


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ([], [PASS, PASS, PASS]),
        (["UnitFileState:disabled", "TriggeredBy:cups.socket"], [PASS, SKIP, PASS]),
        (["UnitFileState:static"], [PASS, PASS, PASS]),
        (["ActiveState:inactive", "SubState:dead", "Type:oneshot"], [PASS, PASS, PASS]),
        (["ActiveState:activating", "SubState:auto-restart", "NRestarts:412"], [FAIL, PASS, FAIL]),
        (["NRestarts:[not set]"], [PASS, PASS, SKIP]),
    ],
)
async def test_a_unit_as_it_is(told: list[str], ends: list[Outcome]) -> None:
    config = configured(Systemd(id="cups", unit="cups.service"))
    with Demo("healthy") as stack, stack.programs():
        await stack.listening()
        await Control(stack.control).be({"systemd_properties": told})
        checking = Checking(config)
        try:
            run = await checking.run(load_checks(config), ignore_needs=True)
        finally:
            await checking.aclose()
    assert [one.outcome for one in run.results] == ends, [one.message for one in run.results]
