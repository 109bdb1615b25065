"""Files that are no config, by accident or by malice: a few plain lines, quickly, and no crash."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sutaz_tui.config import load, nodes
from sutaz_tui.errors import ConfigError
from tests.config.faults import HTTP

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
TALL = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 400))

HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "1: found an empty file, expected at least `services:`"),
    "comments alone": (b"# x\n", "1: found an empty file, expected at least `services:`"),
    "a number": (b"42\n", "1: found the number 42, expected a mapping (key: value)"),
    "billion laughs": (BOMB.encode(), "6: found aliases that make more than 200000 nodes, expected fewer"),
    "a tower of aliases": (TALL.encode(), "18: found aliases that make more than 20 levels, expected fewer"),
    "an alias to itself": (b"a: &a [*a]\n", "1: found aliases that make more than 20 levels, expected fewer"),
    "a merge of itself": (
        b"a: &a\n  <<: *a\n",
        "2: found aliases that make more than 20 levels, expected fewer",
    ),
    "100,000 brackets": (b"[" * 100_000, "1: found more than 20 levels, expected fewer"),
    "100,000 braces": (b"{a: " * 100_000, "1: found more than 20 levels, expected fewer"),
    "5 MB": (b"a: b\n" * 1_000_000, "found more than 1 MiB, expected a config file"),
    "a NUL": (b"env: x\nenv\0: y\n", "2: found a control character, expected text"),
    "an escape": (b"env: x\nowner: \x1b[2J\n", "2: found a control character, expected text"),
    "binary": (b"\x7fELF\x02\x01\n\xff\xfe\x00", "2: found bytes that are not UTF-8, expected text"),
    "UTF-16": ("env: x".encode("utf-16"), "1: found bytes that are not UTF-8, expected text"),
    "a tab": (b"services:\n\t- id: a\n", "2: found a tab at the start of a line, expected blanks"),
    "two documents": (b"env: x\n---\nenv: y\n", "2: found a second document (`---`), expected one"),
    "an undefined alias": (
        b"env: *x\n",
        "1: found an alias to nothing, expected an anchor before it (quote a text that starts with *)",
    ),
    "an open list": (b"env: [x\n", "2: found no YAML, expected it: "),
    "an open quote": (b'env: "x\n', "2: found no YAML, expected it: "),
    "two colons": (b"env: x: y\n", "1: found no YAML, expected it: mapping values are not allowed"),
    "a Python object": (
        b"env: !!python/object/apply:os.system [id]\n" + HTTP.encode(),
        "1: env: found a tag (!\u2026), expected no tag",
    ),
    "a tag": (b"env: !secret x\n" + HTTP.encode(), "1: env: found a tag (!\u2026), expected no tag"),
    "a key that is a list": (b"[a, b]: c\n" + HTTP.encode(), "1: found a list, expected a key in one word"),
    "a long number": (
        b"limits:\n  asks: " + b"9" * 9000 + b"\n" + HTTP.encode(),
        "2: limits.asks: found the number 99999",
    ),
    "a long key": (b"x" * 1000 + b": y\n" + HTTP.encode(), "1: xxxxxxxxxx"),
}


@pytest.mark.parametrize("loader", [nodes._Loader, yaml.SafeLoader], ids=["libyaml", "pure"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_line(
    name: str, loader: type[yaml.SafeLoader], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, words = HOSTILE[name]
    monkeypatch.setattr(nodes, "_Loader", loader)
    file = tmp_path / "x.yaml"
    file.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(None, file, {})
    said = str(caught.value)
    assert "\n" not in said
    assert said.isprintable()
    assert len(said) < 400
    line = words.partition(":")[0]
    if loader is yaml.SafeLoader and "no YAML" in words:
        words, said = (
            words.partition(": ")[2][:12],
            said.partition(": ")[2],
        )  # it tells another line and other words
    elif not line.isdigit():
        said = said.removeprefix(f"{file}: ")
    else:
        said = said.removeprefix(f"{file}:")
    assert said.startswith(words)


def test_a_file_that_is_no_config_at_all_tells_a_hundred_faults(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(HTTP + "".join(f"key{number}: x\n" for number in range(5000)))
    with pytest.raises(ConfigError) as caught:
        load(None, file, {})
    lines = str(caught.value).splitlines()
    assert len(lines) == 101
    assert lines[-1] == f"{file}: found 4900 more problems, expected none"


def test_hostile_keys_and_ids_are_shown_as_text(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text('"\\e[2J\\n[@click=app.quit]x": y\n' + HTTP.replace("id: a", 'id: "\\e]52;c;x\\a"'))
    with pytest.raises(ConfigError) as caught:
        load(None, file, {})
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["1", "3", "3"][: len(lines)]
    assert all(line.isprintable() for line in lines)


_KEYS = st.sampled_from(
    [
        "services",
        "sources",
        "groups",
        "pace",
        "limits",
        "id",
        "kind",
        "address",
        "source",
        "interval",
        "timeout",
        "depends_on",
        "auth",
        "tls",
        "type",
        "http",
        "promql",
        "env_file",
        "argv",
        "status",
        "verify",
        "<<",
        "keymap",
    ]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_TREES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5)
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=st.dictionaries(_KEYS, _TREES, max_size=6))
def test_whatever_stands_there_every_fault_is_one_printable_line(tree: object, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(None, file, {})
    assert caught.value.problems
    assert all(str(problem).isprintable() for problem in caught.value.problems)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_whatever_bytes_there_are_they_are_no_crash(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(None, file, {})
    assert str(caught.value).replace("\n", "").isprintable()
