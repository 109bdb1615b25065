"""Whether two programs watch the same: a hash over what a config watches, with nothing secret in it."""

import hashlib
import json

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
