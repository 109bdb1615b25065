"""An own check that is wrong in the config, or that could never fail, is refused with its line."""

from pathlib import Path

import pytest

from tests.checks.own import OWN
from tests.config.faults import HTTP, faults, read

TCP = "address: '127.0.0.1:1'"


ENTRY = "checks:\n  own:\n    - id: x\n"


CHECKS = OWN + ENTRY


def of_kind(kind: str) -> str:
    """A config of one service of a kind, and the head of an own check."""
    keys = {"prometheus": "source: s", "rabbitmq": "source: s, address: '127.0.0.1:1'"}
    service = f"{{id: a, kind: {kind}, {keys.get(kind, TCP)}}}"
    sources = "sources: {s: {url: 'http://127.0.0.1:1'}}\n" if kind in keys else ""
    return f"env: test\n{sources}services:\n  - {service}\n{ENTRY}"


WRONG = {
    "promql asserts nothing": (
        of_kind("prometheus") + "      kind: promql\n      query: up\n      service: a\n",
        "asserts nothing, expected one of min, max",
    ),
    "sql asserts nothing": (
        of_kind("postgres") + "      kind: sql\n      query: SELECT 1\n      service: a\n",
        "asserts nothing",
    ),
    "redis asserts nothing": (
        of_kind("redis") + "      kind: redis\n      command: [PING]\n      service: a\n",
        "asserts nothing",
    ),
    "queue asserts nothing": (of_kind("rabbitmq") + "      kind: queue\n      queue: q\n      service: a\n", "asserts nothing"),
    "http asserts nothing": (CHECKS + "      kind: http\n      url: http://x\n      status: []\n", "asserts nothing"),
    "a value without a path": (
        CHECKS + "      kind: http\n      url: http://x\n      json_value: 1\n",
        "found json_value without json_path, expected both",
    ),
    "a value without a header": (
        CHECKS + "      kind: http\n      url: http://x\n      header_value: x\n",
        "found header_value without header, expected both",
    ),
    "a value without a path in a step": (
        CHECKS + "      kind: steps\n      steps: [{url: 'http://x', json_value: true}]\n",
        "found json_value without json_path, expected both",
    ),
    "steps assert nothing": (CHECKS + "      kind: steps\n      steps: []\n", "expected at least one"),
    "a step asserts nothing": (
        CHECKS + "      kind: steps\n      steps: [{url: 'http://x', status: []}]\n",
        "asserts nothing",
    ),
    "a POST that claims to read": (
        CHECKS + "      kind: http\n      url: http://x\n      method: POST\n",
        "expected does: writes or heavy",
    ),
    "a redis command that writes": (
        of_kind("redis") + "      kind: redis\n      command: [FLUSHALL]\n      service: a\n      min: 1\n",
        "expected a command that only reads",
    ),
    "an unknown service": (CHECKS + "      kind: queue\n      queue: q\n      max_messages: 1\n", "no service"),
    "a service of another kind": (
        CHECKS + "      kind: redis\n      command: [PING]\n      service: a\n      equals: PONG\n",
        "found service 'a' of kind http, expected one of kind redis",
    ),
    "an unknown class": (CHECKS + "      kind: tcp\n      address: x:1\n      does: reeds\n", "reads"),
    "a regex": (CHECKS + "      kind: http\n      url: http://x\n      regex: '('\n", "does not compile"),
    "a regex of a step": (
        CHECKS + "      kind: steps\n      steps: [{url: 'http://x', regex: '('}]\n",
        "does not compile",
    ),
    "a second id": (
        CHECKS + "      kind: tcp\n      address: x:1\n    - id: x\n      kind: tcp\n      address: x:2\n",
        "expected each id once",
    ),
    "an unknown kind": (CHECKS + "      kind: htpp\n      url: http://x\n", "http"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_own_check_is_a_config_error(tmp_path: Path, name: str) -> None:
    text, words = WRONG[name]
    [fault] = faults(tmp_path, text)
    assert words in fault
    line, key, _ = fault.split(": ", 2)
    assert int(line) >= 6, "the line of the check"
    assert key.startswith("checks.own")


@pytest.mark.parametrize(("env", "is_wrong"), [("test", False), ("staging", True), ("", True)])
def test_classes_are_allowed_in_the_config_only_where_env_is_test(
    tmp_path: Path, env: str, is_wrong: bool
) -> None:
    text = (f"env: {env}\n" if env else "") + HTTP + "checks: {allow: [writes, heavy]}\n"
    if not is_wrong:
        assert read(tmp_path, text).checks.allow == ["writes", "heavy"]
        return
    [fault] = faults(tmp_path, text)
    assert "checks.allow" in fault and "only env: test may allow them" in fault
