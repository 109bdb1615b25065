"""requirements-hashes.txt: it has every package that the program needs, at the pinned version, with hashes and no address."""

import re
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.running import ROOT

PINNED = re.compile(r"^([\w.-]+)==(\S+?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.M)


def needed(name: str, extras: frozenset[str], found: dict[tuple[str, str], None]) -> set[str]:
    """All that a package with extras needs here, by its metadata."""
    for line in metadata.requires(name) or ():
        wanted = Requirement(line)
        for extra in extras or {""}:
            key = (canonicalize_name(wanted.name), extra)
            if key not in found and (wanted.marker is None or wanted.marker.evaluate({"extra": extra})):
                found[key] = None
                needed(wanted.name, frozenset(wanted.extras), found)
    return {package for package, _ in found}


def test_every_package_that_is_needed_stands_there_at_its_pinned_version_with_a_hash() -> None:
    text = (ROOT / "requirements-hashes.txt").read_text("utf-8")
    hashed = {canonicalize_name(name): version for name, version, _ in PINNED.findall(text)}
    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if "==" in line
    )
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    wants = needed(
        "sutaz-tui", frozenset({"demo", "mysql", "notify", "serve", "web", "workers"}), {}
    ) | needed("hatchling", frozenset(), {})
    wants -= {"sutaz-tui"}
    assert len(wants) > 30
    assert not wants - set(hashed), "scripts/write-hashes writes it anew"
    assert not {name for name, version in hashed.items() if pinned.get(name) != version}
    rest = [line for line in PINNED.sub("", text).splitlines() if line and not line.startswith("#")]
    assert not rest and "://" not in text
