"""The backend's way to PostgreSQL: fails when the database does, and all at once when its pool is too small."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.exceptions import HTTPException

from sutaz_tui.simulator.world import World

QUERY = 0.25
"""Seconds that a request stays in the pool where the pool is limited, so that a crowd is seen as one."""
STUCK_AFTER = 10
STUCK = 3.0
"""So many requests at once make a pool that does not recover unusable, for so many seconds."""


class DatabaseGone(Exception):
    """PostgreSQL does not answer: the backend's unhandled error, a plain 500."""


@dataclass(slots=True, eq=False)
class Crowd:
    """The requests in the pool at one time; a crowd that grew past the limit fails as a whole."""

    inside: int = 0
    failed: bool = False


class Pool:
    def __init__(self, world: World) -> None:
        self._world = world
        self._crowd = Crowd()
        self._stuck_until = 0.0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[None]:
        """Hold a connection; raises DatabaseGone, or a 503 when the pool's limit is reached."""
        if not self._world.is_reachable("postgres"):
            raise DatabaseGone
        traits = self._world.traits
        if traits.postgres_pool_leaks:
            self._world.state["leaked connections"] = self._world.state.get("leaked connections", 0) + 1
        if not traits.postgres_pool_recovers and self._world.elapsed() < self._stuck_until:
            raise HTTPException(503, "QueuePool limit reached, connection timed out")
        if traits.postgres_pool_limit or not traits.postgres_pool_recovers:
            await self._queue(traits.postgres_pool_limit)
        yield

    async def _queue(self, limit: int) -> None:
        if not self._crowd.inside:
            self._crowd = Crowd()
        crowd = self._crowd
        crowd.inside += 1
        crowd.failed = crowd.failed or 0 < limit <= crowd.inside
        is_stuck = not self._world.traits.postgres_pool_recovers and crowd.inside >= STUCK_AFTER
        try:
            await asyncio.sleep(QUERY)
            if crowd.failed:
                raise HTTPException(503, "QueuePool limit reached, connection timed out")
        finally:
            crowd.inside -= 1
            if is_stuck:
                self._stuck_until = self._world.elapsed() + STUCK
