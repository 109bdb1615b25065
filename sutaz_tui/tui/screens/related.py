"""From a service to what it needs, and to who needs it: one a press, as long as the reader stays where that led."""

from collections.abc import Callable, Mapping, Sequence

from sutaz_tui.model import Service
from sutaz_tui.text.sanitise import one_line


class Related:
    """Where a reader is on the way through the neighbours of a service."""

    def __init__(self, services: Sequence[Service], needed_by: Callable[[str], tuple[str, ...]]) -> None:
        self._services: Mapping[str, Service] = {service.id: service for service in services}
        self._needed_by = needed_by
        self._origin = self._here = ""
        self._by = 0

    def next(self, here: str, by: int) -> tuple[str, str]:
        """The next service that this one needs (by -1) or that needs it (1), round the end; and what to say of it.

        "" where there is none. A press from where the one before led goes on with the same service's neighbours.
        """
        if (here, by) != (self._here, self._by):
            self._origin = here
        of = self._services[self._origin]
        ids = [id for id in (of.depends_on if by < 0 else self._needed_by(of.id)) if id in self._services]
        title = one_line(of.title, 30)
        if not ids:
            return "", f"{title} needs no other service" if by < 0 else f"{title}: no dependents"
        at = (ids.index(here) + 1) % len(ids) if here in ids and here == self._here else 0
        # From an only one the next press goes further.
        self._here, self._by = ids[at] if len(ids) > 1 else "", by
        name = one_line(self._services[ids[at]].title, 30)
        words = f"{title} needs {name}" if by < 0 else f"{name} needs {title}"
        return ids[at], words + (f" ({at + 1} of {len(ids)})" if len(ids) > 1 else "")
