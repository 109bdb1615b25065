"""MySQL or MariaDB by one kept login: connections against their limit, read-only, replication."""

from typing import TYPE_CHECKING

from sutaz_tui.config.kinds import Mysql
from sutaz_tui.errors import SourceError
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.sanitise import one_line

if TYPE_CHECKING:
    from sutaz_tui.sources.mysql import MysqlApi, MysqlState

FULL = 0.9
"""The share of its connections above which a server is about to refuse."""
_RULE = "it answers after a login"


class MysqlProbe(Probe):
    """Status, variables and, where this user may see it, the replica's state."""

    def __init__(self, service: Mysql, api: "MysqlApi") -> None:
        super().__init__(service)
        self.entry = service
        self.api = api

    async def look(self) -> Finding:
        if not self.entry.password:
            words = "no login is configured, and it counts connections without one as errors"
            error = f"{self.service.title}: {words}; set user and password"
            return Finding(words, Status.UNKNOWN, word="login", error=error, rule="nobody was asked")
        state = await self.api.ask(self.timeout)
        facts = _facts(state)
        version = f"{'MariaDB ' if 'mariadb' in str(facts.get('version', '')).lower() else ''}"
        version += one_line(str(facts.get("version", "")).partition("-")[0], 20)
        open_now, most = facts.get("connections"), facts.get("max_connections")
        parts = [version, f"connections {open_now} of {most}"]
        parts += ["read-only"] if facts.get("read_only") else []
        troubles = []
        if isinstance(open_now, int) and isinstance(most, int) and most and open_now >= FULL * most:
            troubles.append(("conns", f"{open_now} of {most} connections are open"))
        if state.replica is not None:
            words, trouble = self._replica(state, facts)
            parts.append(words)
            troubles += [("replica", trouble)] if trouble else []
        summary = ", ".join(parts)
        if troubles:
            words = "; ".join(trouble for _, trouble in troubles)
            error = f"{self.service.title}: {words}"
            return Finding(
                f"{summary}; {words}", Status.DEGRADED, state.latency, troubles[0][0], facts, error, _RULE
            )
        return Finding(summary, latency=state.latency, facts=facts, rule=_RULE)

    def failed(self, error: SourceError) -> Finding:
        found = super().failed(error)
        if type(error).__name__ == "Full":
            # It lives and refuses all who come, us too.
            return Finding(
                error.words, Status.DOWN, word="full", rule=found.rule,
                error=f"{error.source}: {error.words}; raise max_connections, or find who keeps them (SHOW PROCESSLIST)",
            )  # fmt: skip
        return found

    def _replica(self, state: "MysqlState", facts: dict[str, Fact]) -> tuple[str, str]:
        """What is said of replication, and what is wrong with it."""
        assert state.replica is not None
        replica = state.replica
        stopped = [
            what
            for what, key in (("receiving", "replica_io_running"), ("applying", "replica_sql_running"))
            if replica.get(key, "Yes") != "Yes"
        ]
        lag = replica.get("seconds_behind_source", "")
        if lag.isdecimal() and len(lag) < 10:
            facts["lag"] = int(lag)
        if stopped:
            said = one_line(replica.get("last_error") or replica.get("last_io_error") or "", 80)
            return "replica", f"its replica has stopped {' and '.join(stopped)}" + (
                f": {said}" if said else ""
            )
        if isinstance(facts.get("lag"), int) and int(lag) > self.entry.warn_lag:
            return (
                f"replica {lag} s behind",
                f"{lag} s behind its source, warns above {self.entry.warn_lag:g} s",
            )
        return f"replica {lag} s behind" if "lag" in facts else "replica", ""


class WithoutLibrary(Probe):
    """What is said where the library is not installed."""

    async def look(self) -> Finding:
        words = "its library is not installed; pip install 'sutaz-tui[mysql]'"
        return Finding(
            words,
            Status.UNKNOWN,
            word="library",
            error=f"{self.service.title}: {words}",
            rule="nobody was asked",
        )


def _facts(state: "MysqlState") -> dict[str, Fact]:
    known = state.known
    facts: dict[str, Fact] = {"version": known.get("version", "")}
    for key, name in (
        ("threads_connected", "connections"), ("max_connections", "max_connections"), ("threads_running", "running"),
        ("slow_queries", "slow_queries"), ("aborted_connects", "aborted_connects"), ("uptime", "uptime"),
    ):  # fmt: skip
        if (text := known.get(key, "")).isdecimal() and len(text) < 19:
            facts[name] = int(text)
    facts["read_only"] = known.get("read_only", "OFF").upper() not in ("OFF", "0")
    return facts


def build(service: Mysql, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `mysql` entry."""
    try:
        from sutaz_tui.sources.mysql import MysqlApi
    except ImportError:
        return WithoutLibrary(service)
    return MysqlProbe(service, clients.shared(f"mysql:{service.id}", lambda: MysqlApi(service, clients)))
