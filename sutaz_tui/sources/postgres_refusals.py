"""What PostgreSQL's errors mean, by their SQLSTATE: a state of the server, a login, a right, a setting of ours.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. Poolers say most with 08P01, and differ by words
that are theirs in every language; PostgreSQL's own words may be translated and only add to what the code says.
"""

import re
from dataclasses import dataclass

from sutaz_tui.config.kinds import Postgres
from sutaz_tui.errors import BadAnswer, Denied, SourceError, TimedOut
from sutaz_tui.sources.question import login_refused

POOLER = "08P01"
_LESS = ("42883", "42P01", "42703", "42704", "42601", "0A000", "22023")
"""A view, function, column, setting or syntax of ours is not there: a cousin of PostgreSQL, or an older release."""
_FULL = "find who holds them in pg_stat_activity, or raise max_connections"


@dataclass(frozen=True, slots=True)
class Unready:
    """It is PostgreSQL, it answers, but accepts no connections: a word for the row, its own words, what to do."""

    word: str
    words: str
    advice: str
    latency: float


class TurnedAway(BadAnswer):
    """PostgreSQL accepts no connections now; `unready` says why, in its own words."""

    def __init__(self, source: str, unready: Unready) -> None:
        super().__init__(source, f"{unready.words}; {unready.advice}")
        self.unready = unready


def unready(code: str, said: str, latency: float, detail: str = "") -> Unready | None:
    """The state that an error tells; None where it tells something else."""
    words = f"{said}: {detail}" if detail and code != "53300" else said
    if code == "53300" or (code == POOLER and "no more connections allowed" in said):
        return Unready("full", words, _room(said), latency)
    if code == "57P03" and "tandby" in words:
        advice = "wait until it has caught up; hot_standby = on lets readers in"
        return Unready("standby", words, advice, latency)
    if code == "57P03" and "recovery" in said:
        return Unready("recovery", words, "it crashed; wait, and look at its log for why", latency)
    if code == "57P03" and "shut" not in said:
        return Unready("starting", words, "wait, and look at its log if it goes on", latency)
    if code in ("57P01", "57P02", "57P03"):
        return Unready("stopping", words, "it comes back only if something starts it", latency)
    if code.startswith("53"):
        return Unready("disk" if code == "53100" else "mem", words, "look at its host and its log", latency)
    return None


def _room(said: str) -> str:
    if "no more connections allowed" in said:
        return "raise the pooler's max_client_conn, or find who holds them by SHOW CLIENTS"
    for kind in ("role", "database"):
        if found := re.search(rf'for {kind} "(.+)"', said):
            return f"ALTER {kind.upper()} {quoted(found[1])} CONNECTION LIMIT raises its limit"
    return _FULL


def quoted(name: str) -> str:
    """An identifier as SQL takes it."""
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_$]*", name)
    return name if is_plain else '"' + name.replace('"', '""') + '"'


def is_unknown_setting(code: str, said: str) -> bool:
    """Whether a pooler, or a cousin of PostgreSQL, refuses a setting of ours at the login."""
    return code in (POOLER, "42704", "0A000", "22023") and "parameter" in said.lower()


def is_lost_statement(code: str) -> bool:
    """Whether a pooler of transactions handed us another session between two steps of a question."""
    return code in ("26000", "42P05")


def lacking(service: Postgres, code: str, said: str) -> str:
    """Why all but the least is not told by whoever answers: a pooler, a cousin, a missing right; "" for other errors."""
    if code == POOLER and ("admin console" in said or "SHOW HELP" in said):
        return "this is PgBouncer's admin console: set `database` to one that it pools"
    if code == POOLER and "statement pooling" in said:
        return "its pooler pools single statements: ask PostgreSQL itself"
    if code == "42501":
        return f"{service.user} may not see the rest ({said}): {grant(service, said)}"
    return f"it does not tell the rest: {said}" if code in _LESS else ""


def meaning(source: str, service: Postgres, code: str, said: str, detail: str = "") -> SourceError:
    """The SourceError that an error amounts to for whom an answer was needed."""
    user, database = service.user, service.database
    if code == "28P01" or (code == POOLER and ("authentication failed" in said or "no such user" in said)):
        return login_refused(source, user)
    if code == "3D000" or (
        code == POOLER and re.search(r"no such database|database .* does not exist", said)
    ):
        return Denied(source, f"has no database {database}; check `database` in the config")
    if code == "28000" or (code == POOLER and "SSL required" in said):
        return Denied(source, _shut_out(user, said))
    if code == "55000":
        allow = f"ALTER DATABASE {quoted(database)} ALLOW_CONNECTIONS true"
        return Denied(source, f"{said}; {allow}, or check `database` in the config")
    if code == "42501":
        return Denied(source, f"{user} lacks a right: {said}; {grant(service, said, detail)}")
    if code == "57014":
        return TimedOut(source, "cancelled our question: it took longer than its statement_timeout")
    return BadAnswer(source, f"answers with an error: {said} (SQLSTATE {code})")


def grant(service: Postgres, said: str, detail: str = "") -> str:
    """The statement that mends a missing right."""
    user = quoted(service.user)
    if "CONNECT" in detail or "for database" in said:
        return f"GRANT CONNECT ON DATABASE {quoted(service.database)} TO {user}"
    if found := re.search(r"for function (\S+)", said):
        return f"GRANT EXECUTE ON FUNCTION {found[1]} TO {user}"
    return f"GRANT pg_monitor TO {user}"


def _shut_out(user: str, said: str) -> str:
    """SQLSTATE 28000: the login itself may be right, but not from here, not so, or not for this role."""
    if "no encryption" in said or re.search(r"SSL.*required|requires? SSL", said, re.IGNORECASE):
        return f"lets {user} in over TLS only; set `tls` in the config"
    advice = "check user and password in the config"
    if "certificate" in said:
        advice = "set cert_file and key_file under `tls`"
    elif "pg_hba.conf" in said:
        advice = "pg_hba.conf of the server decides who comes in from where"
    elif "not permitted to log in" in said:
        advice = f"ALTER ROLE {quoted(user)} LOGIN"
    elif "does not exist" in said:
        advice = "check `user` in the config"
    return f"refuses {user}: {said}; {advice}"
