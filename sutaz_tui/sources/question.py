"""One question to a system: its deadline, what its library's errors mean, and the step that it leaves as evidence."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sutaz_tui.config.schema import Tls
from sutaz_tui.errors import Denied, SourceError, TimedOut
from sutaz_tui.model import Step, Timing
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import network_error
from sutaz_tui.sources.resolver import patience
from sutaz_tui.text.sanitise import Secrets, head, hiding

KEEP_LIMIT = 4096
"""Characters of an answer that are kept as evidence."""


@dataclass(slots=True)
class Question:
    """One question to `source` at `address`; `request` and `reproduce` are told in its step, masked as its answer is.

    The asker tells how far it got: `late` for the words of a time-out, `hint` for what to do then, the moments when it
    was connected and secured, the first bytes that were `heard`, and at its end `answer`. `strange` is asked at a
    time-out whether what was heard is another service's greeting.
    """

    source: str
    address: str
    secrets: Secrets
    request: str
    reproduce: str
    what: str = ""
    late: str = "no answer"
    hint: str = ""
    answer: str = ""
    heard: bytes = b""
    strange: Callable[[], SourceError | None] = lambda: None
    is_reused: bool = False
    tls: Tls | None = None
    started: float = field(default_factory=time.perf_counter)
    connected: float = 0.0
    secured: float = 0.0

    @asynccontextmanager
    async def within(self, timeout: float) -> AsyncIterator[None]:
        """End what is asked inside after `timeout` seconds; raises TimedOut or another SourceError, leaves one step.

        What is cut inside (`one_line`, `head`) is masked before.
        """
        failure: SourceError
        try:
            with patience(timeout), hiding(self.secrets):
                async with asyncio.timeout(timeout):
                    yield
        except asyncio.CancelledError:
            self._record(f"given up: {self.late}")
            raise
        except SourceError as error:
            self._record(str(error))
            raise
        except TimeoutError as error:
            late = TimedOut(self.source, f"{self.late} within {timeout:g} s{self.hint}")
            failure = self.strange() or late
            failure.__cause__ = error
        except OSError as error:
            failure = network_error(self.source, self.address, error, self.tls)
            failure.__cause__ = error
        else:
            self._record(self.answer)
            return
        self._record(str(failure))
        try:
            raise failure
        finally:
            del failure  # see failures.py

    def timing(self) -> Timing:
        """Where the time went up to now: the phases whose end was told."""
        return Timing(
            connect=self.connected - self.started if self.connected else None,
            tls=self.secured - self.connected if self.secured else None,
            total=time.perf_counter() - self.started,
            reused=self.is_reused,
        )

    def _record(self, answer: str) -> None:
        mask, timing = self.secrets.mask, self.timing()
        with hiding(self.secrets):
            said = mask(head(answer.encode("utf-8", "replace"), KEEP_LIMIT))
        what = self.what or self.source
        record(Step(what, mask(self.request), said, timing.total, mask(self.reproduce), timing))


def login_refused(source: str, user: str) -> Denied:
    """That a system refuses the configured login of this user."""
    return Denied(source, f"the login of {user} is refused; check user and password in the config")
