"""Which service another source means by a container, an address or a name."""

import pytest

from sutaz_tui.config.kinds import Agent, Postgres
from sutaz_tui.probes.directory import Directory, host_port
from tests.loopback import configured


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("shop.example:8080", ("shop.example", 8080)),
        ("http://shop.example/live", ("shop.example", 80)),
        ("https://shop.example/live", ("shop.example", 443)),
        ("https://shop.example:8443", ("shop.example", 8443)),
        ("http://localhost:9090/metrics", ("127.0.0.1", 9090)),
        ("http://[::1]:9090", ("127.0.0.1", 9090)),
        ("host.docker.internal:9090", ("127.0.0.1", 9090)),
        ("shop.example", None),
        ("ftp://shop.example", None),
        ("unix:///var/run/docker.sock", None),
        ("shop.example:x", None),
        ("shop.example:99999", None),
        ("", None),
    ],
)
def test_where_an_address_leads(address: str, where: tuple[str, int] | None) -> None:
    assert host_port(address) == where


def test_a_service_is_found_by_its_container_its_address_and_its_names() -> None:
    directory = Directory(
        configured(
            Agent(id="letta", title="Letta AI", address="http://localhost:11401", container="stack-letta"),
            Agent(id="twin", title="Letta AI", address="http://127.0.0.1:11401"),
            Postgres(id="db", title="PostgreSQL", address="127.0.0.1:5432"),
        )
    )
    assert directory.by_container("/stack-letta") == directory.by_container("stack-letta") == "letta"
    assert directory.by_container("letta") is None
    assert directory.by_address("localhost", 11401) == "letta", "the first of two"
    assert directory.by_address("0.0.0.0", 5432) == "db"
    assert directory.by_address("127.0.0.1", 1) is None
    assert directory.by_name("letta-ai") == directory.by_name("LETTA") == "letta"
    assert directory.by_name("postgre_sql") == "db"
    assert directory.by_name("redis") is None
