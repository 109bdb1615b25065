"""What goes between who asks and who runs checks: JSON, signed, bounded; no code, no address and no secret is in it."""

import hashlib
import hmac
import time
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.config.workers import ANY
from sutaz_tui.errors import SutazError
from sutaz_tui.model import CheckResult

T = TypeVar("T")

QUEUES = "sutaz.checks."
"""What names of queues begin with; the rest is the place."""
LONGEST_JOB = 2048
LONGEST_ANSWER = 64 << 10
STEPS = 20
"""Steps of a check that travel with its result at most."""


class Forged(SutazError):
    """It was not written by who holds our key, or for something else."""


class Job(Struct, frozen=True):
    """One check of one run, for a place or for ANY; not to be begun after `until` (seconds since the epoch).

    `config` is the hash of what the check's verdict hangs on.
    """

    run: str
    check: str
    place: str
    until: float
    config: str

    @property
    def field(self) -> str:
        """Under which name its result is kept."""
        return field_of(self.check, self.place)

    @property
    def queue(self) -> str:
        """By which queue it goes."""
        return QUEUES + takers_of(self.place, self.config)


class Answer(Struct, frozen=True):
    """What the worker `by` says of a job: its result, or why it was `refused`."""

    by: str
    result: CheckResult | None = None
    refused: str = ""


class Taken(Struct, frozen=True):
    """Who took a job, and when (seconds since the epoch)."""

    by: str
    at: float


class Sign(Struct, frozen=True):
    """A sign of life of the worker in a place: when, of which config it is, how many jobs it refused by the reason."""

    place: str
    at: float
    config: str
    refused: dict[str, int] = {}


def field_of(check: str, place: str) -> str:
    """A check in a place, in one word."""
    return f"{check}@{place}"


def takers_of(place: str, config: str) -> str:
    """By which name those are known who may take a job: that of a place, or for ANY one of all workers of a config, by
    its hash: what one of another config took and refused nobody else would run."""
    return f"{ANY}.{config[:16]}" if place == ANY else place


class Seal:
    """Signs texts, and opens those that are signed with the same key for the same purpose."""

    def __init__(self, key: str) -> None:
        # Not the key itself: it may be short.
        self._key = hashlib.sha256(b"sutaz-tui workers 1\0" + key.encode()).digest()

    def sealed(self, purpose: str, value: object) -> str:
        """A value as a signed text."""
        body = msgspec.json.encode(value)
        return f"{self._mac(purpose, body)}{body.decode()}"

    def opened(self, purpose: str, text: str, kind: type[T], longest: int = LONGEST_ANSWER) -> T:
        """The value that was sealed; Forged where it was not, is too long, or none of this kind."""
        data = text.encode("utf-8", "replace")
        mac, body = data[:64], data[64:]
        if len(data) > longest + 64 or not hmac.compare_digest(self._mac(purpose, body).encode(), mac):
            raise Forged("its signature is wrong: another key, or a stranger's")
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise Forged("it is of another version") from error

    def job(self, job: Job) -> str:
        """A job as it travels."""
        return self.sealed("job", job)

    def opened_job(self, text: str) -> Job:
        """The job of a text; Forged."""
        return self.opened("job", text, Job, LONGEST_JOB)

    def answer(self, job: Job, answer: Answer) -> str:
        """An answer as it travels; the evidence is left out where it would be too long."""
        purpose = f"answer {job.run} {job.field}"
        if answer.result is not None:
            answer = replace(answer, result=replace(answer.result, steps=answer.result.steps[-STEPS:]))
        text = self.sealed(purpose, answer)
        if len(text.encode()) > LONGEST_ANSWER and answer.result is not None:
            text = self.sealed(purpose, replace(answer, result=replace(answer.result, steps=())))
        return text

    def opened_answer(self, run: str, field: str, text: str) -> Answer:
        """The answer to this job of this run; Forged also where it answers another one."""
        return self.opened(f"answer {run} {field}", text, Answer)

    def taken(self, job: Job, by: str) -> str:
        """That a worker took a job."""
        return self.sealed(f"taken {job.run} {job.field}", Taken(by, time.time()))

    def opened_taken(self, run: str, field: str, text: str) -> Taken:
        """Who took this job; Forged."""
        return self.opened(f"taken {run} {field}", text, Taken)

    def _mac(self, purpose: str, body: bytes) -> str:
        return hmac.new(self._key, purpose.encode() + b"\0" + body, hashlib.sha256).hexdigest()
