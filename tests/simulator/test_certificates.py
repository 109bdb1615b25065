"""The simulated stack's TLS ports, as a client of the standard library sees them."""

import asyncio
import ssl
from typing import Any

import pytest

from sutaz_tui.demo.prove import Control
from sutaz_tui.demo.stack import Demo
from sutaz_tui.simulator.certificates import SHOWN


async def page(stack: Demo, trusted: ssl.SSLContext) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port("https"), ssl=trusted)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        return await reader.read()
    finally:
        writer.close()


async def test_a_client_takes_the_good_certificate_alone() -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        control = Control(stack.control)
        trusted = ssl.create_default_context(cafile=stack.authority())
        refused = set()
        for word in SHOWN:
            await control.be({"tls_shows": word})
            try:
                assert b"<title>Shop" in await page(stack, trusted)
            except ssl.SSLCertVerificationError:
                refused.add(word)
        assert refused == set(SHOWN) - {"good", "expiring"}


@pytest.mark.parametrize(
    ("more", "shown"),
    [({"faults": {"https": "slow=0.05"}}, b" 200 "), ({"faults": {"https": "503"}}, b" 503 ")],
)
async def test_a_fault_of_its_page_is_behind_tls(more: dict[str, Any], shown: bytes) -> None:
    with Demo("healthy") as stack:
        await stack.listening()
        await Control(stack.control).be(**more)
        assert shown in await page(stack, ssl.create_default_context(cafile=stack.authority()))
