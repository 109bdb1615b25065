"""The checks as figures: everything that reads, everything that is allowed, and the start before the first request."""

import json
import os
import subprocess
import sys
import tempfile

from tests.bench.row import Row

EVERYTHING = "writes,heavy,leaves,attack"


def _run(*words: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "XDG_STATE_HOME": folder}
        command = [
            sys.executable,
            "-m",
            "sutaz_tui",
            "check",
            "--demo",
            "--scenario",
            "healthy",
            "--format",
            "json",
        ]
        done = subprocess.run([*command, *words], capture_output=True, text=True, env=environ, timeout=300)
        return dict(json.loads(done.stdout)["summary"])


def rerun() -> list[Row]:
    """Seconds of a run of all that reads, and of everything at the report's own load figures."""
    reads, everything = _run(), _run("--allow", EVERYTHING)
    return [
        Row(
            "checks-reads",
            float(str(reads["elapsed"])),
            "s",
            5.0,
            f"{reads['pass']} reading checks, simulated stack",
        ),
        Row(
            "checks-all",
            float(str(everything["elapsed"])),
            "s",
            60.0,
            f"{everything['pass']} checks, all allowed",
        ),
    ]
