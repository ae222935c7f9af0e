"""The golden conversations of `tests/transcripts`, played by somebody at a browser without script.

The player knows pages only: what they show, and what their forms send.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import pytest

from survey.domain.questionnaire import Questionnaire
from survey.domain.turns import UNIT
from survey.locales import SPOKEN
from tests.support.application import Running, TestClock, running
from tests.support.html import Element
from tests.support.stored import stored_answers
from tests.support.web import Sending, WebPerson, on_the_web
from tests.system.golden import prepare
from tests.transcripts.format import (
    Action,
    Seen,
    Transcript,
    Verb,
    differences,
    load,
    play,
    transcripts,
)

_BUTTONS: Final = {
    Verb.START: "start",
    Verb.DECLINE: "decline",
    Verb.DONE: "answer",
    Verb.READ: "read",
    Verb.SEND: "submit",
}
_NUMBERS: Final = re.compile(r"(\d+)\D+(\d+)$")
_DATE: Final = re.compile(r"(\d+)-(\d+)-(\d+)")


@dataclass(slots=True)
class WebPlayer:
    """Human actions as pages opened and forms sent."""

    here: Running
    person: WebPerson
    tells: frozenset[str] = frozenset({"label", "offered", "given", "ticked", "lines"})
    errors: list[bool] = field(default_factory=list)
    """Whether each answer that the person got was an error summary."""

    _questionnaire: Questionnaire = field(init=False)
    _address: str = ""
    _pages: dict[str, Element] = field(default_factory=dict)
    _first_check: Sending | None = None
    _last: Sending | None = None

    async def begin(self, transcript: Transcript) -> Seen:
        self._questionnaire = transcript.expanded()
        unit = f"&unit={transcript.unit}" if transcript.unit else ""
        self._address = f"/s/{self._questionnaire.key}?language={transcript.language}{unit}"
        await self.person.opens(self._address)
        return self._look()

    async def act(self, action: Action) -> Seen:
        match action.verb:
            case Verb.RESUME:
                await self.person.opens(self._address)
            case Verb.TICK | Verb.UNTICK:
                self._tick(self._name(action.word))
                return self._look(answered=False)
            case Verb.AGAIN:
                assert self._last is not None
                await self.person.sends(self._last)
            case _:
                self._last = self._sending(action)
                await self.person.sends(self._last)
        return self._look()

    async def stored(self) -> Mapping[str, Any] | None:
        found = await stored_answers(self.here, self._questionnaire.key)
        assert len(found) <= 1
        return found[0] if found else None

    # --- what the person does ---

    def _sending(self, action: Action) -> Sending:  # noqa: C901 - one line for each verb
        person = self.person
        match action.verb:
            case Verb.TYPE if self._place() == UNIT:
                person.types(action.word, into="find")
                return person.sending("find")
            case Verb.TYPE:
                self._type(action.word)
                return person.sending("answer")
            case Verb.CHOOSE:
                if action.of is not None:
                    person.page = self._pages[action.of]
                person.chooses(self._name(action.word))
                return person.sending("choose" if self._place() == UNIT else "answer")
            case Verb.SKIP:
                return person.sending("skip" if person.has("skip") else "answer")
            case Verb.BACK:
                return person.sending("back")
            case Verb.CANCEL:
                # Its button stands on the check page; the address takes it from anywhere.
                return person.sending("back").with_(action="cancel")
            case Verb.SEND_OLD:
                assert self._first_check is not None
                return self._first_check
            case Verb.CHANGE:
                return person.sending(f"change={action.word}")
            case Verb.LANGUAGE:
                return person.sending(SPOKEN[action.word])
            case verb:
                return person.sending(_BUTTONS[verb])

    def _type(self, word: str) -> None:
        parts = _DATE.fullmatch(word)
        if parts is None or not self.person.page.all("input", name="answer-day"):
            self.person.types(word)
            return
        for part, value in zip(("year", "month", "day"), parts.groups(), strict=True):
            self.person.types(value, into=f"answer-{part}")

    def _tick(self, name: str) -> None:
        """As the page's script does it: an exclusive answer unticks the others, and they it."""
        boxes = {
            each.attributes["value"]: each.attributes.get("data-behaviour") == "exclusive"
            for each in self.person.page.all("input", type="checkbox")
        }
        if name not in self.person.chosen:
            for other in self.person.chosen:
                if boxes[name] or boxes[other]:
                    self.person.chooses(other)
        self.person.chooses(name)

    def _name(self, word: str) -> str:
        """The choice's name, which the page has beside its label; a transcript may name either."""
        for question in self._questionnaire.questions:
            for choice in question.closed_choices:
                words = {choice.name, *choice.label.values(), *(choice.short_label or {}).values()}
                if word in words and choice.name in self._values():
                    return choice.name
        return word

    def _values(self) -> set[str]:
        return {each.attributes.get("value", "") for each in self.person.page.all("input")}

    # --- what the person sees ---

    def _look(self, *, answered: bool = True) -> Seen:
        person, place = self.person, self._place()
        self._pages[place] = person.page
        self.errors.append(answered and person.error is not None)
        details: dict[str, Any] = {"ticked": person.chosen}
        match place:
            case "check":
                details["lines"] = self._lines()
                self._first_check = self._first_check or person.sending("submit")
            case "unit":
                radios = person.page.all("div", class_="govuk-radios__item")
                details["offered"] = [each.one("label").text for each in radios]
            case "notice" | "sent" | "declined" | "cancelled":
                pass
            case _:
                optional = person.page.one("h1").all("span", class_="tb-optional")
                label = person.heading.removesuffix(optional[0].text if optional else "").strip()
                details |= {"label": label, "given": self._given()}
        numbers = [
            found
            for caption in person.page.all("span", class_="govuk-caption-l")
            if (found := _NUMBERS.search(caption.text))
        ]
        if not numbers:
            return Seen(place, details=details)
        return Seen(place, int(numbers[0][1]), int(numbers[0][2]), details)

    def _place(self) -> str:
        person = self.person
        for button, place in (("start", "notice"), ("find", UNIT), ("submit", "check")):
            if person.has(button):
                return place
        questions = {
            each.attributes["value"]
            for each in person.page.one("main").all("input", name="question")
        }
        if questions:
            [question] = questions
            return question
        headings = {
            "You can answer later": "declined",
            "Your answers are thrown away": "cancelled",
        }
        if person.heading in headings:
            return headings[person.heading]
        assert person.path.partition("?")[0].endswith("/done"), person.text
        return "sent"

    def _given(self) -> Any:
        chosen = self.person.chosen
        if not chosen:
            return None
        return int(chosen[0]) if chosen[0].isdigit() else chosen[0]

    def _lines(self) -> dict[str, str | None]:
        """What was answered; the unit is no answer."""
        lines: dict[str, str | None] = {}
        for row in self.person.page.all("div", class_="govuk-summary-list__row"):
            changes = row.all("button")
            if changes and changes[0].attributes["value"] != UNIT:
                given = row.all("bdi")
                lines[row.one("dt").text] = given[0].text if given else None
        return lines


_PLAYED_HERE: Final = [path for path in transcripts() if load(path).only in (None, "web")]


@pytest.mark.parametrize("path", _PLAYED_HERE, ids=lambda path: path.stem)
async def test_each_golden_conversation_goes_the_same_way_on_the_web(
    path: Path, database_url: str, tmp_path: Path
) -> None:
    transcript = load(path)
    clock = TestClock(datetime.combine(transcript.today, time(12), UTC))
    async with running(
        database_url, tmp_path, clock=clock, organisation=transcript.organisation
    ) as here:
        await prepare(here, transcript)
        async with on_the_web(here) as person:
            player = WebPlayer(here, person)
            played = await play(transcript, player)

    assert list(differences(transcript, played, tells=player.tells)) == []
    assert player.errors == [
        "problem" in step.expected or step.expected.get("stale") == "revision"
        for step in transcript.steps
    ]
