"""What a shell completes, asked by a real bash."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from sutaz_tui.cli.completing import SHELLS
from sutaz_tui.cli.main import cli
from tests.running import ROOT, command, environment
from tests.servers.programs import need
from tests.servers.waiting import patient
from tests.terminal import Terminal

SHOP = """
groups: [{id: web}]
sources: {prometheus: {url: "http://127.0.0.1:9"}}
services:
  - {id: shop, kind: http, group: web, address: "http://127.0.0.1:9", title: "Shop $(touch TITLE_RAN)"}
  - {id: shelf, kind: redis, group: web, address: "127.0.0.1:9"}
  - {id: prom, kind: prometheus, group: web, source: prometheus}
notify:
  - {name: pager, to: command, argv: [/bin/true]}
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with `sutaz-tui`."""
    program = tmp_path / "bin" / "sutaz-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sutaz_tui "$@"\n')
    program.chmod(0o755)
    (tmp_path / "shop.yaml").write_text(SHOP)
    return f"{program.parent}:{os.environ['PATH']}"


def completed(path: str, cwd: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words."""
    script = (
        'eval "$(sutaz-tui completions bash)"\n'
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))\n'
        '_sutaz_tui_completion sutaz-tui\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    more = {"PATH": path, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", "sutaz-tui", *words],
        cwd=cwd,
        env=environment(more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(60),
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_the_first_word_is_a_command_or_a_config_of_yours(path: str, tmp_path: Path) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "sutaz-tui"
    folder.mkdir(parents=True)
    (folder / "staging.yaml").write_text(SHOP)
    (folder / "$(touch NAME_RAN).yaml").write_text(SHOP)
    found = completed(path, tmp_path, "")
    assert {"status", "check", "completions", "staging"} <= set(found)
    assert "--plain" in completed(path, tmp_path, "--p") and "--format" in completed(
        path, tmp_path, "status", "--f"
    )
    assert not [one for one in found if "touch" in one] and not list(tmp_path.rglob("*_RAN"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("status", "-c", "shop.yaml", "sh"), ["shop", "shelf"]),
        (("logs", "-c", "shop.yaml", "shop", "sh"), ["shelf"]),
        (("check", "-c", "shop.yaml", ""), ["http", "redis", "prometheus"]),
        (("show", "-c", "shop.yaml", "ta"), ["targets"]),
        (("show", "-c", "shop.yaml", "pg"), []),
        (("show", "targets", "-c", "shop.yaml", "--service", "p"), ["prom"]),
        (("notify", "test", "-c", "shop.yaml", ""), ["pager"]),
        (("status", "--demo", "lett"), ["letta"]),
        (("show", "--demo", "pg-b"), ["pg-blocking"]),
    ],
)
def test_what_the_config_has_is_completed(
    path: str, tmp_path: Path, words: tuple[str, ...], expected: list[str]
) -> None:
    assert completed(path, tmp_path, *words) == expected


def test_checks_are_completed_by_category_then_by_id(path: str, tmp_path: Path) -> None:
    found = completed(path, tmp_path, "check", "--demo", "monitoring.grafana.d")
    assert "monitoring.grafana.database" in found
    assert all(one.startswith("monitoring.grafana.d") for one in found)


def test_a_config_at_fault_or_not_trusted_completes_nothing_and_says_nothing(
    path: str, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("services: [")
    assert completed(path, tmp_path, "status", "-c", "broken.yaml", "") == []
    assert completed(path, tmp_path, "status", "-c", "absent.yaml", "") == []
    (tmp_path / "sutaz-tui.yaml").write_text(SHOP)
    assert completed(path, tmp_path, "status", "sh") == []


@pytest.mark.parametrize(
    ("shell", "words", "line"),
    [
        ("bash", "--norc --noprofile", 'eval "$(sutaz-tui completions bash)"'),
        ("zsh", "-f", 'eval "$(sutaz-tui completions zsh)"'),
        ("fish", "--no-config", "sutaz-tui completions fish | source"),
    ],
)
def test_tab_completes_a_service_in_a_bare_shell(
    path: str, tmp_path: Path, shell: str, words: str, line: str
) -> None:
    assert f"`{line}`" in (ROOT / "README.md").read_text("utf-8").replace("\\|", "|")
    (program,) = need(shell)
    more = {"PATH": path, "PYTHONPATH": str(ROOT), "PS1": "$ ", "INPUTRC": "/dev/null", "HOME": str(tmp_path)}
    with Terminal(program=(str(program), *words.split(), "-i"), cwd=tmp_path, env=more) as terminal:
        terminal.press(f'{line}; echo loa""ded\r')
        terminal.wait_for("\nloaded")
        terminal.press("sutaz-tui status -c shop.yaml she\t")
        terminal.wait_for("shop.yaml shelf")
        terminal.press("\x15sutaz-tui status -c shop.yaml sh\t")
        terminal.press("\t")
        terminal.wait_for(lambda text: "shop" in text.replace("shop.yaml", ""))
    assert not list(tmp_path.rglob("TITLE_RAN"))


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_shell_is_given_is_its_own_language(shell: str, tmp_path: Path) -> None:
    done = command("completions", shell)
    assert done.returncode == 0 and f"_SUTAZ_TUI_COMPLETE={shell}_complete" in done.stdout
    if there := shutil.which(shell):
        script = tmp_path / "script"
        script.write_text(done.stdout)
        assert subprocess.run([there, "-n", str(script)], capture_output=True).returncode == 0


def test_every_place_of_a_service_in_the_command_line_is_completed() -> None:
    of_services = [
        (name, one)
        for name, each in cli.commands.items()
        for one in each.params
        if one.name in ("service", "services") and name != "simulate"
    ]
    assert len(of_services) >= 6
    assert not [
        name
        for name, one in of_services
        if one._custom_shell_complete is None and not isinstance(one.type, click.Choice)
    ]
