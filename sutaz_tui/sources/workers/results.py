"""Where results wait: a hash of Redis for each run; the first result of a job stays, later ones are counted."""

from collections.abc import Iterable
from contextlib import suppress

from sutaz_tui.config.workers import Workers
from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.redis import RedisClient
from sutaz_tui.sources.workers.jobs import LONGEST_ANSWER, Answer, Forged, Job, Seal, Sign, Taken

# All keys: sutaz:RUN (fields CHECK@PLACE, and OPEN while somebody waits), sutaz:RUN:new (fields that came), sutaz:RUN:taken,
# sutaz:RUN:twice, and sutaz:worker:TAKER.
PREFIX = "sutaz:"
OPEN = "open"
ALIVE = 15
"""Seconds that a sign of life holds."""
_WITHIN = 5.0
_AT_ONCE = 50
_LONGEST_FIELD = 300

_TAKE = """
if redis.call('HEXISTS', KEYS[1], ARGV[4]) == 0 then return 'over' end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'answered' end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 'go'
"""
_PUT = """
if redis.call('HEXISTS', KEYS[1], ARGV[4]) == 0 then return 'over' end
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  redis.call('INCR', KEYS[3])
  redis.call('EXPIRE', KEYS[3], ARGV[3])
  return 'twice'
end
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 'kept'
"""
# Lengths are looked at where the texts are: a stranger's would be read whole before it is known.
_NEW = """
if redis.call('HEXISTS', KEYS[1], ARGV[3]) == 0 then return 'over' end
local found = {}
for i = 1, tonumber(ARGV[1]) do
  local field = redis.call('LPOP', KEYS[2])
  if not field then break end
  if #field <= tonumber(ARGV[2]) then table.insert(found, field) end
end
return found
"""
_GET = """
local found, size = {}, 0
for i = 2, #ARGV do
  local length = redis.call('HSTRLEN', KEYS[1], ARGV[i])
  if length > tonumber(ARGV[1]) then
    table.insert(found, ARGV[i])
    table.insert(found, '')
  elseif length > 0 then
    size = size + length
    if size > 512 * 1024 then break end
    table.insert(found, ARGV[i])
    table.insert(found, redis.call('HGET', KEYS[1], ARGV[i]))
  end
end
return found
"""


class Results:
    """The results of runs, as who waits for them and who brings them see them; raises what RedisClient does."""

    def __init__(self, workers: Workers, clients: Clients, seal: Seal) -> None:
        self._redis = RedisClient(workers.redis(), clients)
        self._seal = seal

    async def aclose(self) -> None:
        """Close its connections."""
        await self._redis.aclose()

    # Who waits.

    async def open(self, run: str, seconds: float) -> None:
        """Somebody waits for results of this run, for so long at most."""
        await self._redis.command("HSET", PREFIX + run, OPEN, "1", timeout=_WITHIN)
        await self._redis.command("EXPIRE", PREFIX + run, _ttl(seconds), timeout=_WITHIN)

    async def close(self, run: str) -> None:
        """Nobody waits any more: what comes now is dropped."""
        keys = (PREFIX + run + end for end in ("", ":new", ":taken", ":twice"))
        await self._redis.command("DEL", *keys, timeout=_WITHIN)

    async def news(self, run: str) -> list[str] | None:
        """Jobs whose results came since it was asked last; anybody may have written them there. None where the run is
        not open: a Redis that was restarted forgets it."""
        key = PREFIX + run
        found = await self._eval(_NEW, (key, key + ":new"), _AT_ONCE, _LONGEST_FIELD, OPEN)
        if found == "over":
            return None
        return [str(field) for field in found] if isinstance(found, list) else []

    async def answers(self, run: str, fields: Iterable[str]) -> "dict[str, Answer | Forged]":
        """The answers to these jobs, as far as there are some; Forged for what no worker of ours wrote."""
        answers: dict[str, Answer | Forged] = {}
        waiting = list(dict.fromkeys(fields))
        while waiting:
            some, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            texts = await self._texts(PREFIX + run, some)
            for field, text in texts.items():
                try:
                    if not text:
                        raise Forged(f"it is longer than {LONGEST_ANSWER // 1024} KiB")
                    answers[field] = self._seal.opened_answer(run, field, text)
                except Forged as error:
                    answers[field] = error
            if len(texts) and (rest := some[some.index([*texts][-1]) + 1 :]):
                waiting = [*rest, *waiting]
        return answers

    async def takers(self, run: str, fields: Iterable[str]) -> dict[str, Taken]:
        """Who took these jobs, as far as that is known."""
        takers: dict[str, Taken] = {}
        every = list(fields)
        for start in range(0, len(every), _AT_ONCE):
            texts = await self._texts(f"{PREFIX}{run}:taken", every[start : start + _AT_ONCE])
            for field, text in texts.items():
                with suppress(Forged):
                    takers[field] = self._seal.opened_taken(run, field, text)
        return takers

    async def twice(self, run: str) -> int:
        """How many results came after the first of their job."""
        found = await self._redis.command("GET", f"{PREFIX}{run}:twice", timeout=_WITHIN)
        return int(found) if str(found).isdecimal() else 0

    async def sign(self, taker: str) -> "Sign | Forged | None":
        """The last sign of life of who takes jobs, as `takers_of` names it; None without one."""
        text = await self._redis.command("GET", f"{PREFIX}worker:{taker}", timeout=_WITHIN)
        if not isinstance(text, str):
            return None
        try:
            return self._seal.opened(f"sign {taker}", text, Sign)
        except Forged as error:
            return error

    # Who brings.

    async def take(self, job: Job, by: str, seconds: float) -> str:
        """`go` where this job is to be run, and kept who took it; `answered` or `over` where not."""
        key = PREFIX + job.run
        text = self._seal.taken(job, by)
        return str(await self._eval(_TAKE, (key, key + ":taken"), job.field, text, _ttl(seconds), OPEN))

    async def put(self, job: Job, answer: Answer, seconds: float) -> str:
        """`kept` where this is the first answer, `twice` where it is not, `over` where nobody waits."""
        key, text = PREFIX + job.run, self._seal.answer(job, answer)
        keys = (key, key + ":new", key + ":twice")
        return str(await self._eval(_PUT, keys, job.field, text, _ttl(seconds), OPEN))

    async def live(self, sign: Sign, takers: Iterable[str]) -> None:
        """A sign of life of one that takes these jobs."""
        for taker in takers:
            text = self._seal.sealed(f"sign {taker}", sign)
            await self._redis.command("SET", f"{PREFIX}worker:{taker}", text, "EX", ALIVE, timeout=_WITHIN)

    async def gone(self, takers: Iterable[str]) -> None:
        """It ends in order; others that take the same give their next sign soon."""
        keys = (f"{PREFIX}worker:{taker}" for taker in takers)
        await self._redis.command("DEL", *keys, timeout=_WITHIN)

    async def _texts(self, key: str, fields: list[str]) -> dict[str, str]:
        found = await self._eval(_GET, (key,), LONGEST_ANSWER + 64, *fields)
        if not isinstance(found, list) or len(found) % 2:
            raise BadAnswer("results", "what it answers are no pairs; is this Redis?")
        return {str(found[place]): str(found[place + 1]) for place in range(0, len(found), 2)}

    async def _eval(self, script: str, keys: tuple[str, ...], *words: str | int) -> object:
        return await self._redis.command("EVAL", script, len(keys), *keys, *words, timeout=_WITHIN)


def _ttl(seconds: float) -> int:
    return int(max(seconds, 0)) + 300
