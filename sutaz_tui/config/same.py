"""Whether two programs watch or check the same: hashes over what a config asks, with nothing secret in them."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import msgspec

from sutaz_tui import __version__
from sutaz_tui.config.config import Config, as_service


def config_hash(config: Config) -> str:
    """SHA-256 in hex over the services (id, kind, masked address, group, what they need) and sources (name, masked URL)."""
    mask = config.secrets.mask
    services = sorted(
        [one.id, one.kind, mask(one.address), one.group, sorted(one.depends_on)]
        for one in (as_service(service, config) for service in config.services)
    )
    sources = sorted([name, mask(config.shown(source.url))] for name, source in config.sources.items())
    whole = json.dumps([services, sources], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


_HERE = frozenset({"auth", "tls", "user", "password", "logs", "interval", "quiet", "runbook", "owner"})
"""Keys of a service that may differ between hosts: how it is logged in to, and what no check judges by."""


def checks_hash(config: Config) -> str:
    """SHA-256 in hex over all that a check's verdict hangs on, in this version: what is watched, how services are told
    to be, limits, the user's own checks with the content of their files; no login is part of it."""
    checks = config.checks
    services = [
        {key: value for key, value in msgspec.to_builtins(one).items() if key not in _HERE}
        for one in sorted(config.services, key=lambda one: one.id)
    ]
    own = [msgspec.to_builtins(one) for one in (checks.limits, checks.defaults, *checks.own)]
    whole = json.dumps([__version__, config.env, services, own], ensure_ascii=False, sort_keys=True)
    hashed = hashlib.sha256(config_hash(config).encode() + config.secrets.mask(whole).encode())
    for name in checks.files:
        hashed.update(Path(name).name.encode())
        with suppress(OSError):
            hashed.update(hashlib.sha256(Path(name).read_bytes()).digest())
    return hashed.hexdigest()
