"""Operators who are other users of the machine: who of them attaches, and whom they believe."""

import asyncio
import grp
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sutaz_tui.config import load
from tests.recorders import board, recording, until
from tests.running import ROOT
from tests.servers.waiting import patient

AS_ANOTHER = """
import asyncio, os, sys
from pathlib import Path
import sutaz_tui.wiring.recorder
from sutaz_tui.config import load
from sutaz_tui.wiring.engine import build_attached
config = load(None, Path(sys.argv[1]), {})
# The interpreter's own modules may be for root alone, so all are loaded by now.
os.setgroups([int(word) for word in sys.argv[2:]]); os.setgid(54_322); os.setuid(54_322)
async def main():
    engine = build_attached(config)
    engine.said = print
    picture = await engine.attach()
    if picture is None:
        print("not attached")
    else:
        print("attached to", engine.link.whose, picture.services[0].service.id)
        engine.link.mark("till", None)
        print(repr(await engine.link.begin("e2e", True)))
    await engine.stop()
asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
async def test_another_user_attaches_where_the_group_says_so_and_else_not(open_folder: Path) -> None:
    file = _shared(open_folder)
    config = load(None, file, {})

    async def as_another(*groups: int) -> str:
        words = [sys.executable, "-c", AS_ANOTHER, str(file), *map(str, groups)]
        env = {"HOME": "/", "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        done = await asyncio.to_thread(
            subprocess.run, words, capture_output=True, text=True, timeout=patient(60), env=env
        )
        return str(done.stdout + done.stderr)

    async with recording(config, open_folder / "kept") as recorder:
        assert stat.S_IMODE(recorder.path.stat().st_mode) == 0o660
        assert stat.S_IMODE(recorder.path.parent.stat().st_mode) == 0o750
        told = await as_another(1)
        assert told.splitlines() == ["attached to root till", "''"], told
        assert "is not for this user: see record.group" in await as_another(54_322)
        # Where the folder lets everybody through it is the kernel's word that counts.
        recorder.path.parent.chmod(0o755)
        recorder.path.chmod(0o666)
        assert "let nobody in: it is for root, its own user and record.group" in await as_another(54_322)
        assert any("uid 54322 may not attach" in words for words in recorder.told)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
async def test_a_recorder_of_somebody_else_is_not_believed(open_folder: Path) -> None:
    """Who may write in the socket's folder could be anybody: what listens there must be the config's owner or root."""
    os.chmod(open_folder, 0o777)  # noqa: PTH101 - in a moment
    file = open_folder / "till.yaml"
    place = open_folder / "till.sock"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n"
        f"record: {{socket: {place}}}\n",
        "utf-8",
    )
    listens = (
        "import os, socket, time; os.setgroups([]); os.setgid(54322); os.setuid(54322); "
        f"s = socket.socket(socket.AF_UNIX); s.bind({str(place)!r}); s.listen(); print('ready', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(  # noqa: ASYNC220 - it begins at once
        [sys.executable, "-c", listens], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == "ready\n"
            async with board(load(None, file, {})) as one:
                assert one.engine.link is None
                assert "uid 54322 listens at" in one.said[0]
        finally:
            process.kill()


PROGRAM = """
import concurrent.futures.thread, importlib, os, pathlib, pkgutil, sys
import sutaz_tui
for package in ("cli", "config", "engine", "output", "sources.recorder", "state", "text", "wiring"):
    for one in pkgutil.walk_packages([f"{sutaz_tui.__path__[0]}/{package.replace('.', '/')}"], f"sutaz_tui.{package}."):
        importlib.import_module(one.name)
sutaz_tui.config.load(None, pathlib.Path(sys.argv[-1]), {})
# The interpreter's own modules may be for root alone, so all are loaded by now.
os.setgroups([1]); os.setgid(54_322); os.setuid(54_322)
from sutaz_tui.__main__ import main
sys.argv = ["sutaz-tui", *sys.argv[1:]]
main()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
async def test_another_user_is_told_what_the_recorder_remembers_and_else_that_it_is_its_own(
    open_folder: Path,
) -> None:
    """An operator's history began where that operator's first board did, beside a recorder that knew of a month."""
    file = _shared(open_folder)
    config = load(None, file, {})
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, 54_322, 54_322)

    async def told(*words: str) -> subprocess.CompletedProcess[str]:
        env = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TZ": "UTC"}
        return await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", PROGRAM, *words, "-c", str(file)],
            capture_output=True, text=True, timeout=patient(60), env=env,
        )  # fmt: skip

    async with recording(config, open_folder / "kept", polls=False), board(config) as one:
        assert one.engine.link is not None
        one.engine.link.note(one.engine.clock.now(), "till", "drawer jammed", "note")
        history = open_folder / "kept" / "history-test.sqlite3"
        await until(history.exists, "kept")
        done = await told("history")
        assert done.stderr.splitlines() == ["the history of root's recorder"], done.stderr
        assert "drawer jammed" in done.stdout
        assert [*home.rglob("*.sqlite3")] == [], "it only reads"
        history.parent.chmod(0o700)
        done = await told("history")
        words = f"that of root's recorder cannot be read: {history.parent} is closed to you; see record.group"
        assert done.stderr.splitlines()[0] == f"your own history: {words}"
        assert "no history of this config yet" in done.stderr and "drawer" not in done.stdout
    done = await told("uptime")
    assert "recorder" not in done.stderr.replace("`sutaz-tui record`", ""), "nobody listens: it is one's own"


HOLDS = """
import asyncio, os, sys
from pathlib import Path
import sutaz_tui.wiring.recorder
from sutaz_tui.config import load
from sutaz_tui.wiring.engine import build_attached
config = load(None, Path(sys.argv[1]), {})
user = int(sys.argv[2])
os.setgroups([1]); os.setgid(user); os.setuid(user)
async def main():
    engine = build_attached(config)
    await engine.attach()
    print(repr(await engine.link.begin("pool", True)), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be somebody else")
async def test_of_several_users_one_writes_and_the_others_see_who_until_it_is_killed(
    open_folder: Path,
) -> None:
    file = _shared(open_folder)
    config = load(None, file, {})

    @asynccontextmanager
    async def writing(user: int) -> AsyncIterator[tuple[str, Callable[[], Awaitable[object]]]]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLDS, str(file), str(user),
            stdout=subprocess.PIPE,
            env={"HOME": "/", "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout is not None

        def end() -> Awaitable[object]:
            process.kill()
            return process.wait()

        try:
            yield (await process.stdout.readline()).decode().strip(), end
        finally:
            if process.returncode is None:
                await end()

    async with recording(config, open_folder / "kept", polls=False), board(config) as one:
        link = one.engine.link
        assert link is not None
        async with writing(54_322) as (answer, end):
            assert answer == "''"
            await until(lambda: link.runs, "the others see it")
            assert [(run.who, run.scope, run.writes) for run in link.runs] == [("uid 54322", "pool", True)]
            assert (await link.begin("e2e", True)).startswith("uid 54322 runs pool, which writes, since ")
            async with writing(54_323) as (answer, _):
                assert answer.startswith("'uid 54322 runs pool, which writes, since ")
            await end()
            await until(lambda: not link.runs, "nobody writes any more")
        async with writing(54_323) as (answer, _):
            assert answer == "''", "the next may"


def _shared(folder: Path) -> Path:
    """A config whose recorder lets a group in."""
    file = folder / "till.yaml"
    file.write_text(
        "env: test\nservices:\n  - {id: till, title: Till, kind: tcp, address: '127.0.0.1:1'}\n"
        f"record: {{group: {grp.getgrgid(1).gr_name}, socket: {folder}/run/till.sock}}\n",
        "utf-8",
    )
    file.chmod(0o644)
    return file
