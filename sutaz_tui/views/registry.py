"""All views: a new one is a module here and its line below."""

from sutaz_tui.views.agents import AGENTS
from sutaz_tui.views.base import View
from sutaz_tui.views.catalog import CATALOG
from sutaz_tui.views.collections import COLLECTIONS
from sutaz_tui.views.connections import CONNECTIONS
from sutaz_tui.views.consumers import CONSUMERS
from sutaz_tui.views.containers import CONTAINERS
from sutaz_tui.views.docker_disk import DOCKER_DISK
from sutaz_tui.views.drift import DRIFT
from sutaz_tui.views.host_cpu import CPU
from sutaz_tui.views.host_disks import DISKS
from sutaz_tui.views.host_processes import PROCESSES
from sutaz_tui.views.host_units import UNITS
from sutaz_tui.views.pg_activity import PG_ACTIVITY
from sutaz_tui.views.pg_blocking import PG_BLOCKING
from sutaz_tui.views.pg_databases import PG_DATABASES
from sutaz_tui.views.pg_replication import PG_REPLICATION
from sutaz_tui.views.pg_statements import PG_STATEMENTS
from sutaz_tui.views.queues import QUEUES
from sutaz_tui.views.redis_clients import REDIS_CLIENTS
from sutaz_tui.views.redis_keyspace import REDIS_KEYSPACE
from sutaz_tui.views.redis_slowlog import REDIS_SLOWLOG
from sutaz_tui.views.routes import ROUTES
from sutaz_tui.views.rules import RULES
from sutaz_tui.views.targets import TARGETS
from sutaz_tui.views.upstreams import UPSTREAMS

VIEWS: tuple[View, ...] = (
    QUEUES,
    CONSUMERS,
    CONNECTIONS,
    PG_BLOCKING,
    PG_ACTIVITY,
    PG_DATABASES,
    PG_STATEMENTS,
    PG_REPLICATION,
    REDIS_CLIENTS,
    REDIS_SLOWLOG,
    REDIS_KEYSPACE,
    TARGETS,
    RULES,
    ROUTES,
    UPSTREAMS,
    CATALOG,
    CONTAINERS,
    DOCKER_DISK,
    CPU,
    DISKS,
    PROCESSES,
    UNITS,
    COLLECTIONS,
    AGENTS,
    DRIFT,
)
BY_ID = {view.id: view for view in VIEWS}


def views_of(kind: str) -> tuple[View, ...]:
    """The views of a kind of service, in the order in which Tab goes through them."""
    return tuple(view for view in VIEWS if view.is_of(kind) and not view.is_on_word)
