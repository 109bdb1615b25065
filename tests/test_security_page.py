"""docs/security.md is held against the code: what is run, what is kept, who may read it, what checks may do."""

import ast
import re
import stat
from pathlib import Path

import msgspec
import pytest

from sutaz_tui.config.notifiers import AnyNotifier
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.recorder import messages, server
from sutaz_tui.sources.serving import guard
from sutaz_tui.sources.serving import server as serving
from tests.running import ROOT, simulated

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
RUN_BY = {
    "sources/command.py": "kind `command`",
    "sources/pytest_suite.py": "`checks.pytest`",
    "sources/ssh.py": "`ssh` for a Docker of another host",
    "sources/logs/journal.py": "`journalctl`",
    "setup/from_compose.py": "`docker compose config`",
    "tui/terminal/clipboard.py": "tmux for the clipboard",
    "tui/copy_save.py": "itself for `:bundle`",
    "demo/stack.py": "the simulated stack of `--demo`",
}
"""What starts programs, and by which words the page tells of it."""
STARTS = {
    "create_subprocess_exec",
    "create_subprocess_shell",
    "Popen",
    "run",
    "system",
    "popen",
    "execv",
    "execvp",
}


def _starts_programs(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STARTS:
            of = ast.unparse(node.func.value)
            if of in ("subprocess", "os", "asyncio") and (of, node.func.attr) != ("asyncio", "run"):
                return True
    return False


def test_the_page_names_everything_that_starts_a_program() -> None:
    package = ROOT / "sutaz_tui"
    found = {str(path.relative_to(package)) for path in package.rglob("*.py") if _starts_programs(path)}
    assert found == set(RUN_BY)
    page = " ".join(PAGE.split())
    assert not [words for words in RUN_BY.values() if words not in page]


def test_the_page_has_every_class_of_check_and_every_way_to_tell_people() -> None:
    assert [row for row in re.findall(r"^\| `(\w+)` \|", PAGE, re.M) if row in list(CheckClass)] == list(
        CheckClass
    )
    ways = {
        kind["properties"]["to"]["const"]
        if "const" in kind["properties"]["to"]
        else kind["properties"]["to"]["enum"][0]
        for kind in msgspec.json.schema(AnyNotifier)["$defs"].values()
        if "to" in kind.get("properties", {})
    }
    assert len(ways) == 5 and all(f"`{way}`" in PAGE for way in ways)


def test_what_a_status_leaves_is_for_its_owner_alone_and_named_by_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with simulated("healthy") as stack:
        assert stack.status("redis").returncode == 0
    folder = tmp_path / "sutaz-tui"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    kept = [path for path in folder.iterdir() if not path.name.startswith(".")]
    assert any(path.suffix == ".sqlite3" for path in kept)
    for path in kept:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        pattern = re.sub(r"-.*?(\.\w+)?$", r"-*\1", path.name.removesuffix("-wal").removesuffix("-shm"))
        assert f"`{pattern}`" in PAGE, path.name


def test_the_bounds_of_what_serve_listens_at_are_those_of_its_pages() -> None:
    assert f"{serving.MOST} connections of {serving.DEADLINE:g} s" in PAGE
    bounds = " ".join(
        (ROOT / "docs" / "serve.md").read_text("utf-8").partition("## What it bounds")[2].split()
    )
    assert f"{serving.MOST} connections, {serving.DEADLINE:g} s each" in bounds
    assert f"a head of {serving.LONGEST_HEAD >> 10} KiB" in bounds
    assert f"{guard.OF_ONE} requests of a client in {guard.WINDOW:g} s and {guard.OF_ALL} of all" in bounds


def test_the_bounds_of_a_recorders_socket_are_those_of_the_page() -> None:
    assert f"{server.MOST} boards, {server.MOST_OF_ONE} of one user" in PAGE
    assert f"at most {messages.MOST_OF_BOARD >> 10} KiB" in PAGE
