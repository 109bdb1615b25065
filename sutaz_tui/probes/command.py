"""A program's verdict as Nagios plugins give it: exit code, first line, and figures after the bar."""

import math
import re

from sutaz_tui.config.kinds import Command
from sutaz_tui.model import WORDS, Fact, Status
from sutaz_tui.probes.base import QUOTE, Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.command import Ended, Program
from sutaz_tui.text.patterns import Expression, TooSlow, WrongPattern
from sutaz_tui.text.sanitise import one_line

_VERDICTS = {0: (Status.UP, ""), 1: (Status.DEGRADED, "warning"), 2: (Status.DOWN, "critical")}
# 'label'=value[UOM];… of the Nagios plugin guidelines; what does not fit is no figure.
_FIGURE = re.compile(
    r"(?:'([^'=]{1,60})'|([^\s'=|]{1,60}))=(-?[0-9]{1,30}(?:\.[0-9]{1,30})?)(?=[^0-9.]|$)\S*"
)
MOST_FACTS = 20


class CommandProbe(Probe):
    """Runs the program; 0 is up, 1 degraded, 2 down, anything else unknown."""

    def __init__(self, service: Command, clients: Clients) -> None:
        super().__init__(service)
        self._secrets = clients.secrets
        self._expect, self._fault = _pattern(service.expect)
        self._program = Program(service.argv, service.env, service.title, clients.secrets, clients.shell)

    async def look(self) -> Finding:
        if self._fault:
            error = f"{self.service.title}: {self._fault}; correct it in the config"
            return Finding(self._fault, Status.UNKNOWN, word="?", error=error)
        ended = await self._program.run(self.timeout)
        said, facts = self._read(ended)
        status, word = _VERDICTS.get(ended.code, (Status.UNKNOWN, "?"))
        facts["exit"] = ended.code
        rule = "exit 0 is up, 1 degraded, 2 down, else unknown"
        if status is Status.UP and self._expect is not None:
            rule += f"; its output matches {one_line(self._expect.written, QUOTE)}"
            if unmet := self._unmet(ended):
                error = f"{self.service.title}: {unmet[1]}; run it by hand to see why"
                return Finding(unmet[1], unmet[0], ended.elapsed, WORDS[unmet[0]], facts, error, rule)
        if status is Status.UP:
            return Finding(said or "exit 0", latency=ended.elapsed, facts=facts, rule=rule)
        how = f"was ended by signal {-ended.code}" if ended.code < 0 else f"ends with {ended.code}"
        error = f"{self.service.title}: its program {how}" + (
            f": {said}" if said else "; run it by hand to see why"
        )
        return Finding(said or how, status, ended.elapsed, word, facts, error, rule)

    def _unmet(self, ended: Ended) -> tuple[Status, str] | None:
        """What its output lacks, None where it holds what is expected."""
        assert self._expect is not None
        output = self._secrets.mask(ended.output.decode("utf-8", "replace"))
        written, start = one_line(self._expect.written, QUOTE), one_line(output, QUOTE) or "nothing"
        try:
            if self._expect.finds(output):
                return None
        except TooSlow:
            return Status.UNKNOWN, f"the pattern {written} took too long on its output; make it simpler"
        return Status.DOWN, f"exit 0, but it says {start}, expected {written}"

    def _read(self, ended: Ended) -> tuple[str, dict[str, Fact]]:
        return plugin_words(self._secrets.mask(ended.output.decode("utf-8", "replace")))


def plugin_words(output: str) -> tuple[str, dict[str, Fact]]:
    """What a plugin says in its first line, and its figures by their labels."""
    first = next((line for line in output.splitlines() if line.strip()), "")
    said, _, figures = first.partition("|")
    facts: dict[str, Fact] = {}
    for found in _FIGURE.finditer(figures):
        value = float(found[3])
        if math.isfinite(value) and len(facts) < MOST_FACTS:
            facts[one_line(found[1] or found[2], 60)] = int(value) if value.is_integer() else value
    return one_line(said), facts


def _pattern(written: str) -> tuple[Expression | None, str]:
    """What must be found, or why that cannot be."""
    try:
        return (Expression(written) if written else None), ""
    except WrongPattern as error:
        return None, f"expect is no valid pattern: {one_line(str(error), QUOTE)}"


def build(service: Command, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `command` entry."""
    return CommandProbe(service, clients)
