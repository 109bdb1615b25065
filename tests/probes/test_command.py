"""The `command` kind: Nagios plugins, and programs that misbehave."""

import asyncio
import os
from pathlib import Path

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Command
from sutaz_tui.model import Status
from tests.loopback import configured, probing, reading, until


def config(*argv: str, timeout: float = 10.0, env: dict[str, str] | None = None, **secrets: str) -> Config:
    entry = Command(
        id="plugin", title="Plugin", argv=list(argv), env=env or {}, timeout=timeout, interval=60.0
    )
    return configured(entry, secrets=secrets)


def shell(script: str, timeout: float = 10.0) -> Config:
    return config("/bin/sh", "-c", script, timeout=timeout)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [
        (0, Status.UP, ""),
        (1, Status.DEGRADED, "warning"),
        (2, Status.DOWN, "critical"),
        (3, Status.UNKNOWN, "?"),
        (77, Status.UNKNOWN, "?"),
    ],
)
async def test_the_exit_code_is_the_verdict(code: int, status: Status, word: str) -> None:
    async with probing(
        shell(f"echo 'DISK said so | /=2643MB;5948;5958;0;5968 time=0.5s'; echo more; exit {code}")
    ) as probe:
        found = await reading(probe)
    assert (found.status, found.word, found.summary) == (status, word, "DISK said so")
    assert found.facts == {"/": 2643, "time": 0.5, "exit": code}
    assert (found.error is None) == (code == 0)


async def test_a_program_that_is_not_there_is_unknown() -> None:
    async with probing(config("/no/such/plugin")) as probe:
        found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert "the program /no/such/plugin is not there" in (found.error or "")


async def test_a_file_that_may_not_be_run_is_unknown(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("echo", encoding="utf-8")
    async with probing(config(str(plain))) as probe:
        found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert "may not be run" in (found.error or "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("#!/no/such/interpreter\n", "what the first line (#!) of "),
        ("echo well\n", "is no program of this machine; a script needs #!"),
    ],
)
async def test_a_script_that_nothing_can_run_is_told_why(content: str, words: str, tmp_path: Path) -> None:
    script = tmp_path / "check"
    script.write_text(content)
    script.chmod(0o755)
    async with probing(config(str(script))) as probe:
        found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert words in found.summary


async def test_at_the_deadline_its_children_end_too(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    async with probing(shell(f"sleep 600 & echo $! $$ > {pids}; wait", timeout=0.5)) as probe:
        found = await reading(probe)
    assert (found.status, found.backs_off) == (Status.DOWN, True)
    assert "did not end within 0.5 s and was killed" in found.summary
    family = [int(pid) for pid in pids.read_text(encoding="utf-8").split()]
    assert len(family) == 2
    await until(lambda: not any(map(is_running, family)))


async def test_cancelled_it_is_killed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    async with probing(shell(f"echo $$ > {pipe}; exec sleep 600")) as probe:
        asking = asyncio.create_task(probe.ask())
        pid = int(await asyncio.to_thread(pipe.read_text, encoding="utf-8"))
        assert is_running(pid)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await until(lambda: not is_running(pid))


async def test_it_can_read_nothing_from_the_terminal() -> None:
    async with probing(shell("read line && exit 2; echo nothing to read")) as probe:
        found = await reading(probe)
    assert (found.status, found.summary) == (Status.UP, "nothing to read")


async def test_no_shell_looks_at_its_arguments() -> None:
    async with probing(config("/bin/echo", "$HOME", "; exit 2", "`id`")) as probe:
        found = await reading(probe)
    assert (found.status, found.summary) == (Status.UP, "$HOME ; exit 2 `id`")


async def test_output_from_outside_stays_data() -> None:
    async with probing(shell(r"printf '\033[2J\007[@click=app.quit]x[/]\n'")) as probe:
        found = await reading(probe)
    assert found.summary.isprintable()
    assert "[@click=app.quit]x[/]" in found.summary


async def test_a_flood_is_ended() -> None:
    async with probing(shell("yes")) as probe:
        found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert "more than 1 MiB" in (found.error or "")


async def test_much_output_keeps_its_first_line() -> None:
    async with probing(shell("echo first; head -c 300000 /dev/zero")) as probe:
        found = await reading(probe)
    assert (found.status, found.summary) == (Status.UP, "first")
    assert len(found.steps[-1].answer) < 6000


async def test_secrets_are_masked_everywhere() -> None:
    made = config(
        "/bin/sh",
        "-c",
        "echo $PASS $0",
        "open sesame",
        env={"PASS": "open sesame"},
        DOOR_PASSWORD="open sesame",
    )
    async with probing(made) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert "sesame" not in f"{found}"
    assert "$DOOR_PASSWORD" in found.steps[-1].reproduce


async def test_a_signal_is_told() -> None:
    async with probing(shell("kill -9 $$")) as probe:
        found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert "was ended by signal 9" in (found.error or "")


@pytest.mark.parametrize(
    ("printed", "code", "status", "words"),
    [
        ("healthy", 0, Status.UP, "healthy"),
        ("unhealthy", 0, Status.DOWN, "exit 0, but it says unhealthy, expected ^healthy$"),
        ("", 0, Status.DOWN, "exit 0, but it says nothing, expected ^healthy$"),
        ("healthy", 2, Status.DOWN, "healthy"),
    ],
)
async def test_a_program_that_ends_with_0_and_prints_unhealthy_is_down(
    printed: str, code: int, status: Status, words: str
) -> None:
    argv = ["/bin/sh", "-c", f"echo '{printed}'; exit {code}"]
    entry = Command(id="db", title="DB", argv=argv, expect="^healthy$", timeout=10.0, interval=60.0)
    async with probing(configured(entry)) as probe:
        found = await reading(probe)
    assert (found.status, found.summary) == (status, words)
