"""Run a command where the name server swallows every question, and a web server listens on 127.0.0.1:8001.

To be started in namespaces of its own: `unshare --user --map-root-user --net --mount python -m tests.programs.silent_names …`.
"""

import socket
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME_SERVER = "127.0.0.99"
PORT = 8001


class _Well(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        return


def main(command: list[str]) -> int:
    """The exit code of the command."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (
            ("resolv.conf", f"nameserver {NAME_SERVER}\n"),
            ("hosts", "127.0.0.1 localhost\n"),
        ):
            file = Path(folder, name)
            file.write_text(text)
            subprocess.run(["mount", "--bind", file, f"/etc/{name}"], check=True)
        swallows = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        swallows.bind((NAME_SERVER, 53))
        web = ThreadingHTTPServer(("127.0.0.1", PORT), _Well)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
