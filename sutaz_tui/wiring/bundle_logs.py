"""The logs that a bundle brought: files of services' lines, read as any log file, and nobody to ask for others."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sutaz_tui.config import Config
from sutaz_tui.logs.feed import Feed
from sutaz_tui.wiring.logs import LogFeeds


class BundleLogs(LogFeeds):
    """Opens the files of these services, by id."""

    def __init__(self, config: Config, files: Mapping[str, Path]) -> None:
        super().__init__(config)
        self._files = files

    async def feeds(self, services: Sequence[str]) -> list[Feed]:
        """A feed for each of these services whose log is in the bundle."""
        no_log = (await self._module("logs.finding")).NoLog
        files = (await self._module("logs.files")).FileFeed
        for id in services:
            if id not in self._files:
                self.problems[id] = no_log(f"{id}: no log of it is in this bundle", was_asked=True)
        return [files(id, str(self._files[id]), "the bundle") for id in services if id in self._files]
