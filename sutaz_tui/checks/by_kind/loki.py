"""Any Loki."""

import asyncio
import secrets
import time

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, patch, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.monitoring.loki import BASE, data, newest, ready, streams_of
from sutaz_tui.model import CheckClass
from sutaz_tui.text.sanitise import one_line

KIND = Kind("loki")
SILENT = 600
THERE_WITHIN = 5.0

NOT_READY = "Ingester not ready: waiting for 15s after being ready"

KIND.add("ready", "it is ready", ready, patch("loki", "/ready", status=503, body=NOT_READY), is_identity=True)


async def _everything(ask: Ask, id: str) -> str:
    """A selector of every line: by the labels that there are, for Loki takes no query without one."""
    labels = await data(ask, f"{BASE}/labels", id)
    named = [label for label in ("job", "service_name") if label in labels] or list(labels)[:1]
    ask.expect(bool(named), "labels", "none: nothing was ever written to it")
    return f'{{{named[0]}=~".+"}}'


@KIND.check("fresh", f"lines arrive, the newest within {SILENT} s", trait(loki_is_fresh=False))
async def fresh(ask: Ask, id: str) -> str:
    selector = await _everything(ask, id)
    streams = await streams_of(ask, selector, SILENT, id)
    return f"the newest is {newest(ask, streams, selector, SILENT):.0f} s old"


@KIND.check(
    "round-trip",
    "a pushed line can be read",
    trait(loki_keeps_lines=False),
    patch("loki", f"{BASE}/push", status=429, body="Ingestion rate limit exceeded for user fake"),
    patch(
        "loki", f"{BASE}/push", status=400, body="entry for stream '{job=\"sutaztui\"}' has timestamp too new"
    ),
    check_class=CheckClass.LEAVES,
    sends="one line of job sutaztui, which stays until Loki's retention takes it",
)
async def round_trip(ask: Ask, id: str) -> str:
    marker, started = f"sutaztui-{secrets.token_hex(8)}", time.monotonic()
    line = [f"{time.time_ns()}", marker]
    pushed = await ask.post(
        id, f"{BASE}/push", json={"streams": [{"stream": {"job": "sutaztui"}, "values": [line]}]}
    )
    # A 400 is no fault of the request: its limits, or two clocks that differ.
    ask.expect(pushed.status in (204, 200), "204", f"{pushed.status}: {one_line(pushed.text(), 160)}")
    while marker not in str(await streams_of(ask, f'{{job="sutaztui"}} |= "{marker}"', SILENT, id)):
        if time.monotonic() - started > THERE_WITHIN:
            raise Wrong(f"the line within {THERE_WITHIN:g} s", "taken, and not to be read")
        await asyncio.sleep(0.2)
    return f"read after {time.monotonic() - started:.1f} s"
