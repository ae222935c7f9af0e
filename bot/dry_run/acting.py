"""How simulated people act: in chat by pressing buttons, by a link as a browser would."""

from collections.abc import Sequence
from itertools import cycle
from random import Random
from typing import Final

from bot.callbacks import Action, Asked, InvitationPress, Press, decode
from bot.dry_run.crowd import Simulated, Temper
from bot.simulator.chats import Key, Said
from bot.simulator.desk import Desk, Guest
from survey.domain.audit import Actor
from survey.domain.inviting import Later, until
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import (
    ChooseUnit,
    Done,
    Input,
    NoticeTurn,
    Put,
    QuestionTurn,
    Read,
    ReviewTurn,
    Say,
    Skip,
    Start,
    Submit,
    Tick,
    UnitTurn,
)
from survey.errors import FeedbackError
from survey.services.shown import Shown
from survey.wiring import Application

_MOST_MOVES: Final = 150
"""More than any questionnaire takes: whoever is stuck stops."""

_WRITTEN: Final = ("An answer of a simulated person.", "5", "1 May 2026")
_COMMENTS: Final = 0.3
"""Who writes something where nothing has to be written."""


class Acting:
    def __init__(self, core: Application, desk: Desk, chance: Random) -> None:
        self._core, self._desk, self._chance = core, desk, chance

    # --- in chat ---

    async def in_chat(self, who: Simulated, *, answers: bool) -> None:
        """React to the newest invitation in the chat: answer it, or as the temper is."""
        guest = Guest(who.user or 0, "en")
        if answers:
            await self._press(guest, Asked.START)
            await self._answer_in_chat(guest)
            return
        if who.temper in (Temper.SNOOZES, Temper.REFUSES, Temper.STOPS):
            await self._press(guest, Asked.NOT_NOW)
            await self._press(guest, _ASKS[who.temper])

    async def _press(self, guest: Guest, wanted: Asked) -> None:
        for said in reversed(self._said(guest)):
            for key in _keys(said):
                pressed = decode(key.data)
                if isinstance(pressed, InvitationPress) and pressed.action is wanted:
                    await (await self._desk.started()).press(guest, said.id, key.data)
                    return

    async def _answer_in_chat(self, guest: Guest) -> None:
        bot, written = await self._desk.started(), cycle(_WRITTEN)
        for _ in range(_MOST_MOVES):
            said, key = self._next(guest)
            if said is None:
                return
            if key is None:
                await bot.say(guest, next(written))
                continue
            await bot.press(guest, said.id, key.data)
            pressed = decode(key.data)
            if isinstance(pressed, Press) and pressed.action is Action.SUBMIT:
                return

    def _next(self, guest: Guest) -> tuple[Said | None, Key | None]:
        """The message that asks, and the button to press there; None to write instead."""
        for said in reversed(self._said(guest)):
            found: dict[Action, list[Key]] = {}
            for key in _keys(said):
                pressed = decode(key.data)
                if isinstance(pressed, Press):
                    found.setdefault(pressed.action, []).append(key)
            if not found:
                continue
            if Action.UNTICK in found and Action.DONE in found:
                return said, found[Action.DONE][0]
            if Action.SKIP in found and len(found.get(Action.ANSWER, ())) == 0:
                writes = Action.TICK not in found and self._chance.random() < _COMMENTS
                return said, None if writes else found[Action.SKIP][0]
            for action in _IN_THIS_ORDER:
                if action in found:
                    return said, self._chance.choice(found[action])
            return said, None
        return None, None

    def _said(self, guest: Guest) -> list[Said]:
        return [each for each in self._desk.chats.open(guest.user).said.values() if each.by_bot]

    # --- by a link ---

    async def by_link(self, who: Simulated, token: str, *, answers: bool) -> None:
        """React to a letter: answer in a browser, or as the temper is."""
        invited, person = self._core.invited, Actor.person(who.person.id)
        try:
            invitation = (await invited.look(token)).invitation.id
            await invited.mark_opened(invitation)
            if answers:
                await self._answer_by_link(token, f"web:{who.person.key}")
            elif who.temper is Temper.SNOOZES:
                now, zone = self._core.clock.now(), self._core.settings.zone
                await invited.snooze(invitation, until=until(Later.TOMORROW, now=now, zone=zone))
            elif who.temper is Temper.REFUSES:
                await invited.refuse(invitation, by=person)
            elif who.temper is Temper.STOPS:
                await invited.stop(invitation, by=person)
        except FeedbackError:
            return  # Over or answered meanwhile: a person would be told, and go away.

    async def _answer_by_link(self, token: str, owner: str) -> None:
        talk = self._core.conversations
        shown = await self._core.invited.open(token, owner=owner)
        for _ in range(_MOST_MOVES):
            move = await self._move(shown)
            if move is None:
                return
            shown = await talk.apply(shown.conversation, move, owner=owner)

    async def _move(self, shown: Shown) -> Input | None:
        match shown.turn:
            case NoticeTurn():
                return Start()
            case UnitTurn():
                units = await self._core.organisation.units()
                return ChooseUnit(await self._core.conversations.unit(units[0].key))
            case QuestionTurn() as asked:
                return self._reply(asked)
            case ReviewTurn():
                return Submit(shown.state.revision)
        return None

    def _reply(self, asked: QuestionTurn) -> Input:
        name = asked.name
        if asked.type is QuestionType.NOTE:
            return Read(name)
        if not asked.options:
            return Say(name, self._chance.choice(_WRITTEN)) if asked.required else Skip(name)
        option = self._chance.choice(asked.options).name
        if asked.type is QuestionType.SELECT_MULTIPLE:
            return Done(name) if asked.ticked else Tick(name, option, on=True)
        return Put(name, int(option) if asked.type is QuestionType.SCALE else option)


_ASKS: Final = {
    Temper.SNOOZES: Asked.TOMORROW,
    Temper.REFUSES: Asked.NEVER,
    Temper.STOPS: Asked.STOP,
}
_IN_THIS_ORDER: Final = (
    Action.SUBMIT,
    Action.START,
    Action.ANSWER,
    Action.CHOOSE_UNIT,
    Action.TICK,
    Action.READ,
    Action.DONE,
    Action.SKIP,
)


def _keys(said: Said) -> Sequence[Key]:
    return [key for row in said.keys for key in row]
