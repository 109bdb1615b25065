"""What runs unasked leaves no complaint in a real PostgreSQL's log."""

import re

import asyncpg
import pytest

from sutaz_tui.checks import registry
from sutaz_tui.checks.pool import CATEGORY
from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Postgres
from sutaz_tui.model import Outcome
from sutaz_tui.wiring.checks import Checking
from tests.checks.on_servers import ask
from tests.loopback import configured
from tests.servers.postgres import Postgres as Server

# What log alerts look for. LOG lines are PostgreSQL's own course: the server's start, whoever hangs up.
COMPLAINT = re.compile(r"\b(?:WARNING|ERROR|FATAL|PANIC): .*")
ROLE = "plain"


def of(server: Server, user: str) -> Config:
    secret = server.password or ""
    service = Postgres(
        id="postgres",
        title="PostgreSQL",
        address=f"{server.host}:{server.port}",
        user=user,
        password=secret,
        database=server.database,
    )
    return configured(service, secrets={"POSTGRES_PASSWORD": secret})


async def add_role(server: Server) -> None:
    """A role with a login and nothing else, as a monitor should have."""
    login = await asyncpg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password,
        database=server.database, ssl=False,
    )  # fmt: skip
    await login.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{server.password}'")
    await login.close()


def complaints(text: str) -> list[str]:
    return COMPLAINT.findall(text)


@pytest.mark.parametrize("is_superuser", [True, False])
async def test_what_only_reads_leaves_no_error_in_the_log(is_superuser: bool) -> None:
    with Server(locked=True) as server:
        if not is_superuser:
            await add_role(server)
        config = of(server, server.user if is_superuser else ROLE)
        before = len(server.log.read_text())
        checking = Checking(config)
        try:
            await checking.probe(frozenset({"postgres"}))
            run = await checking.run(registry.load(heading.id for heading in registry.HEADINGS))
        finally:
            await checking.aclose()
        assert run.count(Outcome.PASS) >= 10
        assert complaints(server.log.read_text()[before:]) == []


async def test_the_one_that_does_is_asked_for_and_says_so() -> None:
    (wrong,) = [check for check in CATEGORY.checks if check.id == "pool.wrong-query"]
    assert wrong.does == "leaves"
    assert "one ERROR line in PostgreSQL's log" in wrong.sent
    with Server(locked=True) as server:
        before = len(server.log.read_text())
        found = await ask(of(server, server.user), [wrong])
        assert found["wrong-query"].outcome is Outcome.PASS
        assert [line.partition(":")[0] for line in complaints(server.log.read_text()[before:])] == ["ERROR"]
