"""The board of a host never seen before: Docker alone is read, a key begins to ask the services, a word keeps it."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from sutaz_tui.demo.stack import Demo
from tests.setup.foreign import Foreign, foreign
from tests.terminal import Terminal
from tests.test_terminal_tabs import typed

NUMBER = re.compile(r"a asks (\d+) services")


@pytest.fixture(scope="module")
def stack() -> Iterator[Demo]:
    with Demo("healthy") as demo:
        demo.wait()
        yield demo


def docker_of(stack: Demo) -> str:
    return next(one.url for one in stack.config().sources.values() if one.url.startswith("unix:"))


def asked(stack: Demo) -> dict[str, int]:
    """How often each endpoint was asked or connected to, Docker aside."""
    counts = httpx2.get(f"{stack.control}/control/counts").json()
    return {
        name: count["connections"] + count["requests"]
        for name, count in counts.items()
        if name not in ("docker", "control")
    }


def opened(docker: Foreign, folder: Path, columns: int = 80, rows: int = 24) -> Terminal:
    env = {
        "DOCKER_HOST": docker.url,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    return Terminal(env=env, cwd=folder, columns=columns, rows=rows)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_nothing_is_sent_to_a_service_until_the_key_that_shows_their_number(
    stack: Demo, tmp_path: Path, columns: int, rows: int
) -> None:
    before = asked(stack)
    with foreign(docker_of(stack), 40) as docker, opened(docker, tmp_path, columns, rows) as terminal:
        terminal.wait_for(lambda text: "open a board of them? Docker alone is read" in flat(text))
        assert "Docker runs 40 containers of project supabase and 2 other projects" in flat(terminal.text)
        terminal.press("\r")
        terminal.wait_for(lambda text: NUMBER.search(text))
        number = NUMBER.findall(terminal.text)[0]
        assert 30 <= int(number) < 40
        terminal.wait_for(lambda text: "DOCKER ALONE" in text and "? 0" in text and "running" in text)
        terminal.press("\x12")  # ctrl+r: what is on the board, which is Docker's word
        terminal.wait_for("polling every service")
        assert asked(stack) == before
        terminal.press("a")
        terminal.wait_for(f"polling {number} services; :save-config keeps this board")
        terminal.wait_for(lambda text: "DOCKER ALONE" not in text and "asking " not in text)
        more = [name for name, count in asked(stack).items() if count > before.get(name, 0)]
        assert len(more) >= 20, more
        terminal.press("a")
        terminal.wait_for("every service of this board is polled already")
        assert not (tmp_path / "config").exists(), "nothing is kept that nobody asked for"
        terminal.press("Q")
        assert terminal.wait_end() == 0


def test_save_config_writes_what_init_would_have_written_and_nothing_over(
    stack: Demo, tmp_path: Path
) -> None:
    with foreign(docker_of(stack)) as docker:
        with opened(docker, tmp_path, 120) as terminal:
            terminal.wait_for(lambda text: "open a board of them?" in flat(text))
            terminal.press("y\r")
            terminal.wait_for("a asks")
            typed(terminal, ":save-config")
            terminal.wait_for("~/config/sutaz-tui/supabase.yaml")
            terminal.press("\r")
            terminal.wait_for("wrote ~/config/sutaz-tui/supabase.yaml; sutaz-tui supabase opens it")
            typed(terminal, ":save-config")
            terminal.wait_for("~/config/sutaz-tui/supabase.yaml")
            terminal.press("\r")
            terminal.wait_for("not written: ~/config/sutaz-tui/supabase.yaml is there already")
            terminal.press("Q")
            assert terminal.wait_end() == 0
        kept = tmp_path / "config/sutaz-tui/supabase.yaml"
        assert kept.stat().st_mode & 0o777 == 0o600
        made = Terminal(
            "init",
            "--docker",
            docker.url,
            "-o",
            str(tmp_path / "init.yaml"),
            env={"HOME": str(tmp_path)},
            cwd=tmp_path,
        )
        with made:
            assert made.wait_end() == 0
        assert kept.read_text() == (tmp_path / "init.yaml").read_text()
        with opened(docker, tmp_path, 120) as terminal:
            terminal.wait_for(lambda text: "PRODUCTION" in text and "DOCKER ALONE" not in text)
            typed(terminal, ":save-config")
            terminal.wait_for("this board has a config: ~/config/sutaz-tui/supabase.yaml")


def test_a_path_that_cannot_be_written_is_said_and_esc_writes_nothing(stack: Demo, tmp_path: Path) -> None:
    with foreign(docker_of(stack)) as docker, opened(docker, tmp_path, 120) as terminal:
        terminal.wait_for(lambda text: "open a board of them?" in flat(text))
        terminal.press("y\r")
        terminal.wait_for("a asks")
        (tmp_path / "file").write_text("")
        typed(terminal, ":save-config")
        terminal.wait_for("~/config/sutaz-tui/supabase.yaml")
        terminal.press_slowly(f"{tmp_path}/file/x.yaml\r")
        terminal.wait_for("not written: ")
        assert "~/file" in terminal.text
        typed(terminal, ":save-config")
        terminal.wait_for("~/config/sutaz-tui/supabase.yaml")
        terminal.press("\x1b")
        terminal.wait_for("a asks")
        assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("project", ["../../[red]x{0}", "\x1b]0;x\x07", "A B", "9.x-Y", ""])
def test_a_project_of_any_name_is_text_and_no_path(stack: Demo, tmp_path: Path, project: str) -> None:
    with foreign(docker_of(stack), project=project) as docker, opened(docker, tmp_path, 120) as terminal:
        terminal.wait_for(lambda text: "open a board of them?" in flat(text))
        terminal.press("y\r")
        terminal.wait_for("a asks")
        typed(terminal, ":save-config")
        terminal.wait_for("~/config/sutaz-tui/")
        terminal.press("\r")
        terminal.wait_for("wrote ~/config/sutaz-tui/")
        assert [path.parent for path in tmp_path.rglob("*.yaml")] == [tmp_path / "config/sutaz-tui"]
