"""What it means that there is no tail, or that one ended: Loki's words, or a proxy's that knows no WebSocket."""

from sutaz_tui.errors import BadAnswer, NoTail, SourceError, TailEnded
from sutaz_tui.sources.loki_refusals import PARSE_ERROR, TAILS, refusal, too_many, wrong_query
from sutaz_tui.sources.websocket import NO_CODE, Closed, NoUpgrade
from sutaz_tui.text.sanitise import one_line

_NO_SOCKET = frozenset((403, 404, 405, 426, 501))
"""What proxies answer that pass no upgrade on."""


def refused_tail(error: NoUpgrade) -> SourceError:
    """Why there is no tail: the query's fault, ours, Loki's, or that nothing here speaks WebSocket."""
    by_proxy = error.status == 400 and error.body.strip() in ("", "Bad Request")
    if error.status in _NO_SOCKET or error.status < 400 or by_proxy:
        words = f"no tail: answers {error.status} instead of a WebSocket; does a proxy stand before it?"
        return NoTail(error.source, words)
    found = refusal(error.source, error.status, error.kind, error.body)
    if found is not None:
        return found
    if error.status == 400:
        return NoTail(error.source, "no tail: a proxy answers 400 instead of a WebSocket")
    said = one_line(error.body, 120)
    return BadAnswer(
        error.source, f"answers {error.status} instead of a tail" + (f": {said}" if said else "")
    )


def ended_tail(error: Closed) -> SourceError:
    """What it means that an open tail was closed."""
    if "max duration" in error.reason:
        return TailEnded(error.source, "ended the tail: it lasted as long as tail_max_duration allows")
    if TAILS in error.reason:
        return too_many(error.source, error.reason)
    if PARSE_ERROR.search(error.reason):
        return wrong_query(error.source, error.reason)
    said = one_line(error.reason, 120) or f"code {error.code}"
    return BadAnswer(
        error.source, f"the tail broke: {said}" if error.code == NO_CODE else f"closed the tail: {said}"
    )
