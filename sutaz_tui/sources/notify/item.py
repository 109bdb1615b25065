"""One thing that is wrong, as people are told of it."""

from datetime import datetime

from msgspec import Struct

OURS = ("monitor", "sutaz-tui")
"""The label of alerts that this program raised itself: what an Alertmanager tells back is no news."""


class Item(Struct, frozen=True):
    """One thing that is wrong; `key` is the same as long as it is the same thing.

    `services` are those that it hits, its own `service` first. `is_known`: a person knows of it, so it is no news.
    """

    key: str
    title: str
    words: str
    severity: str
    since: datetime
    service: str = ""
    services: tuple[str, ...] = ()
    owner: str = ""
    runbook: str = ""
    is_known: bool = False
