"""A real nginx, for a thousand cheap HTTP servers at once."""

from tests.servers.http_server import HttpServer


class Nginx(HttpServer):
    """An nginx that answers 200 and `body` to everything on each of its `ports` (`port` is the first)."""

    name = "nginx"
    programs = ("nginx",)

    def __init__(self, listeners: int = 1, body: str = '{"status": "ok"}') -> None:
        super().__init__()
        self.ports = [self.port, *(self.new_port() for _ in range(listeners - 1))]
        self._body = body

    def prepare(self) -> None:
        listens = "\n".join(f"    listen {self.host}:{port};" for port in self.ports)
        body = self._body.replace("\\", "\\\\").replace("'", "\\'")
        config = f"""
worker_processes 1;
daemon off;
pid {self.folder}/nginx.pid;
error_log {self.folder}/server.log;
worker_rlimit_nofile {2 * len(self.ports) + 8192};
events {{ worker_connections {len(self.ports) + 4096}; }}
http {{
  access_log off;
  client_body_temp_path {self.folder}/body;
  proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  default_type application/json;
  server {{
{listens}
    location / {{ return 200 '{body}'; }}
  }}
}}
"""
        (self.folder / "nginx.conf").write_text(config, encoding="utf-8")

    def command(self) -> list[str]:
        # -e: else it tries the system's error log before it reads its config.
        return [
            str(self.program),
            "-e",
            "stderr",
            "-p",
            str(self.folder),
            "-c",
            str(self.folder / "nginx.conf"),
        ]
