"""How well a name from outside (a container, a label's value, a file) fits a service."""

import re
from collections.abc import Iterable
from enum import IntEnum

from sutaz_tui.config import Config, ServiceConfig


class Fit(IntEnum):
    """How a name fits, best first."""

    CONTAINER = 1
    """It is the container's name in the config."""
    OWN = 2
    """It is the service's id or title."""
    PREFIXED = 3
    """It is that behind a project's name, as Compose makes it: shop-backend-1."""
    NONE = 4


def plain(name: str) -> str:
    """A name as it is compared: lower case, words joined by one hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class ServiceNames:
    """The names of one service, and those of the others, which are none of its own."""

    def __init__(self, service: ServiceConfig, config: Config) -> None:
        place = service.logs.container if service.logs else ""
        self.container = plain(place or service.container)
        self.own = {plain(service.id), plain(service.title)} - {""}
        others = [other for other in config.services if other.id != service.id]
        self._others = {plain(name) for one in others for name in (one.container, one.id, one.title)}
        self._others -= {"", self.container, *self.own}
        self._prefixed = re.compile(
            rf"(?:.+-)?(?:{'|'.join(sorted(map(re.escape, self.own)))})(?:-\d{{1,4}})?"
        )

    def fit(self, name: str) -> Fit:
        """How well a name fits; a unit of systemd's is named as its service is."""
        found = plain(name.removesuffix(".service"))
        if found and found == self.container:
            return Fit.CONTAINER
        if found in self._others:
            return Fit.NONE
        if found in self.own:
            return Fit.OWN
        return Fit.PREFIXED if self._prefixed.fullmatch(found) else Fit.NONE

    def is_others(self, name: str) -> bool:
        """Whether another service of the config is called so."""
        return plain(name) in self._others

    def best(self, names: Iterable[str]) -> tuple[Fit, list[str]]:
        """The names that fit best; none when they are names of several things."""
        fits = [(self.fit(name), name) for name in names]
        best = min((fit for fit, _ in fits), default=Fit.NONE)
        found = [name for fit, name in fits if fit is best] if best is not Fit.NONE else []
        # backend-1 and backend-2 are one service twice; shop-backend and bank-backend are two.
        if best is Fit.PREFIXED and len({re.sub(r"-\d{1,4}$", "", plain(name)) for name in found}) > 1:
            return Fit.NONE, []
        return best, found
