"""The sessions and databases that the simulated PostgreSQL tells of, each as one column of JSON."""

import json
from datetime import datetime, timedelta
from typing import Any

from sutaz_tui.simulator.postgres_answers import Figures
from sutaz_tui.simulator.world import container_address

PRELOADED = 4_312


def sessions(now: datetime, database: str, user: str, blocked: int, idle: int, oldest: float) -> str:
    """One that runs, `idle` idle in transaction, and `blocked` that wait for the first of these, each for the one before."""
    held = max(idle, 1 if blocked else 0)
    listed = []
    for number in range(held + blocked + 1):
        is_idle, waits = number < held, held <= number < held + blocked
        pid = PRELOADED + number
        before = PRELOADED if number == held else pid - 1
        listed.append(
            {
                "pid": pid,
                "began": (now - timedelta(hours=2, seconds=number)).isoformat(),
                "database": database,
                "user": user,
                "application": "uvicorn",
                "client": container_address("sutazai-backend"),
                "state": "idle in transaction" if is_idle else "active",
                "query": "UPDATE sessions SET last_seen = now() WHERE id = $1"
                if is_idle or waits
                else "SELECT 1",
                "transaction": 90.0 - number if is_idle or waits else oldest,
                "statement": 90.0 - number if is_idle or waits else 0.0,
                "unchanged": 90.0 - number if is_idle or waits else 0.0,
                "waited": 80.0 - number if waits else None,
                "wait": "Client: ClientRead" if is_idle else "Lock: transactionid" if waits else None,
                "lock": "transactionid" if waits else None,
                "holders": [before] if waits else [],
            }
        )
    return json.dumps(listed)


def databases(figures: Figures) -> str:
    """Those that the figure of this name tells, the first one in use, the others as they were made."""
    told: dict[str, Any] = {
        name: figures[name][1] for name in ("size", "connections", "deadlocks", "hit_ratio")
    }
    names = str(figures["databases"][1]).split(",")
    return json.dumps(
        [
            {
                "name": name,
                "size": told["size"] if not number else 7_500_000,
                "connections": int(told["connections"]) if not number else 0,
                "hits": told["hit_ratio"],
                "deadlocks": told["deadlocks"] if not number else 0,
                "temp": 0,
                "age": figures["transaction_age"][1],
                "counted": None,
            }
            for number, name in enumerate(names)
        ]
    )
