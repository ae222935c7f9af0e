"""What somebody sees who sets the project up on a machine that lacks something."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    return importlib.import_module("set_up")


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_old_interpreter_is_refused_in_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n')
    old.chmod(0o755)

    refused = _make("run", f"PYTHON={old}")

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[0] == (
        f"Tellback needs Python 3.11 or newer; '{old}' is Python 3.9.2. "
        "Install one, or name it: make PYTHON=/path/to/python3.12 ..."
    )


def test_make_alone_lists_the_targets() -> None:
    listed = _make().stdout

    for target in (
        "install",
        "run",
        "test",
        "check",
        "bench",
        "bench-peers",
        "soak",
        "screenshots",
    ):
        assert f"make {target} " in listed


def test_an_interpreter_without_venv_is_refused_with_the_package_to_install(
    set_up: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(set_up, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(set_up, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    assert set_up.main(["run"]) == 1
    assert "apt-get install python3-venv" in capsys.readouterr().err


def test_packages_are_installed_again_only_when_a_lock_changes(
    set_up: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installs: list[tuple[str, ...]] = []
    (tmp_path / "deploy").mkdir()
    for name in {lock for locks in set_up.LOCKS.values() for lock in locks}:
        (tmp_path / "deploy" / name).write_text("one==1\n")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    monkeypatch.setattr(set_up, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(set_up, "pip", lambda *arguments, expected: installs.append(arguments))

    set_up.install_packages("test")
    locked, project = installs
    assert locked[0] == "--require-hashes"
    assert project == ("--no-deps", "--no-build-isolation", "--editable", ".")

    set_up.install_packages("test")
    set_up.install_packages("run")  # its packages are among those of the tests
    assert len(installs) == 2

    (tmp_path / "deploy" / "requirements.txt").write_text("one==2\n")
    set_up.install_packages("run")
    assert len(installs) == 4


def test_a_machine_that_may_not_install_chromium_is_told_how_to_get_it(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TELLBACK_TEST_CHROMIUM", raising=False)
    monkeypatch.setattr(set_up.shutil, "which", lambda name: None)

    set_up.provide_chromium()

    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "browser tests will be skipped" in said
    assert "apt-get install chromium" in said
