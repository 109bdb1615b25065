"""Run `doctor --ask --write` on the simulated stack at the ports of its documents, where no Docker tells.

For a network namespace of its own: whatever listens there is the stack's. Prints JSON: what was found, what the stack was
given, and whether the config is again as it was.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2

from sutaz_tui.demo.stack import Demo
from sutaz_tui.simulator.ports import PORTS
from tests.setup.test_doctor import SEED, moved

SOCKET = re.compile(r"unix:[^\s\"',}]+")


def main(folder: Path) -> None:
    stack = Demo("healthy")
    at = {name: stack.port(name) for name, own in PORTS.items() if own}
    with stack:
        stack.wait()
        none = f"unix://{folder}/none.sock"
        file = folder / "mine.yaml"
        file.write_text(SOCKET.sub(none, moved(stack.text, {at[name]: port for name, port in SEED.items()})))
        own = {"XDG_STATE_HOME": f"{folder}/state", "DOCKER_HOST": none, "HOME": str(folder)}
        httpx2.post(f"{stack.control}/control/counts/reset")
        command = [sys.executable, "-m", "sutaz_tui", "doctor", "--ask", "--write", "-c", str(file)]
        ended = subprocess.run(
            command, env={**os.environ, **stack.environ, **own}, capture_output=True, text=True, cwd=folder, check=False
        )  # fmt: skip
        counts = httpx2.get(f"{stack.control}/control/counts").json()
        told = {
            "code": ended.returncode,
            "found": [line.split()[0] for line in ended.stdout.splitlines() if "  -> " in line],
            "said": ended.stderr,
            "credentials": sum(one["credentials"] for one in counts.values()),
            "dialled": [
                name for name in ("postgres", "redis", "rabbitmq") if counts.get(name, {}).get("connections")
            ],
            "is_mended": SOCKET.sub("", file.read_text()) == SOCKET.sub("", stack.text),
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
