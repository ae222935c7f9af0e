"""What the machine says of itself and of its processes."""

import os
import platform
import sqlite3
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

_LIBRARIES: Final = (
    "fastapi", "uvicorn", "uvloop", "sqlalchemy", "aiosqlite", "asyncpg", "pydantic", "pynacl",
    "pandas", "textblob", "elementpath",
)  # fmt: skip
_TICK: Final = os.sysconf("SC_CLK_TCK")
_SYNCS: Final = 200


def described(folder: Path) -> Iterator[str]:
    """Cores, versions and storage, a line each."""
    yield f"{os.cpu_count()} cores, load before the run {os.getloadavg()[0]:.1f}"
    python = platform.python_version()
    yield f"{platform.system()}, Python {python}, SQLite {sqlite3.sqlite_version}"
    yield ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    usual, slow = (f"{seconds * 1e3:.2f} ms" for seconds in sync_seconds(folder))
    yield f"fdatasync of 4 KiB: median {usual}, slowest in a hundred {slow}"


def sync_seconds(folder: Path) -> tuple[float, float]:
    """(median, 99th percentile) of the time that 4 KiB take to be on disk."""
    path = folder / "synced"
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(bytes(4096))
            begun = perf_counter()
            os.fdatasync(file.fileno())
            taken.append(perf_counter() - begun)
    path.unlink()
    return median(taken), sorted(taken)[_SYNCS * 99 // 100]


def cpu_seconds(process: int) -> float:
    """User and system time of a running process with all its threads."""
    user, system, *_ = _times(process)
    return (user + system) / _TICK


def family_cpu_seconds(process: int) -> float:
    """The same of a process, its children, and those of them that have ended."""
    total = sum(_times(process))
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if _parent(int(path.name)) == process:
                total += sum(_times(int(path.name))[:2])
        except FileNotFoundError:
            continue
    return total / _TICK


def _times(process: int) -> tuple[int, int, int, int]:
    """Ticks: user, system, and both of the children that were waited for."""
    user, system, of_children, system_of_children = _stat(process)[11:15]
    return int(user), int(system), int(of_children), int(system_of_children)


def _parent(process: int) -> int:
    return int(_stat(process)[1])


def _stat(process: int) -> list[str]:
    """The fields after the name, which may hold spaces and brackets."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def forget_peak() -> None:
    """Let the peak begin anew at what this process uses now."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes() -> float:
    """The most memory that this process has held since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def used_megabytes(process: int | None = None) -> float:
    """The memory that a process (or this one) holds now."""
    pages = int(Path(f"/proc/{process or 'self'}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2
