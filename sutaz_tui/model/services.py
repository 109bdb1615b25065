"""What is watched."""

from datetime import timedelta

from msgspec import Struct


class Quiet(Struct, frozen=True):
    """A window of the wall's clock in which trouble is known: from `begin` to `end` after midnight, on weekdays (0 is
    Monday) or every day."""

    begin: timedelta
    end: timedelta
    days: tuple[int, ...] = ()
    reason: str = ""


class Service(Struct, frozen=True):
    """One thing of the stack that can be up or down; `address` is what a person would dial, without secrets.

    `docker` is the id of the Docker service that knows its `container`, "" where none is asked. It is down after
    `down_after` failed asks in a row; in `quiet` its trouble is known.
    """

    id: str
    title: str
    kind: str
    group: str
    address: str = ""
    depends_on: tuple[str, ...] = ()
    optional: bool = False
    runbook: str = ""
    owner: str = ""
    container: str = ""
    docker: str = ""
    down_after: int = 2
    quiet: tuple[Quiet, ...] = ()
