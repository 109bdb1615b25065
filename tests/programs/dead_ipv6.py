"""Run a command on the simulated stack by a name whose IPv6 address is dead: what is sent there vanishes.

To be started in namespaces of its own: `unshare --user --map-root-user --net --mount python -m tests.programs.dead_ipv6 …`.
The command is given `-c` and a config in which every address is `dual`.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from sutaz_tui.demo.stack import Demo

NAME = "dual"
DEAD = "fd77::2"
# Connects that fill the queue of a listener that accepts nobody: the kernel swallows those after them.
ENOUGH = 3


def swallowing(port: int) -> list[socket.socket]:
    """A port of the dead address that answers nothing; what keeps it so."""
    listener = socket.socket(socket.AF_INET6)
    listener.bind((DEAD, port))
    listener.listen(0)
    held = [listener]
    for _ in range(ENOUGH):
        one = socket.socket(socket.AF_INET6)
        one.setblocking(False)
        one.connect_ex((DEAD, port))
        held.append(one)
    return held


def main(command: list[str]) -> int:
    """The exit code of the command."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "-6", "addr", "add", f"{DEAD}/128", "dev", "lo", "nodad"], check=True)
    with tempfile.TemporaryDirectory() as folder, Demo("healthy") as demo:
        hosts = Path(folder, "hosts")
        hosts.write_text(f"127.0.0.1 localhost\n{DEAD} {NAME}\n127.0.0.1 {NAME}\n")
        subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
        demo.wait()
        text = demo.path.read_text()
        held = [swallowing(int(port)) for port in set(re.findall(r"127\.0\.0\.1:(\d+)", text))]
        config = Path(folder, "dual.yaml")
        # What the program itself listens at is no address that it asks.
        config.write_text(re.sub(r"(?<!listen: )127\.0\.0\.1", NAME, text))
        config.chmod(0o600)
        done = subprocess.run([*command, "-c", config], env={**os.environ, **demo.environ}, check=False)
        assert held
        return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
