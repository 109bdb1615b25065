"""The servers as fixtures.

Cheap ones (PostgreSQL, Redis, the exporters) are made for each test, which may do with them what it likes.
Dear ones run once a worker; the fixture hands the shared one over and, after the test, brings it back to
running and answering, so a test may stop or pause these too. Prometheus, Consul and the vhosts of `rabbitmq.new_vhost()`
forget what a test told them; what it put elsewhere stays: give names of the test's own to collections.

A variant (a password, a rule, a target) is a class of this package, used by `with`.
"""

from collections.abc import Iterator
from typing import TypeVar

import pytest

from tests.servers.alertmanager import Alertmanager
from tests.servers.blackbox import Blackbox
from tests.servers.chromadb import ChromaDB
from tests.servers.consul import Consul
from tests.servers.memcached import Memcached
from tests.servers.nginx import Nginx
from tests.servers.node_exporter import NodeExporter
from tests.servers.podman import Podman
from tests.servers.postgres import Postgres
from tests.servers.process import Server, ServerFailed
from tests.servers.programs import unavailable
from tests.servers.prometheus import Prometheus
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis

AnyServer = TypeVar("AnyServer", bound=Server)


def _lend(shared: AnyServer) -> Iterator[AnyServer]:
    try:
        yield shared
    finally:
        shared.heal()


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis of the test's own, without a password."""
    with Redis() as server:
        yield server


@pytest.fixture
def locked_redis() -> Iterator[Redis]:
    """A Redis of the test's own that wants `.password`."""
    with Redis(password="sesame 17") as server:
        yield server


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own that requires none."""
    with Postgres() as server:
        yield server


@pytest.fixture
def locked_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own that wants `.password` (SCRAM)."""
    with Postgres(locked=True) as server:
        yield server


@pytest.fixture
def memcached() -> Iterator[Memcached]:
    """A Memcached of the test's own."""
    with Memcached() as server:
        yield server


@pytest.fixture
def node_exporter() -> Iterator[NodeExporter]:
    """A node exporter of the test's own."""
    with NodeExporter() as server:
        yield server


@pytest.fixture
def blackbox() -> Iterator[Blackbox]:
    """A blackbox exporter of the test's own."""
    with Blackbox() as server:
        yield server


@pytest.fixture
def alertmanager() -> Iterator[Alertmanager]:
    """An Alertmanager of the test's own, without alerts."""
    with Alertmanager() as server:
        yield server


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    """An nginx of the test's own with one listener."""
    with Nginx() as server:
        yield server


@pytest.fixture(scope="session")
def shared_rabbitmq() -> Iterator[RabbitMQ]:
    """The worker's RabbitMQ; tests take `rabbitmq`."""
    with RabbitMQ() as server:
        yield server


@pytest.fixture
def rabbitmq(shared_rabbitmq: RabbitMQ) -> Iterator[RabbitMQ]:
    """The shared RabbitMQ: guest/guest administers, `.user`/`.password` is a second account."""
    yield from _lend(shared_rabbitmq)
    shared_rabbitmq.forget()


@pytest.fixture(scope="session")
def shared_prometheus() -> Iterator[Prometheus]:
    """The worker's Prometheus; tests take `prometheus`."""
    with Prometheus() as server:
        yield server


@pytest.fixture
def prometheus(shared_prometheus: Prometheus) -> Iterator[Prometheus]:
    """The shared Prometheus, scraping itself; `configure` gives it other targets and rules for this test."""
    yield from _lend(shared_prometheus)
    shared_prometheus.forget()


@pytest.fixture(scope="session")
def shared_consul() -> Iterator[Consul]:
    """The worker's Consul; tests take `consul`."""
    with Consul() as server:
        yield server


@pytest.fixture
def consul(shared_consul: Consul) -> Iterator[Consul]:
    """The shared Consul agent (-dev: it forgets everything when it stops)."""
    yield from _lend(shared_consul)
    shared_consul.forget()


@pytest.fixture(scope="session")
def shared_chromadb() -> Iterator[ChromaDB]:
    """The worker's ChromaDB; tests take `chromadb`."""
    with ChromaDB() as server:
        yield server


@pytest.fixture
def chromadb(shared_chromadb: ChromaDB) -> Iterator[ChromaDB]:
    """The shared ChromaDB."""
    yield from _lend(shared_chromadb)


@pytest.fixture(scope="session")
def shared_podman() -> Iterator[Podman]:
    """The worker's Podman; tests take `podman`."""
    server = Podman()
    try:
        try:
            server.start().run_container("trial", "true", "--rm")
        except ServerFailed as failed:
            # Installed is not enough: it needs root, mounts and cgroups, which containers often lack.
            words = str(failed).splitlines()[-1]
            unavailable(f"podman (installed, but cannot run a container here: {words})")
        yield server
    finally:
        server.close()


@pytest.fixture
def podman(shared_podman: Podman) -> Iterator[Podman]:
    """The shared Docker-compatible API; the test's containers are removed after it."""
    yield from _lend(shared_podman)
    shared_podman.remove_containers()
