"""A unit of systemd, as `systemctl show` tells of it."""

from sutaz_tui.config.kinds import Systemd
from sutaz_tui.errors import Unreachable
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.command import Ended, Program
from sutaz_tui.text.exits import exit_words
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import memory_size

PROPERTIES = (
    "LoadState", "ActiveState", "SubState", "Result", "Type", "NRestarts", "ExecMainStatus", "ExecMainCode",
    "MemoryCurrent", "UnitFileState", "TriggeredBy",
)  # fmt: skip
_MISSING = ("not-found", "bad-setting", "error", "masked")


class SystemdProbe(Probe):
    """Active is up, and so is a oneshot that ended well; what restarts by itself again and again is degraded."""

    def __init__(self, service: Systemd, clients: Clients) -> None:
        super().__init__(service)
        self.unit = service.unit
        self._program = Program(asking(service), {}, service.title, clients.secrets, clients.shell)
        self._restarts: int | None = None

    async def look(self) -> Finding:
        ended = await self._program.run(self.timeout)
        found = told(ended, self.service.title, self.unit)
        load, active, sub = (found.get(key, "") for key in ("LoadState", "ActiveState", "SubState"))
        facts: dict[str, Fact] = {"active": active, "sub": sub}
        for key, name in (("NRestarts", "restarts"), ("MemoryCurrent", "memory")):
            if (number := _number(found.get(key, ""))) is not None:
                facts[name] = number
        if load in _MISSING:
            return self._missing(load, ended.elapsed, facts)
        words = f"{active} ({sub})" if sub else active
        memory = facts.get("memory")
        summary = words + (f", {memory_size(memory)}" if isinstance(memory, int) else "")
        rule = "the unit is active"
        before, self._restarts = self._restarts, _number(found.get("NRestarts", ""))
        if active in ("active", "reloading"):
            if before is not None and (self._restarts or 0) > before:
                error = f"{self.service.title}: systemd restarted it; journalctl -u {self.unit} says why"
                summary += f"; restarted, {self._restarts} times in all"
                return Finding(summary, Status.DEGRADED, ended.elapsed, "restart", facts, error, rule)
            return Finding(summary, latency=ended.elapsed, facts=facts, rule=rule)
        if active == "activating" and sub == "auto-restart":
            return self._bad(
                f"{words}: it ends again and again{_why(found)}", Status.DOWN, "loop", ended, facts
            )
        if active == "activating":
            return Finding(summary, latency=ended.elapsed, word="starting", facts=facts, rule=rule)
        if active == "inactive" and found.get("Type") == "oneshot" and found.get("Result") == "success":
            done = "a oneshot that ended well"
            return Finding(f"{words}, {done}", latency=ended.elapsed, word="ended", facts=facts, rule=done)
        return self._bad(f"{words}{_why(found)}", Status.DOWN, "DOWN", ended, facts)

    def _missing(self, load: str, latency: float, facts: dict[str, Fact]) -> Finding:
        words = (
            f"systemd has no unit {self.unit}" if load == "not-found" else f"the unit {self.unit} is {load}"
        )
        if self.service.optional:
            return Finding(
                f"not deployed: {words}", Status.ABSENT, latency, "off", rule="optional, and not there"
            )
        error = f"{self.service.title}: {words}; is its name in the config right?"
        return Finding(words, Status.DOWN, latency, "DOWN", facts, error, "the unit exists")

    def _bad(self, words: str, status: Status, word: str, ended: Ended, facts: dict[str, Fact]) -> Finding:
        error = f"{self.service.title}: {words}; journalctl -u {self.unit} says why"
        return Finding(words, status, ended.elapsed, word, facts, error, "the unit is active")


def _why(found: dict[str, str]) -> str:
    result, code = found.get("Result", ""), _number(found.get("ExecMainStatus", ""))
    if result in ("", "success"):
        return ""
    return f", {result}" + (f", exit {exit_words(code, result == 'oom-kill')}" if code else "")


def asking(service: Systemd) -> list[str]:
    """The program that tells of a unit, with its arguments."""
    user = ["--user"] if service.user else []
    properties = f"--property={','.join(PROPERTIES)}"
    return ["systemctl", *user, "show", "--no-pager", properties, "--", service.unit]


def told(ended: Ended, title: str, unit: str) -> dict[str, str]:
    """The properties that it told; Unreachable where it could not."""
    pairs = (line.partition("=") for line in ended.output.decode("utf-8", "replace").splitlines())
    found = {key: one_line(value, 40) for key, is_one, value in pairs if is_one and key in PROPERTIES}
    if ended.code != 0 or "ActiveState" not in found:
        said = one_line(ended.output.decode("utf-8", "replace"), 120) or f"exit {ended.code}"
        raise Unreachable(title, f"systemctl cannot tell of {unit}: {said}")
    return found


def _number(text: str) -> int | None:
    # What systemd does not know is [not set], or 2^64-1.
    return int(text) if text.isdecimal() and int(text) < 1 << 63 else None


def build(service: Systemd, clients: Clients, _directory: Directory) -> Probe:
    """The probe of a `systemd` entry."""
    return SystemdProbe(service, clients)
