"""People in chats who answer a whole survey, and do not wait for each reply."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, Final

from survey.domain import conversation as engine
from survey.domain.answers import to_json
from survey.domain.form import Form
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import (
    Back,
    ChooseUnit,
    Input,
    Moment,
    QuestionTurn,
    Resume,
    ReviewTurn,
    Say,
    Skip,
    Start,
    State,
    Submit,
    Submitted,
    Turn,
    UnitCandidate,
)
from tests.rig.house import ORGANISATION, PATIENCE, House
from tests.rig.load import Load, Sent
from tests.telegram.people import NotSeen, Person
from tests.telegram.server import FakeTelegram
from tests.telegram.updates import UpdateQueue, Waiting

SURVEY: Final = "people-pulse"
UNIT: Final = UnitCandidate("oakfield", "Oakfield Primary School")

_REFERENCE: Final = re.compile(r"\b[2-9A-Z]{3}-[2-9A-Z]{3}\b")


AT_ONCE: Final = 3
IN_TURN: Final = 2
"""How often Telegram sends an update again that was acknowledged long ago."""


def send_again(queue: UpdateQueue) -> None:
    """Have a webhook's updates sent again once they were acknowledged, in turn and at once."""
    settle = queue.settle

    async def settle_and_repeat(update: Waiting) -> None:
        await settle(update)
        if update.lane[0].startswith("again"):
            return
        lanes = [("again in turn", 0)] * IN_TURN
        lanes += [(f"again {number}", update.update_id) for number in range(AT_ONCE)]
        for lane in lanes:
            await queue.add_raw(update.payload, lane=lane)

    queue.settle = settle_and_repeat  # type: ignore[method-assign]


class People:
    """Anybody's telephone."""

    def __init__(
        self,
        load: Load,
        house: House,
        telegram: FakeTelegram,
        form: Form,
        *,
        today: date,
        chance: Random,
    ) -> None:
        """`form` is that of `SURVEY` as published."""
        self._load, self._house, self._telegram = load, house, telegram
        self._form, self._chance = form, chance
        self._moment = Moment(today, ORGANISATION)
        self._first = telegram.updates.next_id

    @property
    def updates(self) -> int:
        """How many came to Telegram so far."""
        return self._telegram.updates.next_id - self._first

    def delivered(self) -> set[int]:
        """Updates that Telegram will not send again."""
        queue = self._telegram.updates
        waiting = {each.update_id for each in queue.pending()}
        return {*range(self._first, queue.next_id)} - waiting

    async def nothing_waits(self) -> None:
        """Wait until Telegram has nothing more to send, repeats included."""
        queue = self._telegram.updates
        async with asyncio.timeout(PATIENCE), queue.changed:
            await queue.changed.wait_for(lambda: not queue.pending())

    async def one(self) -> Sent:
        """Somebody new, from the link to the receipt; all answers are typed in one go."""
        marker = self._load.marker("person")
        texts, answers = self._written(marker)
        person = self._telegram.person(name=marker, language_code="en")
        sent = Sent(marker, SURVEY, answers, chat=person.id, kills=-self._house.kills)
        try:
            await person.sends(f"/start s_{SURVEY}")
            await self._sees(person, lambda: _offers(person, "Start"), "the notice")
            await person.sends("/help")
            await person.taps("Start")
            await self._sees(person, lambda: _shows(person, "Which school"), "the unit")
            await person.sends("oakfield")
            await self._sees(person, lambda: _offers(person, UNIT.name), "the unit found")
            await person.taps(UNIT.name)
            await self._sees(person, lambda: _shows(person, "1 of "), "the first question")
            for text in texts:
                await person.sends(text)
            await self._sees(person, lambda: _offers(person, "Send"), "the check page")
            await person.taps("Send")
            await self._sees(person, lambda: _shows(person, "Receipt"), "the receipt")
        except NotSeen as stuck:
            sent.trouble = str(stuck)
        sent.texts = len([each for each in person.screen if not each.by_bot])
        sent.kills += self._house.kills
        sent.references.update(_REFERENCE.findall("\n".join(each.text for each in person.screen)))
        return sent

    async def _sees(self, person: Person, holds: Callable[[], bool], what: str) -> None:
        await person.until(holds, PATIENCE, what)
        await self._load.heard()

    def _written(self, marker: str) -> tuple[Sequence[str], Mapping[str, Any]]:
        """Texts that lead from the first question to the check page, and the answers that are
        then sent: as the pure engine says when it takes them one after the other."""
        state = engine.begin(self._form, language="en")
        state = self._step(self._step(state, Start()), ChooseUnit(UNIT))
        texts = []
        turn = self._turn(state)
        while not isinstance(turn, ReviewTurn):
            assert isinstance(turn, QuestionTurn)
            text, input_ = self._next(turn, marker)
            texts.append(text)
            state = self._step(state, input_)
            turn = self._turn(state)
        sprint = engine.step(self._form, state, Submit(), self._moment)
        [answers] = [each.answers for each in sprint.events if isinstance(each, Submitted)]
        return texts, {name: to_json(value) for name, value in answers.items()}

    def _step(self, state: State, input_: Input) -> State:
        return engine.step(self._form, state, input_, self._moment).state

    def _turn(self, state: State) -> Turn:
        return engine.step(self._form, state, Resume(), self._moment).turn

    def _next(self, turn: QuestionTurn, marker: str) -> tuple[str, Input]:
        if turn.name == "comment":
            return marker, Say(turn.name, marker)
        if turn.number > 1 and self._chance.random() < 0.15:
            return "/back", Back()
        if turn.type is not QuestionType.SCALE or self._chance.random() < 0.1:
            return "/skip", Skip(turn.name)
        text = str(self._chance.randint(1, 5))
        return text, Say(turn.name, text)


def _shows(person: Person, text: str) -> bool:
    return any(each.by_bot and text in each.text for each in person.screen)


def _offers(person: Person, label: str) -> bool:
    return any(label in row for each in person.screen for row in each.buttons)
