"""`wait` where a recorder of the same config runs: one look for both, and none that was made before."""

import asyncio
import signal
import socket
from pathlib import Path

from sutaz_tui.model import Status
from tests.recorders import NEVER, asked, recording, settled
from tests.running import begun, command, hurried, simulated
from tests.servers.waiting import patient


async def test_it_costs_one_look_of_the_recorder_and_believes_no_older_one(tmp_path: Path) -> None:
    with simulated() as stack:
        config = hurried(stack.config, interval=NEVER)
        async with recording(config, tmp_path) as recorder:
            words = ("wait", "ollama", "-c", str(stack.demo.path), "--for")
            of_one = await settled(stack, recorder)
            done = await asyncio.to_thread(command, *words, "5m", env=stack.demo.environ)
            assert (done.returncode, done.stdout[:9]) == (0, "up after "), done
            assert "recorder sees it" in done.stderr
            now = asked(stack)
            assert {id: now[id] - old for id, old in of_one.items() if now[id] != old} == {"ollama": 1}
            stack.fault("ollama", "refuse")
            assert recorder.watched.state("ollama").status is Status.UP, "as it was seen last"
            done = await asyncio.to_thread(command, *words, "8s", env=stack.demo.environ)
            assert done.returncode == 1 and done.stdout.startswith("Ollama down: "), done


def test_it_asks_by_itself_once_the_recorder_has_gone(tmp_path: Path) -> None:
    file = tmp_path / "till.yaml"
    with socket.socket() as till:
        till.bind(("127.0.0.1", 0))
        port = till.getsockname()[1]
        file.write_text(
            f"env: test\nservices:\n  - {{id: till, kind: tcp, address: '127.0.0.1:{port}'}}\n", "utf-8"
        )
        with begun("record", "-c", str(file)) as recorder:
            assert recorder.stdout is not None
            assert any("boards attach at" in line for line in iter(recorder.stdout.readline, ""))
            with begun("wait", "-c", str(file), "--for", "10m") as waiting:
                assert waiting.stderr is not None
                assert "recorder sees it" in waiting.stderr.readline()
                recorder.send_signal(signal.SIGKILL)
                assert "recorder has gone: polling" in waiting.stderr.readline()
                till.listen()
                out, _ = waiting.communicate(timeout=patient(60))
    assert (waiting.returncode, out[:9]) == (0, "up after ")
