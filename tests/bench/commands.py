"""A process that takes a command a line on standard input, and answers each by a line of JSON."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Command = Callable[[int], Awaitable[dict[str, Any]]]
"""Given the number that follows its name, 0 where none does; what is told."""


async def obey(commands: Mapping[str, Command]) -> None:
    """Do what is said, by name, until nothing more can be."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while line := await lines.readline():
        name, _, number = line.decode().strip().partition(" ")
        tell(await commands[name](int(number or 0)))


def tell(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
