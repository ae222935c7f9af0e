"""`tellback import`: all of a file, or nothing, and why in rows and columns."""

from pathlib import Path

import pytest

from tests.api.commands.conftest import Tellback

HEADER = "submitted_on,unit,pride,comment\n"


def rows_kept(installed: Tellback) -> int:
    counted = installed("db", "rebuild-counts", "people-pulse")
    return int(counted.stdout.split()[0])


def test_units_are_imported_and_a_second_time_changes_nothing(
    installed: Tellback, folder: Path
) -> None:
    again = installed("import", "units", "units.csv")

    assert (again.exit_code, again.stdout) == (0, "Nothing changed: 3 units are as in the file.\n")


def test_a_unit_file_is_refused_with_every_fault_by_row_and_column(
    installed: Tellback, folder: Path
) -> None:
    (folder / "more.csv").write_text(
        "key,name,kind,parent\nnorth,North,team,schols\nnorth,,team,\nBig Key,Name,team,\n"
    )

    refused = installed("import", "units", "more.csv", "--keep-others")

    assert refused.exit_code == 1
    assert "more.csv row 2, column parent: there is no 'schols' to lie under" in refused.stderr
    assert "(did you mean 'schools'?)" in refused.stderr
    assert "more.csv row 3, column key: 'north' stands in row 2 already" in refused.stderr
    assert "more.csv row 3, column name: it is empty" in refused.stderr
    assert "more.csv row 4, column key: 'Big Key'" in refused.stderr
    assert refused.stderr.endswith("Nothing was imported.\n")


def test_units_that_lie_under_each_other_are_refused(installed: Tellback, folder: Path) -> None:
    (folder / "loop.csv").write_text("key,name,kind,parent\na,A,team,b\nb,B,team,a\n")

    refused = installed("import", "units", "loop.csv")

    assert (refused.exit_code, "lie under each other" in refused.stderr) == (1, True)


def test_services_are_added_to_those_that_are_shipped(installed: Tellback, folder: Path) -> None:
    (folder / "services.csv").write_text(
        "key,name,provider,parent\nlibraries,Libraries,,\nelibrary,E-library,Acme,libraries\n"
    )

    assert installed("import", "services", "services.csv").stdout == "2 services imported.\n"


def test_one_faulty_row_keeps_the_whole_file_out(installed: Tellback, folder: Path) -> None:
    good = "".join(f"2026-05-{1 + day:02d},oakfield,4,fine\n" for day in range(20))
    (folder / "r.csv").write_text(HEADER + good * 150 + "2026-05-01,oakfeild,9,\n")

    refused = installed("import", "responses", "r.csv", "--questionnaire", "people-pulse")

    assert refused.exit_code == 1
    assert "r.csv row 3002, column unit: 'oakfeild': there is no such unit" in refused.stderr
    assert "(did you mean 'oakfield'?)" in refused.stderr
    assert "r.csv row 3002, column pride: '9'" in refused.stderr
    assert rows_kept(installed) == 0


def test_a_file_with_many_faults_names_the_first_and_counts_the_rest(
    installed: Tellback, folder: Path
) -> None:
    (folder / "r.csv").write_text(HEADER + "2026-05-01,oakfield,9,\n" * 500)

    refused = installed("import", "responses", "r.csv", "--questionnaire", "people-pulse")

    assert refused.stderr.count("column pride") == 20
    assert "500 rows are faulty in all" in refused.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"submitted_on,unit,pride\n01/05/2026,oakfield,4\n", "row 2, column submitted_on"),
        (b"submitted_on,unit,pride\n2999-01-01,oakfield,4\n", "row 2, column submitted_on"),
        (b"submitted_on,unit,prude\n2026-05-01,oakfield,4\n", "row 1, column prude"),
        (b"submitted_on,unit,pride\n2026-05-01,,4\n", "row 2, column unit"),
        (b"submitted_on,unit,pride\n2026-05-01,oakfield,4.5\n", "row 2, column pride"),
        (b"unit,language,pride\noakfield,fr,4\n", "row 2, column language"),
        ("unit,comment\noakfield,caf\u00e9\n".encode("cp1252"), "row 2"),
        ("unit,pride\noakfield,4\n".encode("utf-16"), "UTF-16"),
        (b"", "the file is empty"),
        (b"unit,pride\n", "the file has no rows"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_and_nothing_is_kept(
    installed: Tellback, folder: Path, content: bytes, said: str
) -> None:
    (folder / "r.csv").write_bytes(content)

    refused = installed("import", "responses", "r.csv", "--questionnaire", "people-pulse")

    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert rows_kept(installed) == 0


def test_semicolons_a_byte_order_mark_quotes_and_newlines_are_understood(
    installed: Tellback, folder: Path
) -> None:
    (folder / "r.csv").write_text(
        '\ufeffsubmitted_on;unit;pride;comment\n2026-05-01;oakfield;4;"two\nlines; quoted"\n',
        encoding="utf-8",
    )

    done = installed("import", "responses", "r.csv", "--questionnaire", "people-pulse")

    assert done.stdout == "1 responses imported to people-pulse.\n"


def test_the_same_file_is_taken_again_only_when_asked(installed: Tellback, folder: Path) -> None:
    (folder / "r.csv").write_text(HEADER + "2026-05-01,oakfield,4,\n")
    words = ("import", "responses", "r.csv", "--questionnaire", "people-pulse")

    codes = [installed(*words).exit_code, installed(*words).exit_code]
    again = installed(*words, "--again")

    assert (codes, again.exit_code, rows_kept(installed)) == ([0, 1], 0, 2)


def test_a_file_that_is_not_there_is_said_to_be_so(installed: Tellback) -> None:
    refused = installed("import", "units", "nowhere.csv")

    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (
        1,
        "tellback: nowhere.csv: No such file or directory",
    )


def test_an_import_for_a_questionnaire_that_is_not_published_says_so(
    installed: Tellback, folder: Path
) -> None:
    (folder / "r.csv").write_text(HEADER + "2026-05-01,oakfield,4,\n")

    refused = installed("import", "responses", "r.csv", "--questionnaire", "member-it")

    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[0] == "tellback: there is no questionnaire member-it"
