"""The commands beside `status`: what they print, where, and with which exit code."""

import json
import os
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from sutaz_tui import __version__
from sutaz_tui.cli.main import cli
from sutaz_tui.config.files import COMMANDS
from sutaz_tui.simulator.ports import PORTS
from sutaz_tui.views.alerts import ALERTS
from sutaz_tui.views.registry import BY_ID
from tests.running import LEAK, begun, command
from tests.servers.waiting import eventually, patient


def test_version_is_one_line() -> None:
    done = command("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"sutaz-tui {__version__}\n", "")


def test_help_names_every_command() -> None:
    done = command("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(re.search(rf"^  {name} ", done.stdout, re.M) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    done = command(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: sutaz-tui {name}")


@pytest.mark.parametrize("what", ["check", "show", "cost", "path", "schema"])
def test_config_looks_at_the_demos_own_config(what: str) -> None:
    done = command("config", what, "--demo")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert len(done.stdout) > 20
    if what == "schema":
        assert "services" in json.dumps(json.loads(done.stdout))
    if what == "cost":
        assert re.search(r"^letta +4\.0 ", done.stdout, re.M)
    assert not LEAK.search(done.stdout) or what in ("schema", "show")


def test_config_example_is_the_built_in_config_with_every_key_explained() -> None:
    done = command("config", "example")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == Path("config.example.yaml").read_text("utf-8")


def test_a_mistyped_command_is_told_by_the_one_that_was_meant() -> None:
    assert set(COMMANDS) == set(cli.commands)
    done = command("statsu")
    assert done.returncode == 2 and 'or a command: "status"' in done.stderr
    done = command("shwo", "queues")
    assert done.returncode == 2 and "no command 'shwo', expected \"show\"" in done.stderr


@pytest.mark.parametrize("name", ["history", "uptime"])
def test_the_demo_has_no_history_and_says_so(name: str) -> None:
    done = command(name, "--demo")
    assert done.returncode == 2 and "the demo has no history" in done.stderr


def test_show_without_a_view_lists_them() -> None:
    done = command("show")
    assert (done.returncode, done.stderr) == (0, "")
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == sorted([*BY_ID, ALERTS.id])


@pytest.mark.parametrize("words", [("status",), ("logs",), ("wait",), ("uptime",), ("history",)])
def test_a_mistyped_service_is_told_by_the_one_that_was_meant(words: tuple[str, ...]) -> None:
    done = command(*words, "-c", "config.example.yaml", "backedn")
    assert done.returncode == 2
    assert "no service 'backedn' in this config; expected \"backend\"" in done.stderr


def test_a_name_means_that_file_of_the_users_folder(own_folders: Path) -> None:
    folder = own_folders / "config" / "sutaz-tui"
    folder.mkdir(parents=True)
    (folder / "shop.yaml").write_text(
        "services:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n", "utf-8"
    )
    done = command("shop")
    assert done.returncode == 1, "the till is down"
    assert "Till" in done.stdout
    assert "refused" in done.stdout


def test_without_a_terminal_and_without_a_stack_every_service_is_told_and_nothing_hangs() -> None:
    # Nothing of the stack listens here, unless somebody runs it on this machine.
    done = command("-c", "config.example.yaml")
    assert done.returncode in (0, 1), done.stderr
    assert done.stderr == ""
    assert "PostgreSQL" in done.stdout


def test_simulate_prints_a_config_that_is_right_and_that_status_can_use(tmp_path: Path) -> None:
    path = tmp_path / "printed.yaml"
    with begun("simulate", "--scenario", "healthy", "--services", "3", "--fault", "svc-0002=503") as process:
        assert process.stdout is not None and process.stderr is not None
        words = process.stderr.readline()
        lines = []
        while not (line := process.stdout.readline()).startswith("# export SUTAZ_TUI_PASSWORD"):
            lines.append(line)
        lines.append(line)
        path.write_text("".join(lines), "utf-8")
        exports = dict(
            line.removeprefix("# export ").strip().split("=", 1) for line in lines if "# export " in line
        )
        checked = command("config", "check", "-c", str(path), env=exports)
        assert checked.returncode == 0, checked.stderr
        done = command(
            *("status", "-c", str(path), "--format", "json", "letta", "postgres", "svc-0001", "svc-0002"),
            env=exports,
        )
        whole = json.loads(done.stdout)
        assert {service["id"]: service["status"] for service in whole["services"]} == {
            "letta": "up",
            "postgres": "up",
            "svc-0001": "up",
            "svc-0002": "down",
        }
        control = re.search(r"control (http://\S+);", words)
        assert control is not None, words
        process.send_signal(signal.SIGINT)
        assert process.wait(patient(10)) == 130

    def is_gone() -> bool:
        try:
            httpx2.get(f"{control[1]}/control")
        except httpx2.ConnectError:
            return True
        return False

    eventually(is_gone, "the simulated stack has ended")


def test_the_simulated_stack_dies_with_a_killed_parent() -> None:
    with begun("simulate") as process:
        assert process.stderr is not None
        assert "control" in process.stderr.readline()
        [child] = children(process.pid)
        process.kill()
        process.wait()
        eventually(lambda: not is_alive(child), "the simulated stack has ended")


def children(pid: int) -> list[int]:
    """The children of a process, whichever of its threads made them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended and waits to be collected does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_ports_that_are_taken_are_told_in_words() -> None:
    with socket.socket() as taken:
        # Where somebody has it already that serves as well.
        with suppress(OSError):
            taken.bind(("127.0.0.1", PORTS["letta"]))
        done = command("simulate", "--ports", "own")
    assert (done.returncode, done.stdout) == (1, "")
    assert "--ports free" in done.stderr
    assert not LEAK.search(done.stderr)
