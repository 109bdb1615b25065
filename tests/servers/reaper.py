"""Ends the servers of a test process that died without ending them itself (killed, or out of memory).

The test process holds the only writing end of a pipe; its closing is the sign. One JSON object a line:
`{"folder": F, "pid": P, "born": B, "undo": [[program, argument, ...], ...]}` for a folder in use and the
server that runs in it (`"pid": null`: none), `{"folder": F, "gone": true}` when nothing is left of it.
"""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.servers import families
from tests.servers.waiting import patient

_ROOT = Path(__file__).resolve().parents[2]
_pipes: list[IO[str]] = []


def watch(folder: Path, started: families.Kin | None = None, undo: list[list[str]] | None = None) -> None:
    """Has the folder, and the server that runs in it, cleared away if this process can't do it any more."""
    pid, born = (started.pid, started.born) if started else (None, None)
    _tell({"folder": str(folder), "pid": pid, "born": born, "undo": undo or []})


def forget(folder: Path) -> None:
    """Takes note that nothing is left of the folder."""
    _tell({"folder": str(folder), "gone": True})


def _tell(line: dict[str, object]) -> None:
    if not _pipes:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.reaper"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        assert process.stdin is not None
        _pipes.append(process.stdin)
    _pipes[0].write(json.dumps(line) + "\n")
    _pipes[0].flush()


def main() -> None:
    """Reads until the test process is gone, then clears away what it left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    left: dict[str, dict[str, object]] = {}
    for line in sys.stdin:
        told = json.loads(line)
        if "gone" in told:
            left.pop(told["folder"], None)
        else:
            left[told["folder"]] = told
    for folder, told in left.items():
        _undo(told["undo"])
        _kill(told["pid"], told["born"])
        families.end_everybody_of(Path(folder))
        shutil.rmtree(folder, ignore_errors=True)


def _undo(commands: object) -> None:
    for command in commands if isinstance(commands, list) else []:
        try:
            subprocess.run(command, timeout=patient(30), check=False, capture_output=True)
        except subprocess.TimeoutExpired:
            continue


def _kill(pid: object, born: object) -> None:
    if isinstance(pid, int) and (kin := families.look(pid)) and kin.born == born:
        for member in families.family(pid):
            families.send(member, signal.SIGKILL)


if __name__ == "__main__":
    main()
