"""`tellback import cases`: what it says, and the example that we ship."""

from pathlib import Path

from tests.api.commands.conftest import Tellback

EXAMPLE = Path(__file__).parents[3] / "deploy" / "cases.example.csv"


def test_the_example_can_be_looked_at_brought_and_brought_again(installed: Tellback) -> None:
    looked = installed("import", "cases", str(EXAMPLE), "--check")
    first = installed("import", "cases", str(EXAMPLE))
    again = installed("import", "cases", str(EXAMPLE))

    assert [each.exit_code for each in (looked, first, again)] == [0, 0, 0]
    there = "0 are there already.\n"
    assert looked.stdout == f"3 problem reports would be imported, 1 of them open; {there}"
    assert first.stdout == f"3 problem reports imported, 1 of them open; {there}"
    assert again.stdout == "0 problem reports imported, 0 of them open; 3 are there already.\n"


def test_what_is_wrong_stands_by_row_and_column(installed: Tellback, folder: Path) -> None:
    (folder / "old.csv").write_text(
        "reference,when,service,state,text\nA,2026-02-01,payrol,open,x\nB,soon,it,lost,\n"
    )

    for more in ((), ("--check",)):
        refused = installed("import", "cases", "old.csv", *more)

        assert refused.exit_code == 1
        assert "old.csv row 2, column service: there is no 'payrol'" in refused.stderr
        assert "(did you mean 'payroll'?)" in refused.stderr
        assert "old.csv row 3, column when: 'soon' is no date" in refused.stderr
        assert "old.csv row 3, column state: 'lost' is none of: new, open" in refused.stderr
        assert refused.stderr.endswith("Nothing was imported.\n")
