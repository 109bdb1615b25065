"""A real ChromaDB."""

from tests.servers.http_server import HttpServer


class ChromaDB(HttpServer):
    """ChromaDB with its default tenant and database."""

    name = "chromadb"
    programs = ("chroma",)
    ready_path = "/api/v2/heartbeat"

    def command(self) -> list[str]:
        where = ["--host", self.host, "--port", str(self.port), "--path", str(self.folder / "data")]
        return [str(self.program), "run", *where]

    def environment(self) -> dict[str, str]:
        return {"ANONYMIZED_TELEMETRY": "False"}

    def new_collection(self, name: str) -> str:
        """Makes a collection; returns its id."""
        path = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        answer = self.call(path, "POST", {"name": name})
        assert answer.status == 200, answer
        made: str = answer.json()["id"]
        return made
