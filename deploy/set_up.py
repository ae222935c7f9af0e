"""Make a checkout ready: environment, locked packages, front-end files, and Chromium for tests.

    python deploy/set_up.py run     what `make run` needs
    python deploy/set_up.py test    that and what the tests and checks need

The standard library only, for it runs on a bare interpreter. Each step leaves a stamp that names
what it was made from, so that a second call does only what has changed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import build_assets

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
OLDEST_PYTHON = (3, 11)
LOCKS = {
    "run": ("requirements.txt", "requirements-build.txt"),
    "test": ("requirements-dev.txt",),
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class CannotSetUp(Exception):
    """Said to the person as it is: what is wrong and what to do."""


def say(step: int, text: str) -> None:
    print(f"[{step}/4] {text}", flush=True)


def stamp_of(*parts: object, files: Sequence[Path] = ()) -> str:
    """A fingerprint of values and of the contents of files."""
    digest = hashlib.sha256(json.dumps([str(part) for part in parts]).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_stamped(name: str, stamp: str) -> bool:
    path = ENVIRONMENT / name
    return path.is_file() and path.read_text() == stamp


def create_environment() -> None:
    """Make `.venv` with the interpreter that runs this; a half-made one is made again."""
    stamp = stamp_of(sys.version, sys.base_prefix, ROOT)
    if PYTHON.exists() and is_stamped("tellback-environment", stamp):
        say(1, "Environment: up to date")
        return
    say(1, f"Creating the environment in .venv (Python {sys.version.split()[0]}) ...")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise CannotSetUp(
            "This Python cannot make virtual environments. On Debian or Ubuntu: "
            "apt-get install python3-venv. Or name another: make run PYTHON=/path/to/python3"
        ) from error
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=False)
    if done.returncode:
        raise CannotSetUp("The environment could not be made; the reason stands above.")
    (ENVIRONMENT / "tellback-environment").write_text(stamp)


def pip(*arguments: str, expected: int) -> None:
    """Run pip in the environment, telling every tenth package of about `expected`.

    Raises:
        CannotSetUp: pip failed; its last lines are shown.
    """
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    lines: list[str] = []
    collected = 0
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            lines.append(line)
            fetched = line.startswith(("Collecting ", "Processing "))
            collected += fetched
            if fetched and collected % 10 == 0:
                print(f"      {collected} of {expected} packages", flush=True)
            elif line.startswith("Installing collected packages") and collected > 1:
                print("      all fetched, installing ...", flush=True)
    if running.returncode:
        sys.stderr.writelines(lines[-20:])
        raise CannotSetUp("pip could not install the locked packages; its last lines stand above.")


def install_packages(purpose: str) -> None:
    """Install the locked packages by their hashes, then the project itself, editable.

    The build backend comes from the lock too, hence no build isolation, which would fetch one
    without hashes.
    """
    locks = [ROOT / "deploy" / name for name in LOCKS[purpose]]
    stamp = stamp_of(files=[*locks, ROOT / "pyproject.toml"])
    if is_stamped(f"tellback-{purpose}", stamp):
        say(2, "Packages: up to date")
        return
    expected = sum(lock.read_text().count("==") for lock in locks)
    say(2, f"Installing {expected} packages by their hashes ...")
    sources = [part for lock in locks for part in ("-r", str(lock))]
    pip("--require-hashes", *sources, expected=expected)
    pip("--no-deps", "--no-build-isolation", "--editable", ".", expected=1)
    (ENVIRONMENT / f"tellback-{purpose}").write_text(stamp)
    if purpose == "test":  # its lock holds everything that running needs
        run_locks = [ROOT / "deploy" / name for name in LOCKS["run"]]
        run_stamp = stamp_of(files=[*run_locks, ROOT / "pyproject.toml"])
        (ENVIRONMENT / "tellback-run").write_text(run_stamp)


def build_front_end() -> None:
    """Build the front-end files with the machine's npm, or with one from PyPI."""
    if build_assets.is_current(ROOT):
        say(3, "Front-end files: up to date")
        return
    if build_assets.npm_command() is None:
        say(3, "Installing Node.js from PyPI, as this machine has no npm ...")
        pip("--require-hashes", "-r", "deploy/requirements-node.txt", expected=1)
    say(3, "Building the front-end files ...")
    # By the environment's Python, which is the one that sees a Node.js from PyPI.
    done = subprocess.run([str(PYTHON), str(ROOT / "deploy" / "build_assets.py")], check=False)
    if done.returncode:
        raise CannotSetUp("The front-end files could not be built; the reason stands above.")


def find_chromium() -> str | None:
    """The browser of the tests: the one named by the environment, else the first on the path."""
    named = os.environ.get("TELLBACK_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM)), None)


def provide_chromium() -> None:
    """Install Debian's Chromium where this may be done; say what to do where it may not."""
    if found := find_chromium():
        say(4, f"Chromium: {found}")
        return
    apt = shutil.which("apt-get")
    if apt is not None and os.geteuid() == 0:
        say(4, "Installing Chromium for the browser tests ...")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with tempfile.TemporaryFile("w+") as log:
            for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
                subprocess.run([apt, *arguments], env=quiet, stdout=log, stderr=log, check=False)
            if find_chromium():
                return
            log.seek(0)
            sys.stderr.writelines(log.readlines()[-10:])
    say(
        4,
        "No Chromium: browser tests will be skipped. Install it (Debian: apt-get install "
        "chromium) or name one in TELLBACK_TEST_CHROMIUM.",
    )


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        sys.stderr.write("usage: python deploy/set_up.py run|test\n")
        return 2
    if sys.version_info < OLDEST_PYTHON:
        sys.stderr.write("Tellback needs Python 3.11 or newer.\n")
        return 1
    purpose = arguments[0]
    try:
        create_environment()
        install_packages(purpose)
        build_front_end()
        if purpose == "test":
            provide_chromium()
    except CannotSetUp as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
