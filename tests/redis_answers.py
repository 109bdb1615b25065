"""A port that answers RESP commands as told: stands for what Debian has no server of, by the documents of each."""

import asyncio
from contextlib import AbstractAsyncContextManager

from tests.loopback import Speaker, speaking


def answering(**answers: bytes) -> AbstractAsyncContextManager[Speaker]:
    """A port that answers each command by its name (`INFO=b"…"`), PING by PONG, others as unknown."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            words = []
            for _ in range(int(head[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2].decode())
            unknown = f"-ERR unknown command '{words[0]}'\r\n".encode()
            writer.write({"PING": b"+PONG\r\n", **answers}.get(words[0], unknown))

    return speaking(handle)


def redis_told(info: bytes, **answers: bytes) -> AbstractAsyncContextManager[Speaker]:
    """A port that answers INFO by this text."""
    return answering(INFO=b"$%d\r\n%s\r\n" % (len(info), info), **answers)
