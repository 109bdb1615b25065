"""Evidence: every question that a source asks is recorded for whoever listens, so that it costs its asker nothing."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec.structs import replace

from sutaz_tui.config.schema import Tls
from sutaz_tui.model import Step
from sutaz_tui.sources.inside import dialled

LEARNT_MOST = 50

_listening: ContextVar[list[Step] | None] = ContextVar("evidence", default=None)


@contextmanager
def recording() -> Iterator[list[Step]]:
    """Collect the steps of all questions asked inside, in order, the failed one last."""
    steps: list[Step] = []
    token = _listening.set(steps)
    try:
        yield steps
    finally:
        _listening.reset(token)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Ask without evidence: of a thousand alike questions one summary step is told instead."""
    token = _listening.set(None)
    try:
        yield
    finally:
        _listening.reset(token)


def record(step: Step) -> None:
    """Hand a step to whoever listens."""
    steps = _listening.get()
    if steps is not None:
        line = dialled(step.reproduce)
        steps.append(step if line == step.reproduce else replace(step, reproduce=line))


class Shell:
    """Writes words of a shell line: a secret becomes the variable it came from, all else is quoted.

    `names` maps a secret's value to what stands for it in a shell, such as `$POSTGRES_PASSWORD`.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = {value: name for value, name in (names or {}).items() if value}

    def learn(self, value: str, name: str) -> None:
        """Let a secret that came up only now (a token) be written as this variable; the oldest such are forgotten."""
        self._names[value] = name
        same = [known for known, other in self._names.items() if other == name]
        if len(same) > LEARNT_MOST:
            del self._names[same[0]]

    def secret(self, value: str, fallback: str = "$PASSWORD") -> str:
        """What stands for this secret inside double quotes; a secret of unknown origin is `fallback`."""
        return self._names.get(value, fallback)

    def word(self, value: str) -> str:
        """One word, quoted as far as it needs it; a known secret inside it is replaced."""
        for secret, name in self._names.items():
            if len(secret) >= 4 and secret in value:
                escaped = (
                    value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
                )
                return '"' + escaped.replace(secret.replace("$", "\\$"), name) + '"'
        return shlex.quote(value)

    def tls(self, tls: Tls | None, on: str, insecure: str, *files: str) -> list[str]:
        """What tells a program of the shell our TLS settings: `on`, `insecure`, and what stands before each of the files.

        The files are the authorities, our certificate and its key, as `--cacert ` or `PGSSLROOTCERT=`.
        """
        if tls is None:
            return []
        named = zip(files, (tls.ca_file, tls.cert_file, tls.key_file), strict=True)
        words = [on, insecure if tls.verify == "insecure" else ""]
        return [word for word in words if word] + [f"{name}{self.word(file)}" for name, file in named if file]
