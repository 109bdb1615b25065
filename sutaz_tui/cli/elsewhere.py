"""`check --on`: the checks are run by workers in other places."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sutaz_tui.checks.base import Check
    from sutaz_tui.config import Config
    from sutaz_tui.model import CheckRun


def refuse_beside_on(options: "Mapping[str, object]") -> None:
    """A usage error where one of these is set."""
    if named := [name for name, value in options.items() if value]:
        raise click.UsageError(
            f"{named[0]} does not go with --on: workers run each check once, and only read."
        )


class Elsewhere:
    """One call of `check --on`; a usage error where it names no place, SutazError where this config has no workers."""

    def __init__(self, config: "Config", on: str, within: float | None) -> None:
        from sutaz_tui.wiring.checks import NoSuchCheck
        from sutaz_tui.wiring.places import places_of
        from sutaz_tui.wiring.worker import need_dramatiq, workers_of

        self._config = config
        self._workers = workers_of(config)
        need_dramatiq()
        try:
            self._places = places_of(self._workers, on)
        except NoSuchCheck as error:
            raise click.UsageError(str(error)) from None
        self._seconds = self._workers.deadline if within is None else within

    async def run(self, checks: "list[Check]") -> "CheckRun":
        """All results, after those notes that a person should read."""
        from sutaz_tui.process.progress import Progress
        from sutaz_tui.wiring.places import Asking

        progress = Progress(len(checks) * len(self._places), "checks")
        asking = Asking(self._config, self._workers, self._places, progress.step)
        try:
            return await asking.run(checks, self._seconds)
        finally:
            progress.end()
            for note in asking.notes:
                click.echo(note, err=True)
