"""One queue of RabbitMQ: its depth and its consumers against limits."""

from sutaz_tui.config.kinds import RabbitmqQueue
from sutaz_tui.errors import Denied, SourceError, Unreachable
from sutaz_tui.model import Fact, Status
from sutaz_tui.probes.base import Finding, Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.rabbitmq import Management, Queue
from sutaz_tui.text.sanitise import count, one_line


class RabbitmqQueueProbe(Probe):
    """Asks the management API; while that does not answer, nothing is known of the queue."""

    def __init__(self, service: RabbitmqQueue, clients: Clients) -> None:
        super().__init__(service)
        self._wanted = service
        self._management = Management(service, clients)

    async def look(self) -> Finding:
        wanted = self._wanted
        try:
            queue, latency = await self._management.queue(wanted.vhost, wanted.queue, self.timeout)
        except (Denied, Unreachable):
            raise
        except SourceError as error:
            raise Unreachable(
                wanted.title, f"the management API could not be asked: {error.words}"
            ) from error
        if queue is None:
            name, vhost = one_line(wanted.queue, 80), one_line(wanted.vhost, 80)
            return Finding(
                f"no queue {name} in vhost {vhost}", Status.DOWN, latency, "DOWN",
                error=f"{wanted.title}: there is no queue {name} in vhost {vhost}; is what declares it running?",
                rule="the queue exists",
            )  # fmt: skip
        return self._judge(queue, latency)

    def _judge(self, queue: Queue, latency: float) -> Finding:
        wanted, facts = self._wanted, _facts(queue)
        depth = None if queue.ready is None or queue.unacked is None else queue.ready + queue.unacked
        words = [f"{name} {count(value)}" for name, value in facts.items() if isinstance(value, int)]
        has_statistics = self._management.has_statistics
        untold = (
            "not reported yet" if has_statistics else "not reported: statistics are turned off in this broker"
        )
        summary = ", ".join(words) or f"its messages are {untold}"
        rule = ", ".join(self._limits()) or "the queue exists"

        def finding(status: Status, word: str, reason: str) -> Finding:
            return Finding(
                f"{reason}; {summary}",
                status,
                latency,
                word,
                facts,
                error=f"{wanted.title}: {reason}",
                rule=rule,
            )

        if queue.state in ("down", "crashed", "stopped", "minority"):
            return finding(Status.DOWN, "DOWN", f"the queue is {queue.state}; look at its node")
        has_depth_limit = wanted.warn_messages is not None or wanted.down_messages is not None
        if depth is None and has_depth_limit:
            return finding(Status.UNKNOWN, "?", f"its depth is {untold}")
        if depth is not None and wanted.down_messages is not None and depth >= wanted.down_messages:
            return finding(
                Status.DOWN, "deep", f"{count(depth)} messages, down from {count(wanted.down_messages)}"
            )
        if queue.consumers is not None and queue.consumers < (wanted.min_consumers or 0):
            reason = f"{count(queue.consumers)} consumers of at least {count(wanted.min_consumers or 0)}"
            return finding(Status.DEGRADED, "cons", reason)
        if depth is not None and wanted.warn_messages is not None and depth >= wanted.warn_messages:
            return finding(
                Status.DEGRADED, "deep", f"{count(depth)} messages, warns from {count(wanted.warn_messages)}"
            )
        if wanted.min_consumers is not None and queue.consumers is None:
            return finding(Status.UNKNOWN, "?", f"its consumers are {untold}")
        return Finding(summary, latency=latency, facts=facts, rule=rule)

    def _limits(self) -> list[str]:
        wanted = self._wanted
        limits = []
        if wanted.warn_messages is not None:
            limits.append(f"messages below {wanted.warn_messages}")
        if wanted.down_messages is not None:
            limits.append(f"down from {wanted.down_messages}")
        if wanted.min_consumers is not None:
            limits.append(f"at least {wanted.min_consumers} consumers")
        return limits


def _facts(queue: Queue) -> dict[str, Fact]:
    numbers = {"ready": queue.ready, "unacked": queue.unacked, "consumers": queue.consumers}
    return {name: value for name, value in numbers.items() if value is not None}


def build(service: RabbitmqQueue, clients: Clients, directory: Directory) -> Probe:
    """The probe of a `rabbitmq-queue` entry."""
    return RabbitmqQueueProbe(service, clients)
