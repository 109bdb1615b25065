"""The PostgreSQL server behind the connections: who is connected, and the figures it knows of itself."""

import asyncio
import math
import secrets
from datetime import timedelta

from sutaz_tui.simulator.postgres_answers import Figures, Value
from sutaz_tui.simulator.postgres_sessions import databases, sessions
from sutaz_tui.simulator.world import World

VERSION = "16.4"
AGE_AT_BIRTH = 284_400.0
"""Seconds that the server has been up when the simulated stack starts."""
DATABASES = ("jarvis_ai", "kong", "postgres")


class Server:
    """What the connections to one PostgreSQL share."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.user = world.secrets["POSTGRES_USER"]
        self.salt = secrets.token_bytes(16)
        self.connections: dict[int, asyncio.Protocol] = {}

    def new_pid(self) -> int:
        return next(
            pid for pid in iter(lambda: secrets.randbelow(30_000) + 1_000, 0) if pid not in self.connections
        )

    @property
    def used(self) -> int:
        """Connections of the stack itself, which come and go, and the true ones to this port."""
        base = self.world.traits.postgres_connections
        drift = round(min(3.0, base / 4) * (1 + math.sin(self.world.elapsed() / 17.0)) / 2)
        leaked = self.world.state.get("leaked connections", 0) if self.world.traits.postgres_pool_leaks else 0
        return base + drift + leaked + len(self.connections)

    def figures(self, database: str) -> Figures:
        """Each column alias that a monitor may ask for, with its type and its value now."""
        traits, age = self.world.traits, self.world.elapsed()
        oldest = traits.postgres_oldest_transaction * (0.75 + math.sin(age / 5.0) / 4)
        used = self.used
        commits = int(48_211_907 + 31.4 * age)
        known: dict[str, tuple[str, Value]] = {
            "version_text": (
                "text",
                f"PostgreSQL {VERSION} on x86_64-pc-linux-musl, compiled by gcc, 64-bit",
            ),
            "connections": ("int8", used),
            "active": ("int8", 1 + int(age) % 3),
            "idle": ("int8", max(0, used - 4)),
            "waiting": ("int8", 0),
            "databases": ("text", ",".join(sorted(DATABASES))),
            "tables": ("int8", 9),
            "users": ("int8", 1),
            "transaction_age": ("int8", 4_811_220 + commits % 1_000),
            "fsync": ("text", "on"),
            "full_page_writes": ("text", "on"),
            "synchronous_commit": ("text", "on"),
            "max_connections": ("int4", traits.postgres_max_connections),
            "in_recovery": ("bool", traits.postgres_in_recovery),
            "oldest_transaction": ("float8", oldest),
            "database": ("text", database),
            "user": ("text", self.user),
            "started": ("timestamptz", self.world.now() - timedelta(seconds=age + AGE_AT_BIRTH)),
            "uptime": ("float8", age + AGE_AT_BIRTH),
            "now": ("timestamptz", self.world.now()),
            "is_cut_off": ("bool", False if traits.postgres_in_recovery else None),
            "lag": ("float8", 0.2 + abs(math.sin(age / 9.0)) if traits.postgres_in_recovery else None),
            "deadlocks": ("int8", 0),
            "size": ("int8", int(61_874_211 + 900 * age)),
            "commits": ("int8", commits),
            "rollbacks": ("int8", commits // 4_100),
            "hit_ratio": ("float8", 0.991 + math.sin(age / 40.0) / 200),
            "locks": ("int8", 3 + int(age) % 4),
            "hidden": ("int8", 0),
            "idle_slots": ("int4", 0),
            "late": ("float8", 0.0),
            "pooled": ("int8", max(0, used - 1)),
            "read_only_settings": ("int8", 0),
            "oldest_prepared": ("float8", 0.0),
            "login_limit": ("int4", None),
        }
        synonyms = {
            "server_version": ("text", VERSION),
            "max": known["max_connections"],
            "recovery": known["in_recovery"],
            "idle_in_transaction": known["waiting"],
            "blocked": known["waiting"],
            "oldest": known["oldest_transaction"],
            "oldest_transaction_seconds": known["oldest_transaction"],
            "datname": known["database"],
            "started_at": known["started"],
            "start_time": known["started"],
            "replication_lag": known["lag"],
            "database_size": known["size"],
            "numbackends": ("int4", used),
            "xact_commit": known["commits"],
            "xact_rollback": known["rollbacks"],
        }
        figures = {**known, **synonyms, "version": ("text", VERSION)}
        for name, _, value in (words.partition(":") for words in traits.postgres_figures):
            kind = figures.get(name, ("int8", 0))[0]
            figures[name] = (
                kind,
                value if kind == "text" else float(value) if kind == "float8" else int(value),
            )
        blocked, idle = (int(str(figures[name][1])) for name in ("blocked", "idle_in_transaction"))
        figures["waiting"] = ("int4", max(blocked, int(str(figures["waiting"][1]))))
        told = sessions(self.world.now(), database, self.user, blocked, idle, oldest)
        return {
            "sessions": ("text", told),
            "database_rows": ("text", databases(figures)),
            "replication_rows": ("text", "[]"),
            # Its image does not load the library.
            "statements_schema": ("text", ""),
            "database_count": ("int4", len(DATABASES)),
            **figures,
        }
