"""What the simulated Redis says of itself: INFO, ROLE, CONFIG GET, CLIENT LIST and SLOWLOG, in moving numbers."""

import fnmatch
import math
from collections import Counter
from collections.abc import Callable, Mapping

from fakeredis import FakeServer

from sutaz_tui.simulator.resp import Reply, ReplyError
from sutaz_tui.simulator.world import World

VERSION = "7.4.6"
MAX_MEMORY = 128 * 1024 * 1024
AGE_AT_BIRTH = 284_400
"""Seconds that the server has been up when the simulated stack starts."""

_CONFIG = {
    "maxmemory": str(MAX_MEMORY),
    "maxmemory-policy": "allkeys-lru",
    "appendonly": "yes",
    "save": "",
    "databases": "16",
    "maxclients": "10000",
    "timeout": "0",
    "slowlog-log-slower-than": "10000",
    "slowlog-max-len": "128",
    "notify-keyspace-events": "",
}
BACKEND_PINGS = "pings of the backend"
"""Under which name the world counts what the backend asks Redis."""
_SLOW = (
    (31_204, ("KEYS", "session:*")),
    (18_377, ("ZRANGE", "leaderboard", "0", "-1")),
    (12_090, ("FLUSHDB", "ASYNC")),
)
"""Microseconds and command of the entries in the slow log."""

Section = Mapping[str, int | float | str]


class Figures:
    """The numbers of one Redis; `clients` counts the true connections, `commands` those that were asked."""

    def __init__(self, world: World, store: FakeServer, clients: Callable[[], int]) -> None:
        self._world = world
        self._store = store
        self._clients = clients
        self.commands = 0
        self.calls: Counter[str] = Counter()
        """How often each command was asked; the backend's own stand in the world's state."""
        self.hits = 0
        self.misses = 0

    def answer(self, word: str, arguments: list[str]) -> Reply:
        """The reply to a command that asks the server of itself; None for all others."""
        sub = arguments[0].upper() if arguments else ""
        if word == "INFO":
            return self.info(arguments).encode()
        if word == "ROLE":
            return self._role()
        if word == "DBSIZE":
            return self._keys
        if (word, sub) == ("CONFIG", "GET"):
            return self._config(arguments[1:])
        if (word, sub) in (
            ("CONFIG", "SET"),
            ("CONFIG", "RESETSTAT"),
            ("CONFIG", "REWRITE"),
            ("SLOWLOG", "RESET"),
        ):
            raise ReplyError(f"ERR the simulated Redis does not serve {word} {sub}")
        if (word, sub) == ("CLIENT", "LIST"):
            return self._client_list().encode()
        if word == "SLOWLOG":
            return self._slowlog(sub, arguments[1:])
        if word in ("LATENCY", "MODULE"):
            return []
        if (word, sub) == ("MEMORY", "STATS"):
            return {
                "total.allocated": self.used_memory,
                "keys.count": self._keys,
                "peak.allocated": self._peak,
            }
        return None

    def info(self, wanted: list[str]) -> str:
        """INFO's text: all sections, or the wanted ones."""
        names = {name.lower() for name in wanted} - {"all", "default", "everything"}
        otherwise = dict(words.split(":", 1) for words in self._world.traits.redis_info)
        blocks = [
            f"# {title}\r\n"
            + "".join(f"{name}:{otherwise.get(name, value)}\r\n" for name, value in section.items())
            for title, section in self._sections().items()
            if not names or title.lower() in names
        ]
        if "commandstats" in names:
            asked = self.calls + Counter(ping=self._world.state.get(BACKEND_PINGS, 0))
            told = (
                f"cmdstat_{name}:calls={count},usec={count},usec_per_call=1.00\r\n"
                for name, count in asked.items()
            )
            blocks.append("# Commandstats\r\n" + "".join(told))
        return "\r\n".join(blocks)

    @property
    def used_memory(self) -> int:
        """Bytes: the trait's share of the maximum, breathing by 4 % of itself."""
        share = self._world.traits.redis_memory_share
        return int(MAX_MEMORY * min(1.0, share * (1 + math.sin(self._world.elapsed() / 23.0) / 25)))

    @property
    def _peak(self) -> int:
        return int(max(self.used_memory, MAX_MEMORY * min(1.0, self._world.traits.redis_memory_share * 1.2)))

    @property
    def _keys(self) -> int:
        return 1_180 + int(40 * math.sin(self._world.elapsed() / 31.0)) + len(self._store.dbs[0])

    @property
    def _connected(self) -> int:
        """Connections of the stack itself and the true ones to this port."""
        return int(self._world.gauges["redis_clients"]) + self._clients()

    def _sections(self) -> dict[str, Section]:
        age = self._world.elapsed()
        rate = 140.0 + 35.0 * math.sin(age / 11.0)
        processed = int(38_214_000 + 140.0 * age) + self.commands
        hits = int(29_402_113 + 96.0 * age + 60.0 * math.sin(age / 13.0))
        full = self._world.traits.redis_memory_share >= 0.98
        role: dict[str, int | float | str] = {"role": self._role_word, "connected_slaves": 0}
        if self._role_word == "slave":
            role |= {
                "master_host": "172.20.0.11",
                "master_port": 6379,
                "master_link_status": "up",
                "master_last_io_seconds_ago": int(age) % 3,
                "slave_read_only": 1,
            }
        return {
            "Server": {
                "redis_version": VERSION,
                "redis_mode": "standalone",
                "os": "Linux 6.1.0 x86_64",
                "arch_bits": 64,
                "process_id": 1,
                "tcp_port": self._world.addresses.get("redis", ("", 6379))[1],
                "uptime_in_seconds": int(age) + AGE_AT_BIRTH,
                "uptime_in_days": (int(age) + AGE_AT_BIRTH) // 86_400,
            },
            "Clients": {
                "connected_clients": self._connected,
                "maxclients": 10_000,
                "blocked_clients": 0,
            },
            "Memory": {
                "used_memory": self.used_memory,
                "used_memory_human": f"{self.used_memory / 1048576:.2f}M",
                "used_memory_rss": int(self.used_memory * 1.31),
                "used_memory_peak": self._peak,
                "maxmemory": MAX_MEMORY,
                "maxmemory_human": "128.00M",
                "maxmemory_policy": "allkeys-lru",
                "mem_fragmentation_ratio": 1.31,
            },
            "Persistence": {
                "loading": 0,
                "rdb_last_bgsave_status": "ok",
                "rdb_changes_since_last_save": int(31 * age) % 10_000,
                "rdb_last_save_time": int(self._world.epoch() - age % 3_600),
                "aof_enabled": 1,
                "aof_last_write_status": "ok",
                "aof_last_bgrewrite_status": "ok",
            },
            "Stats": {
                "total_connections_received": int(91_233 + age / 3),
                "total_commands_processed": processed,
                "instantaneous_ops_per_sec": int(rate),
                "rejected_connections": 0,
                "expired_keys": int(402_118 + 2.5 * age),
                "evicted_keys": int(1_204 + 7.0 * age) if full else 0,
                "keyspace_hits": hits + self.hits,
                "keyspace_misses": hits // 24 + self.misses,
                "total_error_replies": 12,
            },
            "Replication": role,
            "CPU": {"used_cpu_sys": round(812.4 + age / 90, 3), "used_cpu_user": round(1204.1 + age / 60, 3)},
            "Cluster": {"cluster_enabled": 0},
            "Keyspace": {"db0": f"keys={self._keys},expires={self._keys * 2 // 3},avg_ttl=1741002"},
        }

    @property
    def _role_word(self) -> str:
        return self._world.traits.redis_role

    def _role(self) -> Reply:
        offset = int(140 * self._world.elapsed())
        if self._role_word == "slave":
            return [b"slave", b"172.20.0.11", 6379, b"connected", offset]
        return [b"master", offset, []]

    def _config(self, patterns: list[str]) -> Reply:
        if not patterns:
            raise ReplyError("ERR wrong number of arguments for 'config|get' command")
        return {
            name: value
            for name, value in _CONFIG.items()
            if any(fnmatch.fnmatchcase(name, pattern.lower()) for pattern in patterns)
        }

    def _client_list(self) -> str:
        age = int(self._world.elapsed())
        return "".join(
            f"id={number + 3} addr=172.20.0.{40 + number % 8}:{51_234 + number} laddr=172.20.0.11:6379 fd={number + 8}"
            f" name= age={age} idle={number % 7} flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0 obl=0 oll=0"
            f" omem=0 tot-mem={22_400 - 512 * (number % 5)} events=r cmd=get user=default resp=2\n"
            for number in range(self._connected)
        )

    def _slowlog(self, sub: str, arguments: list[str]) -> Reply:
        if sub == "LEN":
            return len(_SLOW)
        if sub != "GET":
            raise ReplyError(f"ERR unknown subcommand '{sub}'. Try SLOWLOG HELP.")
        count = int(arguments[0]) if arguments and arguments[0].isdigit() else 10
        start = self._world.born_wall
        return [
            [number, int(start - 900 * (number + 1)), micros, list(command), b"172.20.0.40:51234", b""]
            for number, (micros, command) in enumerate(_SLOW[:count])
        ]
