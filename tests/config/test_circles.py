"""Circles of dependencies, and mappings that are merged into each other."""

from pathlib import Path

from tests.config.faults import faults, read


def test_a_long_circle_is_said_once_and_in_full(tmp_path: Path) -> None:
    ids = [f"s{number}" for number in range(2000)]
    text = "services:\n" + "".join(
        f"  - {{id: {id}, kind: http, address: 'http://h', depends_on: [{ids[(n + 1) % len(ids)]}]}}\n"
        for n, id in enumerate(ids)
    )
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("2: services.s0.depends_on: found a circle s0 -> s1 -> s2 ->")
    assert len(fault) < 300


def test_merged_mappings_give_their_keys_and_own_keys_win(tmp_path: Path) -> None:
    text = """\
    services:
      - &web {id: a, kind: http, address: "http://h", interval: 20, warn: 2}
      - <<: *web
        id: b
        warn: 3
    """
    config = read(tmp_path, text)
    assert [(service.id, service.interval, service.warn) for service in config.services] == [
        ("a", 20, 2),
        ("b", 20, 3),
    ]
