"""Single Redis commands, one connection a check: for checks, which ask seldom."""

import asyncio
import time
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError

from sutaz_tui.config.kinds import Redis
from sutaz_tui.errors import BadAnswer, Denied, SourceError, TimedOut
from sutaz_tui.model import Step
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.evidence import record
from sutaz_tui.sources.failures import chain, network_error
from sutaz_tui.sources.tcp import split_address
from sutaz_tui.text.sanitise import one_line


class RedisCommands:
    """Sends commands to one Redis service."""

    def __init__(self, service: Redis, clients: Clients) -> None:
        self._service = service
        self._clients = clients
        self._host, self._port = split_address(service.address)
        self._client: redis.asyncio.Redis | None = None

    async def command(self, *words: str | int, timeout: float = 5.0, password: str | None = None) -> Any:
        """What Redis answers to one command, texts decoded; an error answer is BadAnswer, a refused login Denied.

        `password` in place of the configured one logs in on a connection of its own.
        """
        if password is not None:
            client = self._made(password, timeout)
        else:
            client = self._client = self._client or self._made(self._service.password, timeout)
        started = time.perf_counter()
        failure: SourceError
        cause: BaseException
        # redis-py leaves this method without types.
        execute: Any = client.execute_command
        try:
            async with asyncio.timeout(timeout):
                answer = await execute(*words)
        except TimeoutError as error:
            failure, cause = TimedOut(self._service.title, f"no answer within {timeout:g} s"), error
        except AuthenticationError as error:
            failure, cause = Denied(self._service.title, f"login refused: {one_line(str(error), 100)}"), error
        except RedisError as error:
            is_network = any(isinstance(link, OSError | TimeoutError) for link in chain(error))
            where = f"{self._host}:{self._port}"
            failure = (
                network_error(self._service.title, where, error)
                if is_network
                else BadAnswer(self._service.title, one_line(str(error), 200))
            )
            cause = error
        except (OSError, ValueError) as error:
            failure, cause = network_error(self._service.title, f"{self._host}:{self._port}", error), error
        else:
            self._record(words, one_line(str(answer), 2000), started)
            return answer
        finally:
            if password is not None:
                await client.aclose()
        self._record(words, str(failure), started)
        try:
            raise failure from cause
        finally:
            del failure, cause  # see failures.py

    def _made(self, password: str, timeout: float) -> redis.asyncio.Redis:
        # Checks that ask at once wait for a connection; the plain pool would refuse them.
        pool = redis.asyncio.BlockingConnectionPool(
            max_connections=2,
            timeout=timeout,
            host=self._host,
            port=self._port,
            username=self._service.user or None,
            password=password or None,
            decode_responses=True,
            encoding_errors="replace",
            protocol=2,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
        )
        return redis.asyncio.Redis.from_pool(pool)

    async def aclose(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _record(self, words: tuple[str | int, ...], answer: str, started: float) -> None:
        shell = self._clients.shell
        login = f'REDISCLI_AUTH="{shell.secret(self._service.password)}" ' if self._service.password else ""
        text = " ".join(shell.word(str(word)) for word in words)
        line = f"{login}redis-cli -h {self._host} -p {self._port} {text}"
        mask = self._clients.secrets.mask
        record(Step(self._service.title, mask(text), mask(answer), time.perf_counter() - started, mask(line)))
