"""Measured process: the minimal Textual app with the client libraries that the board needs, and as many clients made.

`python -m tests.bench.clients_app HTTP` makes one HTTP transport for each of so many origins.
"""

import os
import ssl
import sys

import anyio._backends._asyncio
import asyncpg
import consul
import httpx2
import httpx2.websockets
import pika.adapters.asyncio_connection
import prometheus_api_client
import redis.asyncio

from tests.bench.minimal_app import MinimalApp


def clients(origins: int) -> list[object]:
    """Made, not yet connected; TLS settings are shared, as the board shares them."""
    context = ssl.create_default_context()
    return [
        *(httpx2.AsyncHTTPTransport(verify=context, trust_env=False) for _ in range(origins)),
        redis.asyncio.Redis(host="127.0.0.1", port=1),
        consul.Consul(host="127.0.0.1", port=1),
        prometheus_api_client.PrometheusConnect(url="http://127.0.0.1:1"),
        pika.ConnectionParameters(host="127.0.0.1", port=1),
        asyncpg.connect,
        httpx2.websockets,
        anyio._backends._asyncio,
    ]


if __name__ == "__main__":
    kept = clients(int(sys.argv[1]))
    MinimalApp().run()
    os._exit(not kept)
