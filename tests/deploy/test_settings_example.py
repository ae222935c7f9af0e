"""`deploy/env.example` names every setting, and starts nothing as it stands."""

import re
from pathlib import Path

import pytest

from survey.settings import Settings, read_settings, unsafe

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "env.example"
OF_COMPOSE = {"TELLBACK_DATABASE_PASSWORD", "TELLBACK_DOMAIN"}


def settings(*, all_of_them: bool) -> dict[str, str]:
    pattern = r"^#?(TELLBACK_\w+)=(.*)$" if all_of_them else r"^(TELLBACK_\w+)=(.*)$"
    return dict(re.findall(pattern, EXAMPLE.read_text(), re.MULTILINE))


def test_it_names_every_setting_and_no_other() -> None:
    known = {f"TELLBACK_{name.upper()}" for name in Settings.model_fields}

    assert set(settings(all_of_them=True)) - OF_COMPOSE == known


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_PREVIOUS"])
def test_a_placeholder_of_it_starts_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings(all_of_them=True)
    monkeypatch.setenv("TELLBACK_SECRET_KEY", "pF3v-9sQ_kk2WmYt71Lx")
    monkeypatch.setenv(f"TELLBACK_{name}", given[f"TELLBACK_{name}"])

    refused = unsafe(read_settings(), {})

    assert [(fault.path, fault.code) for fault in refused] == [
        ((f"TELLBACK_{name}",), "placeholder")
    ]


def test_what_it_offers_as_a_default_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TIMEZONE", "YEAR_START", "FLOOR", "TELEGRAM_MODE", "TELEGRAM_API_BASE"):
        monkeypatch.setenv(f"TELLBACK_{name}", settings(all_of_them=True)[f"TELLBACK_{name}"])

    assert read_settings() == Settings()
