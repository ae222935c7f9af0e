"""Clients that send requests as fast as they are answered, in a process of their own.

    python -m tests.bench.load PORT CLIENTS SECONDS REQUESTS

REQUESTS is a file made by `write_requests`. Each client holds one connection (a new one where the
server closes it after an answer) and has one request on its way. Imports nothing of the
application, so that it starts at once. Writes one line of JSON:
`{"seconds", "cpu", "statuses": {"201": n}, "p50", "p99"}`, `cpu` being its own seconds of it.
SIGTERM ends it earlier.
"""

import asyncio
import json
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Final, cast

import uvloop

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_CLOSING: Final = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
_LAST_ANSWERS_SECONDS: Final = 30


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Whole requests, as they go over the wire."""
    path.write_text(json.dumps([each.decode("latin-1") for each in requests]))


class _Client:
    """One person at a browser, so to speak: what they send, and what came of it."""

    def __init__(
        self,
        port: int,
        requests: Sequence[bytes],
        *,
        seed: int,
        taken: list[float],
        statuses: Counter[str],
    ) -> None:
        own = list(requests)
        Random(seed).shuffle(own)
        self._port, self._requests = port, cycle(own)
        self._taken, self._statuses = taken, statuses
        self.stopping = False

    async def run(self) -> None:
        """Until `stopping`; the request on its way is waited for."""
        loop = asyncio.get_running_loop()
        while not self.stopping:
            _, connection = await loop.create_connection(
                partial(_Connection, self, perf_counter()), "127.0.0.1", self._port
            )
            await connection.ended

    def next_request(self) -> bytes:
        return next(self._requests)

    def answered(self, status: str, seconds: float) -> None:
        self._taken.append(seconds)
        self._statuses[status] += 1

    def lost(self) -> None:
        self._statuses["connection lost"] += 1


class _Connection(asyncio.Protocol):
    """Answers end by their Content-Length, which every server here sends."""

    def __init__(self, client: _Client, began: float) -> None:
        self._client, self._sent = client, began
        self._transport: asyncio.WriteTransport | None = None
        self._received, self._awaits = b"", False
        self.ended = asyncio.get_running_loop().create_future()

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
        assert self._transport is not None
        self._received, self._awaits = b"", False
        self._client.answered(head[9:12].decode(), perf_counter() - self._sent)
        if self._client.stopping or _CLOSING.search(head, 0, end + 2):
            self._transport.close()
            return
        self._sent = perf_counter()
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if self._awaits:
            self._client.lost()
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        self._awaits = True
        self._transport.write(self._client.next_request())


async def _run(
    port: int, clients: int, seconds: float, requests: Sequence[bytes]
) -> dict[str, object]:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    people = [
        _Client(port, requests, seed=number, taken=taken, statuses=statuses)
        for number in range(clients)
    ]
    begun, cpu = perf_counter(), process_time()
    async with asyncio.timeout(seconds + _LAST_ANSWERS_SECONDS), asyncio.TaskGroup() as tasks:
        for each in people:
            tasks.create_task(each.run())
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
        for each in people:
            each.stopping = True  # what is on its way is waited for
    taken.sort()
    return {
        "seconds": perf_counter() - begun,
        "cpu": process_time() - cpu,
        "statuses": statuses,
        "p50": taken[len(taken) // 2],
        "p99": taken[len(taken) * 99 // 100],
    }


def main() -> None:
    port, clients, seconds, file = sys.argv[1:]
    requests = [each.encode("latin-1") for each in json.loads(Path(file).read_text())]
    found = uvloop.run(_run(int(port), int(clients), float(seconds), requests))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
