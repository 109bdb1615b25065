"""The shape of a config file: frozen structs, one a mapping of the YAML; every default that a file may leave out.

Durations are seconds. The kinds of services stand in `kinds.py`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Seconds = Annotated[float, Meta(description="seconds", extra={"unit": "seconds"})]
"""A duration."""

Secret = Annotated[
    str, Meta(description="a secret: ${NAME} or file:PATH, never itself", extra={"secret": True})
]
"""Text that must not stand in the file and is never shown."""

Clock = Annotated[str, Meta(description="HH:MM", extra={"plain": True})]
"""A time of the day, which YAML takes for a number where it stands without quotes."""

Wire = Annotated[str, Meta(extra={"wire": True})]
"""Text that is sent or compared, never drawn: it may hold line breaks and control characters."""

Statuses = list[int | str] | int | str
"""Statuses of HTTP: 200, 2xx, 200-204, or a list of those."""

JsonValue = str | int | float | bool | list[str | int | float | bool] | None
"""A value of JSON, or several of which one is meant."""

_HIDDEN = frozenset({"password", "token", "value", "headers", "env", "argv", "sign", "urls", "key"})
_USERINFO = re.compile(r"//[^/?#\s]*@")


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all config mappings: frozen, by keyword, and an unknown key is an error.

    A repr shows no login: a traceback with local variables prints it.
    """

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return list(self._shown())

    def _shown(self) -> Iterator[tuple[str, object]]:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name in _HIDDEN and value and not isinstance(value, float):
                value = "***"
            elif isinstance(value, str):
                value = _USERINFO.sub("//***@", value)
            yield name, value

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._shown())
        return f"{type(self).__name__}({fields})"


class Basic(Struct, tag="basic", frozen=True, kw_only=True):
    """HTTP Basic: user and password; an empty password means that no login is configured."""

    user: str
    password: Secret


class Bearer(Struct, tag="bearer", frozen=True, kw_only=True):
    """A bearer token in the Authorization header."""

    token: Secret


class Header(Struct, tag="header", frozen=True, kw_only=True):
    """A header that carries the login, such as X-Api-Key; what is no secret stands in `headers`."""

    name: str
    value: Secret


Auth = Basic | Bearer | Header


class Tls(Struct, frozen=True, kw_only=True):
    """How TLS is checked; `verify: insecure` switches the check off, and the board shows that it is off.

    `ca_file` is trusted instead of the system's store; `cert_file` and `key_file` are a client certificate.
    """

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    verify: str = "full"


class Source(Struct, frozen=True, kw_only=True):
    """One platform API that several services are asked through."""

    url: str
    auth: Auth | None = None
    tls: Tls | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    timeout: Seconds = 5.0


class Group(Struct, frozen=True, kw_only=True):
    """A heading on the board; services stand under it in their own order."""

    id: str
    title: str = ""


class LogPlace(Struct, frozen=True, kw_only=True):
    """Where a service's log is, in one of four ways: a container of Docker, a LogQL selector, a file, a systemd unit.

    `loki` is the source that a selector is for, "" for that of the section `logs`; alone: the one to look for it in.
    """

    container: str = ""
    selector: str = ""
    loki: str = ""
    file: str = ""
    journal: str = ""


class QuietHours(Struct, frozen=True, kw_only=True):
    """When trouble is expected, by the clock on the wall: from HH:MM to HH:MM, on days such as mon or mon-fri."""

    begin: Clock = msgspec.field(name="from")
    end: Clock = msgspec.field(name="to")
    days: list[str] = msgspec.field(default_factory=list)
    reason: str = "quiet hours"


class ServiceConfig(Struct, tag_field="kind", frozen=True, kw_only=True):
    """What every kind of service has; a kind adds its own keys.

    `address` is `host:port` or a URL; kinds that ask through a platform API name it in `source` instead.
    `interval`, `timeout` and `warn` (seconds; an answer slower than `warn` is degraded) default by kind.
    `container` is its container's name in the Docker of the source `docker`, which may be left out where all services
    of kind docker ask one. One that is `disabled` is as if it were not there. It is down after `down_after` failed asks
    in a row; in its `quiet` hours its trouble is known.
    """

    id: str
    title: str = ""
    group: str = ""
    address: str = ""
    source: str = ""
    interval: Seconds | UnsetType = UNSET
    timeout: Seconds | UnsetType = UNSET
    warn: Seconds | UnsetType = UNSET
    depends_on: list[str] = msgspec.field(default_factory=list)
    optional: bool = False
    runbook: str = ""
    owner: str = ""
    container: str = ""
    docker: str = ""
    disabled: bool = False
    down_after: int = 2
    quiet: list[QuietHours] = msgspec.field(default_factory=list)
    logs: LogPlace | None = None
    auth: Auth | None = None
    tls: Tls | None = None
