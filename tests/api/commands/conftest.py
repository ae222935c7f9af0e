"""The command, called as from a shell, on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.command import app

Tellback = Callable[..., Result]

UNITS = (
    "key,name,kind,parent\n"
    "schools,Schools,department,\n"
    "oakfield,Oakfield Primary School,school,schools\n"
    "elmwood,Elmwood School,school,schools\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the command."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tellback(database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Tellback:
    """`tellback("import", "units", "units.csv")`; gives exit code, output and refusals."""
    monkeypatch.setenv("TELLBACK_DATABASE_URL", database_url)
    monkeypatch.setenv("TELLBACK_KEY_DIR", str(folder / "keys"))

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    return call


@pytest.fixture
def installed(tellback: Tellback, folder: Path) -> Tellback:
    """With three units, and people-pulse open to anybody."""
    (folder / "units.csv").write_text(UNITS)
    for words in (
        ("db", "upgrade"),
        ("import", "units", "units.csv"),
        ("questionnaire", "publish", "people-pulse", "--open"),
    ):
        done = tellback(*words)
        assert done.exit_code == 0, done.stderr
    return tellback
