"""The golden conversations of `tests/transcripts`, played by somebody who taps and types.

The player knows the chat only: what stands on the screen, and what a button's data names.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from bot.callbacks import Action as Does
from bot.callbacks import Press, decode
from bot.sentences import Sentences
from survey.domain.answers import to_json
from survey.domain.questionnaire import Privacy, Questionnaire, QuestionType
from survey.domain.turns import OverTurn, Phase, Stale, UnitCandidate
from survey.locales import SPOKEN
from tests.bot.rig import bot_on, newest, presses, says
from tests.support.application import Running, TestClock, running
from tests.system.golden import prepare
from tests.telegram.people import Button, Person, Shown
from tests.telegram.server import FakeTelegram
from tests.transcripts.format import (
    UNITS,
    Action,
    Seen,
    Transcript,
    Verb,
    differences,
    load,
    play,
    transcripts,
)

_TAPS: Final = {
    Verb.START: Does.START,
    Verb.DECLINE: Does.DECLINE,
    Verb.DONE: Does.DONE,
    Verb.SKIP: Does.SKIP,
    Verb.READ: Does.READ,
    Verb.BACK: Does.BACK,
    Verb.SEND: Does.SUBMIT,
    Verb.SEND_OLD: Does.SUBMIT,
}
_WRITTEN: Final = {Verb.SKIP: "/skip", Verb.BACK: "/back"}
"""What to write where no button does it: on a required question, on the notice."""

_NUMBERS: Final = re.compile(r"^(\d+) \w+ (\d+)\b", re.MULTILINE)
_REASONS: Final = ("answered", "elsewhere", "over", "revision")


@dataclass(slots=True)
class ChatPlayer:
    """Human actions as taps and messages of one person."""

    here: Running
    person: Person
    bot: int
    tells: frozenset[str] = frozenset({"stale", "offered", "ticked"})
    _questionnaire: Questionnaire = field(init=False)
    _seen_at: dict[str, Shown] = field(default_factory=dict)
    _last_tap: tuple[str, Shown] | None = None
    _toasts: int = 0

    async def begin(self, transcript: Transcript) -> Seen:
        self._questionnaire = transcript.expanded()
        unit = transcript.unit
        await self.here.core.conversations.begin(
            f"telegram:{self.bot}:{self.person.id}",
            self._questionnaire.key,
            language=transcript.language,
            unit=UnitCandidate(unit, UNITS[unit]) if unit else None,
        )
        await says(self.person, "/survey")
        return self._look()

    async def act(self, action: Action) -> Seen:
        self._toasts = len(self.person.toasts)
        match action.verb:
            case Verb.TYPE:
                await says(self.person, action.word)
            case Verb.RESUME:
                # What is over stays on the screen; /survey would offer to begin again.
                if newest(self.person).rows:
                    await says(self.person, "/survey")
            case Verb.LANGUAGE:
                await says(self.person, "/language")
                await presses(self.person, SPOKEN[action.word])
            case Verb.CANCEL:
                await says(self.person, "/cancel")
                if self._buttons(newest(self.person), Does.CANCEL):
                    await self._tap(Does.CANCEL)
            case Verb.CHANGE:
                await self._change(action.word)
            case Verb.AGAIN:
                assert self._last_tap is not None
                await self._send_tap(*self._last_tap)
            case Verb.CHOOSE | Verb.TICK | Verb.UNTICK:
                await self._choose(action)
            case verb:
                await self._move(verb)
        return self._look()

    async def stored(self) -> Mapping[str, Any] | None:
        """What lies in the box, or was written at once where answers are attributed."""
        core, key = self.here.core, self._questionnaire.key
        if self._questionnaire.privacy is Privacy.ATTRIBUTED:
            async with core.begin.read(one_state=True) as work:
                responses = [each async for each in work.responses.all(key)]
            found = [
                {
                    "unit": each.unit or None,
                    "language": each.language,
                    "answers": {name: to_json(value) for name, value in each.answers.items()},
                }
                for each in responses
            ]
        else:
            found = [content async for content in self._sealed()]
        assert len(found) <= 1
        return found[0] if found else None

    async def _sealed(self) -> Any:
        core = self.here.core
        async with core.begin.read() as work:
            month = core.clock.now().date().replace(day=1)
            box = await work.boxes.get(self._questionnaire.key, month, "")
            if box is None:
                return
            for blob in await work.boxes.sealed(box.id, await work.boxes.waiting(box.id)):
                content = json.loads(core.keys.open(box.id, blob))
                yield {name: content[name] for name in ("unit", "language", "answers")}

    # --- what the person does ---

    async def _move(self, verb: Verb) -> None:
        shown = self._seen_at["first check"] if verb is Verb.SEND_OLD else None
        if verb in _WRITTEN and not self._buttons(newest(self.person), _TAPS[verb]):
            await says(self.person, _WRITTEN[verb])
        else:
            await self._tap(_TAPS[verb], shown=shown)

    async def _choose(self, action: Action) -> None:
        does = {
            Verb.CHOOSE: (Does.ANSWER, Does.CHOOSE_UNIT),
            Verb.TICK: (Does.TICK,),
            Verb.UNTICK: (Does.UNTICK,),
        }[action.verb]
        shown = self._seen_at[action.of] if action.of else newest(self.person)
        [button] = [
            button
            for button, press in self._presses(shown)
            if press.action in does and action.word in self._names(button, press)
        ]
        await self._send_tap(button.data or "", shown)

    async def _change(self, place: str) -> None:
        await self._tap(Does.MENU)
        while True:
            shown = newest(self.person)
            for button, press in self._presses(shown):
                if press.action is Does.CHANGE and self._place(press) == place:
                    await self._send_tap(button.data or "", shown)
                    return
            await presses(self.person, Sentences("en")._("More ›"))

    async def _tap(self, does: Does, *, shown: Shown | None = None) -> None:
        """A button of this message, or the one seen last, which may be gone by now."""
        places = [shown] if shown else [newest(self.person), *reversed(self._seen_at.values())]
        place, button = next((p, b) for p in places for b in self._buttons(p, does))
        await self._send_tap(button.data or "", place)

    async def _send_tap(self, data: str, shown: Shown) -> None:
        self._last_tap = (data, shown)
        query = await self.person.forge_callback(data, shown)
        await self.person.until(lambda: query not in self.person.spinning)

    # --- what the person sees ---

    def _look(self) -> Seen:
        shown = newest(self.person)
        place = self._place_of(shown)
        self._seen_at.pop(place, None)
        self._seen_at[place] = shown
        if place == "check":
            self._seen_at.setdefault("first check", shown)
        numbers = _NUMBERS.search(shown.text)
        on = [press for _, press in self._presses(shown) if press.action is Does.UNTICK]
        details = {
            "stale": self._stale(),
            "ticked": [self._choice(press) for press in on],
            "offered": [
                button.label
                for button, press in self._presses(shown)
                if press.action is Does.CHOOSE_UNIT
            ],
        }
        if numbers is None:
            return Seen(place, details=details)
        return Seen(place, int(numbers[1]), int(numbers[2]), details)

    def _place_of(self, shown: Shown) -> str:
        found = {press.action: press for _, press in self._presses(shown)}
        if Does.SUBMIT in found:
            return "check"
        if Does.START in found:
            return "notice"
        if Does.BACK in found:
            return self._place(found[Does.BACK])
        for say in map(Sentences, SPOKEN):
            if say.thanks(self._questionnaire.privacy) in shown.text:
                return "sent"
            for phase in (Phase.DECLINED, Phase.CANCELLED):
                if say.ended(phase) in shown.text:
                    return phase.value
        raise AssertionError(f"nowhere: {shown}; told {self.person.toasts[-1:]}")

    def _stale(self) -> str | None:
        toasts = self.person.toasts[self._toasts :]
        if not toasts:
            return None
        [toast] = toasts
        over = OverTurn(Phase.SENT), OverTurn(Phase.CANCELLED)
        for say in map(Sentences, SPOKEN):
            for reason in _REASONS:
                for turn in over:
                    if toast.text.startswith(say.passed(Stale(reason), turn, below=False)):
                        return reason
        raise AssertionError(f"an unknown answer to a tap: {toast.text}")

    def _presses(self, shown: Shown) -> Iterator[tuple[Button, Press]]:
        for row in shown.rows:
            for button in row:
                press = decode(button.data or "")
                if isinstance(press, Press):
                    yield button, press

    def _buttons(self, shown: Shown, does: Does) -> list[Button]:
        return [button for button, press in self._presses(shown) if press.action is does]

    def _place(self, press: Press) -> str:
        named = {"u": "unit", "c": "check"}
        return named.get(press.place) or self._questionnaire.questions[int(press.place)].name

    def _choice(self, press: Press) -> str:
        question = self._questionnaire.questions[int(press.place)]
        if question.type is QuestionType.SCALE:
            return press.choice
        return question.closed_choices[int(press.choice)].name

    def _names(self, button: Button, press: Press) -> set[str]:
        """What a person may call the choice of a button."""
        names = {button.label.lstrip("☑☐✓ ")}
        if press.action is not Does.CHOOSE_UNIT:
            question = self._questionnaire.questions[int(press.place)]
            names.add(self._choice(press))
            if question.type is not QuestionType.SCALE:
                names |= set(question.closed_choices[int(press.choice)].label.values())
        return names


_PLAYED_HERE: Final = [path for path in transcripts() if load(path).only in (None, "chat")]


@pytest.mark.parametrize("path", _PLAYED_HERE, ids=lambda path: path.stem)
async def test_each_golden_conversation_goes_the_same_way_in_chat(
    path: Path, database_url: str, tmp_path: Path
) -> None:
    transcript = load(path)
    clock = TestClock(datetime.combine(transcript.today, time(12), UTC))
    async with (
        FakeTelegram() as telegram,
        running(
            database_url,
            tmp_path,
            clock=clock,
            telegram_token=SecretStr(telegram.token),
            telegram_api_base=telegram.base_url,
        ) as here,
    ):
        await prepare(here, transcript)
        async with bot_on(here.core):
            person = telegram.person(language_code=transcript.language)
            player = ChatPlayer(here, person, bot=int(telegram.token.partition(":")[0]))
            played = await play(transcript, player)

    assert list(differences(transcript, played, tells=player.tells)) == []
