"""What a command costs before it begins: what it does not need is not imported."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

SLOW: Final = ("aiogram", "fastapi", "pandas", "scipy", "textblob", "uvicorn")
"""What only pages, the bot and figures need; together they take seconds to import."""

_ROOT: Final = Path(__file__).resolve().parents[3]
_CALLED: Final = f"""
import sys
from api.command import app
app(sys.argv[1:], standalone_mode=False)
sys.stderr.write(" ".join(sorted(set(sys.modules) & set({SLOW!r}))))
"""


@pytest.mark.parametrize("words", [("--help",), ("campaign", "list")], ids=" ".join)
def test_a_light_command_imports_neither_the_pages_nor_the_bot_nor_figures(
    words: tuple[str, ...], sqlite_template: Path, tmp_path: Path
) -> None:
    database = shutil.copyfile(sqlite_template, tmp_path / "tellback.sqlite")
    called = subprocess.run(
        [sys.executable, "-c", _CALLED, *words],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(_ROOT),
            "TELLBACK_DATABASE_URL": f"sqlite:///{database}",
            "TELLBACK_KEY_DIR": str(tmp_path / "keys"),
        },
        capture_output=True,
        text=True,
        check=True,
    )

    assert called.stdout
    assert called.stderr == ""
