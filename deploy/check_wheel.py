"""Build the wheel into dist/ and prove it where nothing of this checkout can be seen.

    python deploy/check_wheel.py

A clean environment gets the runtime lock and the wheel; the four packages must load from there
and each script must start. The standard library only; pip and the build backend are those of the
interpreter that runs this.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import build_assets

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("api", "bot", "analytics", "survey")
LOADED_FROM = (
    "import importlib, sys\nfor name in sys.argv[1:]: print(importlib.import_module(name).__file__)"
)


def call(*command: object, cwd: Path) -> str:
    """Run a command without this checkout in its view; return what it printed, stop if it fails."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    line = [str(part) for part in command]
    done = subprocess.run(line, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        sys.exit(f"The wheel check failed at: {' '.join(line)}")
    return done.stdout


def build_wheel() -> Path:
    """The wheel of this checkout, alone in dist/."""
    folder = ROOT / "dist"
    for old in folder.glob("tellback-*.whl"):
        old.unlink()
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    call(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, ROOT, cwd=ROOT)
    (wheel,) = folder.glob("tellback-*.whl")
    return wheel


def missing_files(wheel: Path) -> Iterator[str]:
    """What a wheel must hold and this one does not: every tracked file of the packages, and the
    files that the build makes."""
    tracked = call("git", "ls-files", *PACKAGES, cwd=ROOT).split("\n")
    made = (f"{build_assets.BUILT}/{name}" for name in build_assets.SHIPPED)
    held = set(zipfile.ZipFile(wheel).namelist())
    return (name for name in (*tracked, *made) if name and name not in held)


def script_names(wheel: Path) -> list[str]:
    """The commands that the wheel installs."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/entry_points.txt"))
        entry_points = ConfigParser()
        entry_points.read_string(archive.read(name).decode())
    return list(entry_points["console_scripts"])


def main() -> None:
    wheel = build_wheel()
    if missing := list(missing_files(wheel)):
        sys.exit(f"{wheel.name} lacks {', '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="tellback-wheel-") as name:
        clean = Path(name).resolve()
        call(sys.executable, "-m", "venv", clean / "env", cwd=clean)
        python = clean / "env" / "bin" / "python"
        pip = (python, "-m", "pip", "--disable-pip-version-check", "install")
        lock = ROOT / "deploy" / "requirements.txt"
        call(*pip, "--require-hashes", "-r", lock, cwd=clean)
        call(*pip, "--no-deps", "--no-index", wheel, cwd=clean)
        for place in call(python, "-c", LOADED_FROM, *PACKAGES, cwd=clean).split():
            if not Path(place).resolve().is_relative_to(clean):
                sys.exit(f"{place} was loaded instead of the wheel's")
        for script in script_names(wheel):
            call(python.with_name(script), "--help", cwd=clean)
            print(f"{script} starts from {wheel.name}")


if __name__ == "__main__":
    main()
