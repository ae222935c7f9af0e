"""`tellback promise`: what a service promises, shown and kept."""

from pathlib import Path

import pytest

from tests.api.commands.conftest import Tellback


def test_what_is_shown_can_be_changed_and_kept(installed: Tellback, folder: Path) -> None:
    before = installed("promise", "show", "payroll")
    file = folder / "payroll.yaml"
    cut_off = (
        "cut_offs:\n- name: Payroll closes\n  day: 18\n  at: '12:00:00'\n  kinds: [wrong_pay]\n"
    )
    changed = before.stdout.replace("09:00:00", "08:30:00").replace("cut_offs: []\n", cut_off)
    file.write_text(changed)

    kept = installed("promise", "put", "payroll", "payroll.yaml")
    again = installed("promise", "put", "payroll", "payroll.yaml")
    after = installed("promise", "show", "payroll")

    assert "payroll has no promise of its own" in before.stderr
    assert (kept.exit_code, again.exit_code, after.stderr) == (0, 0, "")
    assert "opens: 08:30:00" in after.stdout
    assert "name: Payroll closes" in after.stdout
    file.write_text(after.stdout)
    assert installed("promise", "put", "payroll", "payroll.yaml").exit_code == 0
    assert installed("promise", "show", "payroll").stdout == after.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("opens: '18:00'\nuntil: '09:00'\n", "p.yaml line 1: until must be later than opens"),
        ("opens: soon\n", "p.yaml line 1, opens: "),
        ("urgent: x\nhours: 3\n", "p.yaml line 2, hours: 'hours' is not a word of a promise"),
        ("days: [1, 8]\n", "p.yaml line 1, days.1: "),
        (
            "urgent: x\ncut_offs:\n- day: 18\n  kinds: [wrong_pay]\n",
            "p.yaml line 3, cut_offs.0.name: name is missing: add it",
        ),
        ("times:\n  urgent: {acknowledge: 1, update: 2, fix: 3}\n", "give times for low"),
        ("- a\n", "a promise is a list of 'key: value' lines"),
        ("a: [\n", "p.yaml line"),
    ],
    ids=range(8),
)
def test_a_promise_that_makes_no_sense_is_refused_by_line(
    installed: Tellback, folder: Path, text: str, told: str
) -> None:
    (folder / "p.yaml").write_text(text)

    refused = installed("promise", "put", "payroll", "p.yaml")

    assert refused.exit_code == 1
    assert told in refused.stderr
    assert refused.stderr.endswith("Nothing was changed.\n")


def test_a_service_that_does_not_exist_and_a_file_that_is_not_there_are_refused(
    installed: Tellback, folder: Path
) -> None:
    (folder / "p.yaml").write_text("urgent: Ring 020 7946 0000\n")

    for words in (("show", "nothing"), ("put", "nothing", "p.yaml"), ("put", "it", "none.yaml")):
        assert installed("promise", *words).exit_code == 1
