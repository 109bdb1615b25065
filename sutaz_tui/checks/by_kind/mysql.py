"""Any MySQL or MariaDB."""

from typing import TYPE_CHECKING, cast

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong, fault, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.config.kinds import Mysql

if TYPE_CHECKING:
    from sutaz_tui.sources.mysql import MysqlState

KIND = Kind("mysql")
FULL = 80
SLOWEST = 1.0
IO, SQL, LATE = "Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source"


def _count(state: "MysqlState", name: str) -> int:
    told = state.known.get(name, "")
    if not told.isdecimal():
        raise Wrong(f"{name} as a number", repr(told))
    return reading.whole(int(told), name)


@KIND.check(
    "answers",
    f"it accepts the login and answers within {SLOWEST:g} s",
    fault(mysql="slow=0.3"),
    is_identity=True,
)
async def answers(ask: Ask, id: str) -> str:
    state = await ask.mysql(id)
    version = reading.version(state.known.get("version"))
    ask.expect(state.latency <= SLOWEST, f"an answer within {SLOWEST:g} s", f"{state.latency:.2f} s")
    return f"{version} in {state.latency:.3f} s"


@KIND.check(
    "connections",
    f"less than {FULL} % of its connections are taken",
    trait(mysql_figures=["Threads_connected:130"]),
)
async def connections(ask: Ask, id: str) -> str:
    state = await ask.mysql(id)
    taken, most = _count(state, "threads_connected"), _count(state, "max_connections")
    ask.expect(taken * 100 < FULL * most, f"less than {FULL} %", f"{taken} of {most}")
    return f"{taken} of {most}"


@KIND.check(
    "durable",
    "commits are crash-safe (innodb_flush_log_at_trx_commit, innodb_doublewrite)",
    trait(mysql_figures=["innodb_flush_log_at_trx_commit:2"]),
    trait(mysql_figures=["innodb_doublewrite:OFF"]),
)
async def durable(ask: Ask, id: str) -> str:
    known = (await ask.mysql(id)).known
    flush, twice = (known.get(f"innodb_{name}", "") for name in ("flush_log_at_trx_commit", "doublewrite"))
    # DETECT_AND_RECOVER and more are ON with a choice; DETECT_ONLY keeps no copy.
    is_kept = twice.upper() not in ("OFF", "0", "DETECT_ONLY", "")
    ask.expect(
        flush == "1" and is_kept, "1 and ON", f"{flush or '?'} and {twice or '?'}: a crash may lose commits"
    )
    return "a commit is on disk before it is told"


@KIND.check(
    "replication",
    "its replica receives and applies, not far behind",
    trait(mysql_replica=[f"{IO}:No", f"{SQL}:Yes", f"{LATE}:"]),
    trait(mysql_replica=[f"{IO}:Yes", f"{SQL}:No", f"{LATE}:"]),
    trait(mysql_replica=[f"{IO}:Yes", f"{SQL}:Yes", f"{LATE}:900"]),
    healthy=trait(mysql_replica=[f"{IO}:Yes", f"{SQL}:Yes", f"{LATE}:0"]),
)
async def replication(ask: Ask, id: str) -> str:
    replica = (await ask.mysql(id)).replica
    if replica is None:
        raise NotRun("it is no replica, or this user may not see it (GRANT REPLICATION CLIENT)")
    receives, applies = replica.get(IO.lower()), replica.get(SQL.lower())
    ask.expect(receives == applies == "Yes", "both run", f"receiving {receives}, applying {applies}")
    late, most = replica.get(LATE.lower(), ""), cast(Mysql, ask.service(id)).warn_lag
    if not late.isdecimal():
        raise Wrong("how far behind it is", repr(late))
    seconds = reading.whole(int(late), LATE)
    ask.expect(seconds <= most, f"at most {most:g} s behind", f"{seconds} s")
    return f"{seconds} s behind"
