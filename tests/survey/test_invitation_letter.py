"""Invitations by e-mail, as they are read."""

import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from survey.domain.language import day_in_words
from survey.domain.questionnaire import Privacy
from survey.invitation_letter import Doors, invitation
from survey.ports.channels import Asking
from tests.support.html import parse

TOKEN = "T" * 43
DOORS = Doors(
    f"https://tellback.barnet.example/i/{TOKEN}", f"https://tellback.barnet.example/u/{TOKEN}"
)
ASKING = Asking(
    invitation=UUID("8b7c1f0e-3a8e-4b5a-9d43-5e0f6a1b2c3d"),
    token=TOKEN,
    number=0,
    language="en",
    title="Barnet staff pulse",
    sender="People team",
    purpose="to see where working here gets better or worse.",
    questions=7,
    minutes=2,
    privacy=Privacy.CONFIDENTIAL,
    floor=10,
    closes_on=date(2026, 12, 11),
    notice="Staff surveys, May 2026",
)


def letter(language: str = "en", **changes: Any) -> tuple[str, str, str]:
    """Subject, text, and the words of the HTML."""
    asking = replace(ASKING, **changes)
    words = invitation(asking, DOORS, organisation="Barnet Council", language=language)
    return words.subject, words.text, parse(words.html).one("body").text


def test_an_invitation_says_who_asks_why_how_long_how_private_and_until_when() -> None:
    subject, text, _ = letter()

    assert subject == "Barnet staff pulse: 7 questions, about 2 minutes"
    assert "From: People team, Barnet Council." in text
    assert "Why: to see where working here gets better or worse." in text
    assert "Your answers go into a sealed box" in text
    assert "Whoever can open your mailbox can see this e-mail and use its link." in text
    assert "Open until Friday 11 December." in text
    assert "Privacy notice: Staff surveys, May 2026" in text
    assert f"Start the survey:\n{DOORS.start}\n" in text
    assert text.endswith(f"stop this survey or all surveys:\n{DOORS.stop}\n")


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"number": 1},
        {"number": 2, "test": True},
        {"about": "your call about council tax", "about_day": date(2026, 5, 3)},
        {"privacy": Privacy.ATTRIBUTED, "body_name": "Oakfield <Primary> & Nursery"},
    ],
)
def test_text_and_html_say_the_same(language: str, changes: dict[str, Any]) -> None:
    _, text, html = letter(language, **changes)

    told, shown = (re.sub(r":?\s*https", "https", said).split() for said in (text, html))
    assert " ".join(shown) == " ".join(told)


def test_what_is_private_follows_from_the_mode() -> None:
    said = {mode: letter(privacy=mode)[1] for mode in Privacy}

    assert "We do not ask who you are." in said[Privacy.ANONYMOUS]
    assert "on behalf of your school" in said[Privacy.ATTRIBUTED]
    assert "sealed box" not in said[Privacy.ATTRIBUTED]
    tells = "Your link tells us that you answered, and never what."
    assert [tells in said[mode] for mode in Privacy] == [
        mode is not Privacy.ATTRIBUTED for mode in Privacy
    ]


def test_a_body_is_named_to_whoever_answers_for_it() -> None:
    _, text, _ = letter(privacy=Privacy.ATTRIBUTED, body_name="Oakfield Primary")

    assert "You answer on behalf of Oakfield Primary." in text


def test_after_a_contact_the_letter_says_which() -> None:
    subject, text, _ = letter(about="your call about council tax", about_day=date(2026, 5, 3))

    day = day_in_words(date(2026, 5, 3), "en")
    assert subject.startswith(f"Your call about council tax on {day}: 7 questions")
    assert f"We ask because of this: your call about council tax on {day}." in text


@pytest.mark.parametrize(
    ("changes", "subject", "said"),
    [
        ({"number": 1}, "Reminder: “Barnet staff pulse” is open until", "one more at most"),
        ({"number": 1, "last": True}, "Last reminder: “Barnet staff pulse”", "the last one"),
        ({"number": 2}, "Last reminder: “Barnet staff pulse”", "the last one"),
    ],
)
def test_a_reminder_is_shorter_and_says_whether_it_is_the_last(
    changes: dict[str, Any], subject: str, said: str
) -> None:
    first, reminder = letter()[1], letter(**changes)

    assert reminder[0].startswith(subject)
    assert said in reminder[1]
    assert len(reminder[1]) < len(first)
    assert DOORS.start in reminder[1]
    assert DOORS.stop in reminder[1]


def test_a_test_says_so_first_of_all() -> None:
    subject, text, html = letter(test=True)

    assert subject.startswith("[Test] ")
    assert text.startswith("This is a test. Nobody is asked, and nothing counts.")
    assert html.startswith("This is a test.")


def test_what_people_wrote_makes_no_markup_and_no_header() -> None:
    words = invitation(
        replace(ASKING, title="Pulse\r\nBcc: all@barnet.example", purpose="<script>x</script>"),
        DOORS,
        organisation="Barnet & Co",
        language="en",
    )

    assert "\n" not in words.subject
    assert "<script>" not in words.html
    assert "Barnet &amp; Co" in words.html


def test_no_sentence_of_ours_is_long() -> None:
    for changes in ({}, {"number": 1}, {"number": 2}, {"about": "your call", "test": True}):
        _, text, _ = letter(**changes)
        for sentence in re.split(r"[.:]\s|\n\n", text):
            assert len(sentence.split()) < 20, sentence
