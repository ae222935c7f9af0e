"""Servers, and work whose memory is measured, in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.bench.machine import cpu_seconds
from tests.bench.server import Kind

T = TypeVar("T")

_STOP_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens on loopback; `key` may submit responses."""

    port: int
    key: str
    process: int

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process)


@contextmanager
def served(kind: Kind, url: str, folder: Path) -> Iterator[Served]:
    """A server on the first core, where there are several; stopped and waited for on leaving."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.bench.server", kind, url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            keep_to_core(process.pid, first=True)
            yield Served(line["port"], line["key"], process.pid)
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def asked(server: Served, bodies: Path, *, clients: int, seconds: float) -> dict[str, Any]:
    """What `tests.bench.load` tells, run on another core than the server."""
    arguments = [str(server.port), server.key, str(clients), str(seconds), str(bodies)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", *arguments],
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=lambda: keep_to_core(0, first=False),
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def keep_to_core(process: int, *, first: bool) -> None:
    """Keep a process (0 is this one) and its threads on the first core, or off it."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return
    chosen = cores[:1] if first else cores[1:]
    tasks = Path(f"/proc/{process or 'self'}/task").iterdir()
    for task in tasks:
        os.sched_setaffinity(int(task.name), chosen)


def alone(work: Callable[..., T], *arguments: Any) -> T:
    """Run a function in a fresh process, whose memory is then its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()
