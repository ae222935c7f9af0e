"""What somebody wrote is told apart from what their mail software quotes."""

from time import perf_counter

import pytest

from survey.domain.quoting import MOST_LINES, written

ANSWER = "It was May.\n\nThank you"


@pytest.mark.parametrize(
    "below",
    [
        "On Mon, 3 May 2026 at 12:01, Barnet Council <help@barnet.example> wrote:\n> Which month?",
        "On Mon, 3 May 2026 at 12:01, Barnet Council\n<reply@tellback.example> wrote:\n\n> Which?",
        "On 3 May 2026, at 12:01, Barnet Council via the Schools\nTraded Services "
        "<help@barnet.example>\nwrote:\n> Which month?",
        "Ar 3 Mai 2026, am 12:01, ysgrifennodd Cyngor Barnet <help@barnet.example>:\n> Pa fis?",
        "Ar Llun, 3 Mai 2026 ysgrifennodd Cyngor Barnet\n<help@barnet.example>:\n> Pa fis?",
        "-----Original Message-----\nFrom: Barnet\nSent: 3 May\nWhich month?",
        "----- Neges Wreiddiol -----\nOddi wrth: Barnet\nPa fis?",
        "________________________________\nFrom: Barnet Council <help@barnet.example>\n"
        "Sent: 03 May 2026 12:01\nTo: Ann Lee\nSubject: P-4TK2\n\nWhich month?",
        "From: Barnet Council <help@barnet.example>\nDate: Monday, 3 May 2026\n"
        "To: Ann Lee\nSubject: P-4TK2\n\nWhich month?",
        "Oddi wrth: Cyngor Barnet <help@barnet.example>\nAnfonwyd: 03 Mai 2026 12:01\n"
        "At: Ann Lee\nPwnc: P-4TK2\n\nPa fis?",
        "*From:* Barnet Council\n*Sent:* 3 May\n*To:* Ann\n\nWhich month?",
        "##- Write your answer above this line ##-\n\nP-4TK2: your report about Payroll",
        "> ##- Write your answer above this line ##-\n> P-4TK2: your report about Payroll",
        "> Which month?\n>> and the year?",
        "-- \nAnn Lee\nBusiness manager, Oakfield Primary",
        "Sent from my iPhone",
        "Get Outlook for iOS\n____________________\nFrom: Barnet\nSent: now\nTo: Ann\n\nX",
    ],
)
def test_what_is_quoted_below_an_answer_is_left_out(below: str) -> None:
    for ends in ("\n", "\r\n"):
        assert written(f"{ANSWER}\n\n{below}\n".replace("\n", ends)) == ANSWER


def test_an_answer_below_or_between_quoted_lines_is_kept() -> None:
    below = "On Mon, 3 May 2026, Barnet wrote:\n> Which month?\n> Which year?\n\nMay.\n"
    between = (
        "Hello, see below.\n\nOn Mon, 3 May 2026, Barnet wrote:\n"
        "> Which month?\nMay.\n> Which year?\n2026\n-- \nAnn\n"
    )

    assert written(below) == "May."
    assert written(between) == "Hello, see below.\n\nMay.\n2026"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday we wrote to the bank: it refused.",
        "From: what I see, three people are wrong.",
        "The total is > 100 pounds",
        "Dates:\nFrom: 1 May\nuntil 3 May",
        "1. Ann\n---\n2. Bob",
        "To: be clear, all of them.",
    ],
)
def test_what_only_looks_like_a_quotation_is_theirs(text: str) -> None:
    assert written(text) == text


def test_a_letter_that_only_quotes_says_nothing() -> None:
    assert written("> Which month?\n> Which year?\n") == ""
    assert written("\n\n-- \nAnn Lee\n") == ""


def test_a_letter_that_was_made_to_take_long_takes_no_time() -> None:
    hostile = "\n".join(["On " + "wrote " * 100] * MOST_LINES)

    began = perf_counter()
    written(hostile)
    written("\n".join(["From: a"] * 2 * MOST_LINES))
    written("_" * 1_000_000)

    assert perf_counter() - began < 10
