"""What is installed is what is in the repository, and its locks can be trusted."""

import importlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "deploy").glob("requirements*.txt"))
PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==\S+")


def _pins(lock: Path) -> dict[str, str]:
    """Each locked requirement by name and version, with its marker and hashes."""
    whole = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return {line.split(" ", 1)[0]: line for line in whole.splitlines() if line.strip()}


@pytest.mark.parametrize("name", ["survey", "analytics", "bot", "api"])
def test_the_four_packages_load_from_the_repository(name: str) -> None:
    loaded = importlib.import_module(name).__file__

    assert loaded is not None
    assert Path(loaded).resolve() == ROOT / name / "__init__.py"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_is_pinned_and_hashed(lock: Path) -> None:
    pins = _pins(lock)

    assert pins
    assert [pin for pin in pins if not PIN.match(pin)] == []
    assert [pin for pin, line in pins.items() if "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_a_registry(lock: Path) -> None:
    assert re.findall(r"https?:|--(?:extra-)?index|--find-links", lock.read_text()) == []


def test_the_development_lock_agrees_with_what_is_shipped() -> None:
    shipped = _pins(ROOT / "deploy" / "requirements.txt")
    build = _pins(ROOT / "deploy" / "requirements-build.txt")
    development = _pins(ROOT / "deploy" / "requirements-dev.txt")

    assert sorted((shipped.keys() | build.keys()) - development.keys()) == []


def test_the_front_end_lock_names_no_registry_and_hashes_every_package() -> None:
    lock = json.loads((ROOT / "deploy" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages["node_modules/govuk-frontend"]["version"] == "6.3.0"
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
