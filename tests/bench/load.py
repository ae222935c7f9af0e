"""Clients that submit responses as fast as they are answered, in a process of their own.

    python -m tests.bench.load PORT KEY CLIENTS SECONDS BODIES

BODIES is a file with a JSON body on each line. Each client holds one connection and has one request
on its way. Imports nothing of the application, so that it starts at once. Writes one line of JSON:
`{"seconds", "cpu", "statuses": {"201": n}, "p50", "p99"}`, `cpu` being its own seconds of it.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Final, cast

import uvloop

_LENGTH: Final = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *([0-9]+)\r\n")
_LAST_ANSWERS_SECONDS: Final = 30


class _Client(asyncio.Protocol):
    """One connection; answers end by their Content-Length, which the API always sends."""

    def __init__(self, requests: Sequence[bytes], taken: list[float], statuses: Counter[str]):
        self._requests, self._taken, self._statuses = cycle(requests), taken, statuses
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self._sent = 0.0
        self.ended = asyncio.get_running_loop().create_future()
        self.stopping = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own class
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received = head = self._received + data if self._received else data
        end = head.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(head)
        if length is None or len(head) < end + 4 + int(length[1]):
            return
        self._received = b""
        self._taken.append(perf_counter() - self._sent)
        self._statuses[head[9:12].decode()] += 1
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.stopping:
            self._statuses["connection lost"] += 1
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        if self.stopping:
            self._transport.close()
            return
        self._sent = perf_counter()
        self._transport.write(next(self._requests))


async def _run(
    port: int, clients: int, seconds: float, requests: Sequence[bytes]
) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    running = []
    begun, cpu = perf_counter(), process_time()
    for number in range(clients):
        own = list(requests)
        Random(number).shuffle(own)
        _, client = await loop.create_connection(
            partial(_Client, own, taken, statuses), "127.0.0.1", port
        )
        running.append(client)
    await asyncio.sleep(seconds)
    for client in running:
        client.stopping = True  # what is on its way is waited for
    async with asyncio.timeout(_LAST_ANSWERS_SECONDS):
        await asyncio.gather(*(client.ended for client in running))
    taken.sort()
    return {
        "seconds": perf_counter() - begun,
        "cpu": process_time() - cpu,
        "statuses": statuses,
        "p50": taken[len(taken) // 2],
        "p99": taken[len(taken) * 99 // 100],
    }


def _request(body: bytes, key: str) -> bytes:
    head = (
        "POST /api/v1/responses HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    port, key, clients, seconds, bodies = sys.argv[1:]
    requests = [_request(body, key) for body in Path(bodies).read_bytes().splitlines()]
    found = uvloop.run(_run(int(port), int(clients), float(seconds), requests))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
