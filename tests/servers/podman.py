"""A real Docker-compatible API: Podman's service on a unix socket."""

import socket
import tarfile
from http.client import HTTPConnection
from pathlib import Path

from tests.servers.http_server import HttpServer
from tests.servers.process import ServerFailed
from tests.servers.waiting import eventually

IMAGE = "localhost/busybox:test"


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path, within: float) -> None:
        super().__init__("localhost", timeout=within)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Podman(HttpServer):
    """Podman's service on `socket_path`, with one image, `IMAGE`: a static busybox and nothing else.

    Containers run beside the service, not under it: they live on when it stops, as Docker's may, and are
    removed by `remove_containers` and at the end. Needs root. On a host with cgroups of version 1 Podman 4.3
    says `"OOMKilled": false` of a container that was killed for its memory; the exit code is 137.
    """

    name = "podman"
    programs = ("podman", "runc", "netavark", "busybox")
    ready_path = "/_ping"

    def __init__(self) -> None:
        super().__init__()
        self.socket_path = self.folder / "podman.sock"

    def prepare(self) -> None:
        made = self.folder / "image.tar"
        busybox = self.others[2]
        with tarfile.open(made, "w") as archive:
            archive.add(Path(busybox).resolve(), "bin/busybox")
            for applet in ("sh", "sleep", "echo", "true", "false", "kill", "cat", "dd"):
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname = tarfile.SYMTYPE, "/bin/busybox"
                archive.addfile(link)
        self.podman("import", str(made), IMAGE)
        made.unlink()

    def command(self) -> list[str]:
        return [*self._podman(), "system", "service", "-t", "0", f"unix://{self.socket_path}"]

    def undo(self) -> list[list[str]]:
        # It fails on a container that is just being started again; the next time finds that one running.
        return [[*self._podman(), "rm", "--all", "--force", "--time", "0"]] * 3

    def accepts(self) -> bool:
        connection = _UnixConnection(self.socket_path, 1.0)
        try:
            connection.connect()
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        finally:
            connection.close()
        return True

    def connection(self, port: int, within: float) -> HTTPConnection:
        return _UnixConnection(self.socket_path, within)

    def podman(self, *arguments: str) -> str:
        """Runs one podman command on the same containers and images; returns its output."""
        return self.run(*self._podman(), *arguments).strip()

    def run_container(self, name: str, script: str, *options: str) -> str:
        """Starts a container that runs a shell script; returns its id. `options` go to `podman run`."""
        # Where this machine's own limits are lower than Podman's defaults, runc may not raise them.
        limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]
        network = [] if any(option.startswith("--network") for option in options) else ["--network=none"]
        command = ["run", "--detach", *network, *limits, f"--name={name}", *options, IMAGE]
        return self.podman(*command, "/bin/sh", "-c", script)

    def remove_containers(self) -> None:
        """Ends and removes every container of this Podman, no other's."""
        remove = self.undo()[0]

        def removed() -> bool:
            try:
                self.run(*remove)
            except ServerFailed:
                return False
            return not self.podman("ps", "--all", "--quiet")

        eventually(removed, "every container is removed", within=30.0)

    def _podman(self) -> list[str]:
        return [
            str(self.program),
            *("--root", str(self.folder / "storage"), "--runroot", str(self.folder / "run")),
            *("--tmpdir", str(self.folder / "tmp"), "--runtime", "runc"),
            *("--cgroup-manager=cgroupfs", "--storage-driver=vfs", "--events-backend=file"),
        ]
