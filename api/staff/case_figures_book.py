"""The figures of problem reports as a workbook: notes of what they mean, then a table a sheet."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from api.printing.books import NOT_APPLICABLE, Sheet, book
from survey.domain.language import N_, moment_in_words

Say = Callable[[str], str]

MEANINGS: Final[tuple[tuple[str, str], ...]] = (
    (
        N_("Reported"),
        N_(
            "Each report counts in the month in which it came. Open ones from earlier months count "
            "as open, and in no month."
        ),
    ),
    (
        N_("Confirmed, of 100"),
        N_(
            "Confirmed, of 100: confirmed / (confirmed + not confirmed + not or only partly fixed)."
            " Not confirmed is that the reporter was asked twice and did not answer."
        ),
    ),
    (
        N_("At first contact, of 100"),
        N_(
            "At first contact: the reporter confirmed the fix, after one reply at most and without "
            "a question, and it has held for 14 days. Of all that reporters judged. One that was "
            "opened again before that counts as not."
        ),
    ),
    (N_("Ever late"), N_("Ever late: a promised time ran out at least once.")),
    (
        N_("Said to be fixed"),
        N_(
            "Said to be fixed: and not reopened since, whether the reporter has confirmed it or "
            "not."
        ),
    ),
    (
        N_("Reopened, of 100"),
        N_("Ever late and reopened, of 100 or in brackets: of all that were reported."),
    ),
    (
        N_("Satisfied with handling"),
        N_(
            "Satisfied with handling: of those who said, in the last quarter that is over. On the "
            "page alone, and only where enough people said."
        ),
    ),
    (N_("Left out"), N_("Reports that only few may see are in none of the figures.")),
)
"""What is explained, as its column is called, and how."""

_MARKS: Final = (
    (NOT_APPLICABLE, N_("Not applicable: there is nothing yet that it could be told of.")),
    (
        "[c]",
        N_("Kept back to protect people. It is not used here: these count work, not opinions."),
    ),
    ("[x]", N_("Not available. It is not used here: nothing is missing.")),
)
_ABOUT: Final = N_("As of %(when)s. %(organisation)s.")
_ABOUT_TABLE: Final = N_("One table. What its columns and marks mean is on the sheet of notes.")


def book_of(
    tables: Iterable[tuple[str, Sequence[str], Sequence[Sequence[str | int]]]],
    *,
    title: str,
    organisation: str,
    at: datetime,
    language: str,
    say: Say,
) -> bytes:
    """The file; call it in a thread.

    Args:
        tables: the heading of each, its heads and its rows.
        at: when it was counted, by the clock of the body.
    """
    about = {"when": moment_in_words(at, language), "organisation": organisation}
    notes = Sheet(
        say(N_("Notes")),
        title,
        say(_ABOUT) % about,
        (say(N_("Figure or mark")), say(N_("What it means"))),
        [*((say(head), say(text)) for head, text in MEANINGS), *((m, say(t)) for m, t in _MARKS)],
    )
    sheets = [
        Sheet(heading, f"{title}: {heading}", say(_ABOUT_TABLE), heads, rows)
        for heading, heads, rows in tables
    ]
    return book(notes, sheets, author=organisation, at=at, language=language)
