"""What one word at the head of a letter says of a fix."""

import pytest

from survey.domain.cases import Verdict
from survey.domain.verdict_words import Judged, verdict_in


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Fixed", Judged(Verdict.FIXED, None, "")),
        ("  YES!\n", Judged(Verdict.FIXED, None, "")),
        ("Fixed, 4\n\nThank you.", Judged(Verdict.FIXED, 4, "Thank you.")),
        ("Partly", Judged(Verdict.PARTLY, None, "")),
        ("No.\nJune is still wrong.", Judged(Verdict.NOT_FIXED, None, "June is still wrong.")),
        ("Not fixed - 2", Judged(Verdict.NOT_FIXED, 2, "")),
        ("Wedi\N{RIGHT SINGLE QUOTATION MARK}i drwsio: 5", Judged(Verdict.FIXED, 5, "")),
        ("Heb ei drwsio", Judged(Verdict.NOT_FIXED, None, "")),
    ],
)
def test_a_line_of_its_own_says_whether_it_is_fixed_and_how_it_was_handled(
    text: str, said: Judged
) -> None:
    assert verdict_in(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!" * 4_000 + "9",
        "Fixed" + " " * 4_000 + "4",
        "No payslip came",
        "Fixed?? It is worse",
        "Is it fixed",
        "4",
        "Fixed 7",
        "Fixed 44",
    ],
)
def test_whoever_writes_more_than_that_writes_a_message(text: str) -> None:
    assert verdict_in(text) is None
