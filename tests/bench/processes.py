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

from tests.bench.machine import cpu_seconds, used_megabytes
from tests.bench.server import Kind

T = TypeVar("T")

_STOP_SECONDS: Final = 30


class Commanded:
    """A process that takes a command a line, and answers each with a line of JSON.

    `first` is the line with which it told that it is ready.
    """

    def __init__(self, process: subprocess.Popen[str], first: dict[str, Any]) -> None:
        self._process, self.first = process, first

    def does(self, command: str) -> dict[str, Any]:
        """Raises: RuntimeError, where the process ended instead; it has said why."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return _line(self._process)

    def megabytes(self) -> float:
        return used_megabytes(self._process.pid)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens on loopback; `key` may submit responses."""

    port: int
    key: str
    process: int
    commands: Commanded

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process)


@contextmanager
def served(kind: Kind, url: str, folder: Path) -> Iterator[Served]:
    """A server on the first core, where there are several; stopped and waited for on leaving."""
    folder.mkdir(parents=True)
    with _child(*_module("tests.bench.server", kind, url, str(folder))) as process:
        line = _line(process)
        yield Served(line["port"], line["key"], process.pid, Commanded(process, line))


@contextmanager
def commanded(module: str, *arguments: str, first: bool = True) -> Iterator[Commanded]:
    """A module in a process on the first core, or off it, which has told that it is ready."""
    with _child(*_module(module, *arguments), first=first) as process:
        yield Commanded(process, _line(process))


@contextmanager
def commanded_program(*command: str, folder: Path | None = None) -> Iterator[Commanded]:
    """Any program that talks like these, run in a folder."""
    with _child(*command, folder=folder) as process:
        yield Commanded(process, _line(process))


def _module(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


@contextmanager
def _child(
    *command: str, folder: Path | None = None, first: bool = True
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: keep_to_core(0, first=first),
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the measure ended; its reason stands above")
    told: dict[str, Any] = json.loads(line)
    return told


def asked(port: int, requests: Path, *, clients: int, seconds: float) -> dict[str, Any]:
    """What `tests.bench.load` tells, run on another core than the server."""
    with _asking(port, requests, clients, seconds) as process:
        return _line(process)


def asked_while(
    port: int, requests: Path, work: Callable[[], T], *, clients: int, at_most: float
) -> tuple[dict[str, Any], T]:
    """The same for as long as the work takes; both results."""
    with _asking(port, requests, clients, at_most) as process:
        done = work()
        process.terminate()  # it finishes what is on its way, and tells
        return _line(process), done


@contextmanager
def _asking(
    port: int, requests: Path, clients: int, seconds: float
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        _module("tests.bench.load", str(port), str(clients), str(seconds), str(requests)),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: keep_to_core(0, first=False),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


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
