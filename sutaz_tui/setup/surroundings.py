"""What stands around a config on this host: logins that are empty, proxy settings, files that cannot be written, and
addresses where nobody listens."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from sutaz_tui.config import Config
from sutaz_tui.config.addresses import LOOPBACK
from sutaz_tui.setup.misplaced import Address

_PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def surroundings(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    """A sentence each."""
    yield from _empty_logins(config)
    if named := [name for name in _PROXIES if environ.get(name)]:
        words = "is" if len(named) == 1 else "are"
        yield f"{' and '.join(named)} {words} set: services are asked directly, never through a proxy"
    path = config.path
    if path is not None and not (
        os.access(path, os.W_OK) and os.access(Path(path).resolve().parent, os.W_OK)
    ):
        yield f"{path} cannot be written by you: --write would fail"


def unheard(
    config: Config,
    addresses: Mapping[int, Sequence[Address]],
    known: Collection[str],
    listening: Collection[int],
) -> Iterator[str]:
    """A sentence for each address at this host where nobody listens, of services that are not `known`, but for optional ones.

    None where the kernel tells nothing of who listens.
    """
    for index, each in addresses.items() if listening else ():
        service = config.services[index]
        for one in each if service.id not in known and not service.optional else ():
            if one.host in LOOPBACK and one.port not in listening:
                yield f"{service.id}: nobody listens at {one.at} on this host"


def _empty_logins(config: Config) -> Iterator[str]:
    """A login whose variable is empty is as if it were not there."""
    for service in config.services:
        variable = config.login_variables.get(f"services.{service.id}", "")
        if variable and service.auth is None and not getattr(service, "password", ""):
            yield f"{service.id}: its password is empty: {variable} is not set"
    for name, source in config.sources.items():
        variable = config.login_variables.get(f"sources.{name}", "")
        if variable and source.auth is None:
            yield f"source {name}: its login is empty: {variable} is not set"
