"""Writing a config for a test, and reading what is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from sutaz_tui.config import Config, load
from sutaz_tui.errors import ConfigError

HTTP = "services:\n  - id: a\n    kind: http\n    address: http://127.0.0.1:8080\n"
"""Four lines that are a whole config: further keys of the service `a` begin on line 5."""


def write(folder: Path, text: str) -> Path:
    """A config file in a folder of the test."""
    file = folder / "stack.yaml"
    file.write_text(dedent(text))
    return file


def read(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Config:
    """The config that a text is."""
    return load(None, write(folder, text), environ or {})


def faults(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with a text, each as `line: key: words`, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text, environ)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.problems), "a problem is one line"
    prefix = f"{folder}/stack.yaml:"
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines]
