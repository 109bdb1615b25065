"""The units of systemd that failed, on this host, or as its node exporter tells them."""

import shlex
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from sutaz_tui.errors import BadAnswer, Unreachable
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.views.base import Ask, Rows, View, each

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.config.kinds import Host
    from sutaz_tui.sources.clients import Clients

ARGV = ("systemctl", "list-units", "--failed", "--all", "--full", "--plain", "--no-legend", "--no-pager")
NO_SYSTEMD = "no systemd on this host: it has no units"
NOT_BOOTED = "not been booted with systemd"
NO_COLLECTOR = "its node exporter tells of no units: start it with --collector.systemd"
NONE = "none failed"


def asker(service: "Host", clients: "Clients") -> Ask:
    """What asks systemctl here, else the node exporter."""
    from sutaz_tui.probes.host_looks import HostLooks
    from sutaz_tui.sources.command import Program

    looks = HostLooks(service, clients)
    program = Program(ARGV, {"LC_ALL": "C"}, service.title, clients.secrets, clients.shell)

    async def ask_here(timeout: float) -> Rows:
        try:
            ended = await program.run(timeout)
        except Unreachable as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return Rows((), 0, "", NO_SYSTEMD)
            raise
        said = clients.secrets.mask(ended.output.decode("utf-8", "replace"))
        if ended.code != 0 and NOT_BOOTED in said:
            return Rows((), 0, "", NO_SYSTEMD)
        if ended.code != 0:
            raise BadAnswer(service.title, f"systemctl says: {one_line(said, 160) or f'exit {ended.code}'}")
        rows = tuple(
            each("unit", _row, (line.split(None, 4) for line in said.splitlines() if len(line.split()) >= 4))
        )
        return Rows(rows, len(rows), "from systemctl" if rows else NONE)

    async def ask_exporter(timeout: float) -> Rows:
        samples = await looks.samples(("systemd",), timeout) or ()
        failed = [
            one.labels.get("name", "") for one in samples if one.labels.get("state") == "failed" and one.value
        ]
        rows = tuple(_row([name, "", "failed", "failed"]) for name in sorted(failed))
        return Rows(rows, len(rows), "from node exporter" if rows else NONE)

    return ask_here if looks.is_here else _told_of_collector(ask_exporter)


def _told_of_collector(ask: Callable[[float], Awaitable[Rows]]) -> Ask:
    async def asked(timeout: float) -> Rows:
        try:
            return await ask(timeout)
        except BadAnswer as error:
            if "node_ metrics" in error.words:
                return Rows((), 0, "", NO_COLLECTOR)
            raise

    return asked


def _row(words: list[str]) -> TableRow:
    """UNIT LOAD ACTIVE SUB DESCRIPTION."""
    unit = one_line(words[0], 120)
    names = ("unit", "load", "active", "sub", "description")
    values = {name: one_line(word, 160) for name, word in zip(names, words, strict=False) if word}
    return TableRow(unit, values, "down", "✗", copied=shlex.join(["journalctl", "-u", unit, "-n", "100"]))


UNITS = View(
    "units",
    "host",
    "failed units",
    "a host's units of systemd that failed",
    (
        Column("unit", "UNIT", most=48),
        Column("active", "ACTIVE", most=12, priority=2),
        Column("sub", "SUB", most=16, priority=1),
        Column("description", "DESCRIPTION", share=1),
    ),
    30.0,
    lambda service, clients: asker(cast("Host", service), clients),
)
