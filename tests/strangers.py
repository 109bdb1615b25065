"""The program as a user whom this machine does not know: no passwd entry, no HOME, and no right but the owner's."""

import subprocess
import sys
from pathlib import Path

from tests.running import ROOT
from tests.servers.waiting import patient

UID = 54321
# In a user namespace root's files stay ours to read, and closed folders are closed to us too.
STRANGER = ("unshare", "--user", f"--map-user={UID}", f"--map-group={UID}", "env", "-i", "LANG=C.UTF-8")
PROGRAM = (sys.executable, "-m", "sutaz_tui")


def strange(
    *words: str, env: dict[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """`sutaz-tui WORDS` run to its end by the stranger, with this environment alone."""
    return subprocess.run(
        [*STRANGER, *(f"{name}={value}" for name, value in (env or {}).items()), *PROGRAM, *words],
        cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patient(60), check=False,
    )  # fmt: skip
