"""A bot and the people who talk to it, in a process of their own, over a network that is not there.

    python -m tests.bench.chatting answering DATABASE_URL FOLDER
    python -m tests.bench.chatting echo

"answering" is the bot as `tellback serve` runs it, from fetching updates to showing the next turn;
"echo" is an aiogram dispatcher that stores nothing. Each takes commands, a line each, and answers
with a line of JSON:

- `prepare N`: so many more people open the survey and come to its first question;
- `answer`: they answer its scales; `{"units", "seconds", "cpu", "p50", "p99"}`, units are answers;
- `echo N`: the same figures for so many messages, each repeated to its sender;
- `taps N`: for so many taps, each answered and its message edited;
- `live N`: people come, answer, send and go, until so many updates were handled; `{"updates"}`;
- `check`: read every answer from the database; `{"answers"}`.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, perf_counter, process_time
from typing import Any, Final

from aiogram import Bot, Dispatcher
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)
from pydantic import SecretStr
from uvicorn.loops.auto import auto_loop_factory

from api.logs import configure_logs
from bot.callbacks import Action
from bot.process import run_bot
from survey.domain.records import owner_of
from survey.wiring import Application
from tests.bench.answers import QUESTIONNAIRE, SCALES
from tests.bench.commands import Command, obey, tell
from tests.bench.telegram import BOT, TOKEN, Person, Telegram, a_tap, a_text
from tests.bot.rig import Nudges
from tests.support.application import running

AT_ONCE: Final = 32
_QUESTION: Final = "<b>I am proud when I tell others I am part of Barnet Council</b>\n1 of 8"
_POINTS: Final = (
    "Strongly agree",
    "Agree",
    "Neither agree nor disagree",
    "Disagree",
    "Strongly disagree",
    "Skip",
    "Back",
)


class Kind(StrEnum):
    ANSWERING = "answering"
    ECHO = "echo"


class Chats:
    """People who answer over one bot; what each said is remembered to be compared."""

    def __init__(self, core: Application, telegram: Telegram) -> None:
        self._core, self._telegram = core, telegram
        self._chance = Random("chats")
        self._people = 0
        self._ready: list[Person] = []
        self._said: dict[int, dict[str, int]] = {}

    async def prepare(self, people: int) -> dict[str, Any]:
        self._ready = [self._newcomer() for _ in range(people)]
        await _at_once(self._ready, self._opens)
        return {"people": people}

    async def answer(self, _: int) -> dict[str, Any]:
        taken: list[float] = []
        begun, cpu = perf_counter(), process_time()
        await _at_once(self._ready, partial(self._answers, taken=taken))
        told = _figures(taken, perf_counter() - begun, process_time() - cpu)
        for person in self._ready:
            person.leave()
        return told

    async def live(self, updates: int) -> dict[str, Any]:
        """Whole lives, of which nothing is remembered here."""

        async def lives(_: int) -> None:
            while self._telegram.updates < updates:
                person = self._newcomer()
                await self._opens(person)
                await self._answers(person, taken=[])
                await self._sends(person)
                person.leave()
                del self._said[person.number]

        await _at_once(range(AT_ONCE), lives)
        return {"updates": self._telegram.updates}

    async def check(self, _: int) -> dict[str, Any]:
        """Raises: RuntimeError, where a stored answer is not the one that was given."""
        answers = 0
        for number, said in self._said.items():
            found = await self._core.conversations.current(owner_of(BOT, number))
            kept = found.state.answers if found else {}
            if kept != said:
                raise RuntimeError(f"{kept} is stored where {said} was answered")
            answers += len(kept)
        return {"answers": answers}

    def _newcomer(self) -> Person:
        self._people += 1
        return Person(self._telegram, 1_000_000 + self._people)

    async def _opens(self, person: Person) -> None:
        await person.says(f"/start s_{QUESTIONNAIRE}")
        await person.taps(_does(Action.START))
        await person.says("oakfield")
        await person.taps(_does(Action.CHOOSE_UNIT))

    async def _answers(self, person: Person, *, taken: list[float]) -> None:
        said = self._said[person.number] = {}
        for name in SCALES:
            begun, said[name] = perf_counter(), self._chance.randint(1, 5)
            await person.taps(_does(Action.ANSWER, said[name]))
            taken.append(perf_counter() - begun)

    @staticmethod
    async def _sends(person: Person) -> None:
        await person.taps(_does(Action.SKIP))
        await person.taps(_does(Action.SUBMIT))


def _does(action: Action, point: int | None = None) -> Callable[[dict[str, str]], bool]:
    """Whether a button does this (and stands for this point of a scale)."""

    def does(button: dict[str, str]) -> bool:
        data = button["callback_data"]
        return data[0] == action and (point is None or data.endswith(f":{point}"))

    return does


async def _at_once(items: Iterable[Any], work: Callable[[Any], Awaitable[None]]) -> None:
    """So many under way, each next one when another has ended."""
    waiting = iter(items)

    async def lane() -> None:
        for item in waiting:
            await work(item)

    async with asyncio.TaskGroup() as lanes:
        for _ in range(AT_ONCE):
            lanes.create_task(lane())


def _figures(taken: list[float], seconds: float, cpu: float) -> dict[str, Any]:
    taken.sort()
    return {
        "units": len(taken),
        "seconds": seconds,
        "cpu": cpu,
        "p50": taken[len(taken) // 2],
        "p99": taken[len(taken) * 99 // 100],
    }


@asynccontextmanager
async def answering(url: str, folder: Path) -> AsyncIterator[dict[str, Command]]:
    """The commands of a bot on this database."""
    async with running(url, folder, elapsed=monotonic, telegram_token=SecretStr(TOKEN)) as here:
        await here.publish(QUESTIONNAIRE)
        telegram = Telegram()
        chats = Chats(here.core, telegram)
        async with asyncio.TaskGroup() as tasks:
            bot = tasks.create_task(run_bot(here.core, Nudges(), session=telegram))
            try:
                yield {
                    "prepare": chats.prepare,
                    "answer": chats.answer,
                    "live": chats.live,
                    "check": chats.check,
                }
            finally:
                bot.cancel()


@asynccontextmanager
async def echoing() -> AsyncIterator[dict[str, Command]]:
    """The commands of a bot that stores nothing."""
    dispatcher = Dispatcher()

    async def repeat(message: Message) -> None:
        await message.answer(message.text or "")

    async def turn(query: CallbackQuery) -> None:
        rows = [[InlineKeyboardButton(text=each, callback_data=each)] for each in _POINTS]
        await query.answer()
        if isinstance(query.message, Message):
            keyboard = InlineKeyboardMarkup(inline_keyboard=rows)
            await query.message.edit_text(_QUESTION, reply_markup=keyboard)

    dispatcher.message.register(repeat)
    dispatcher.callback_query.register(turn)
    async with Bot(TOKEN, session=Telegram()) as bot:

        async def echo(messages: int) -> dict[str, Any]:
            said = [
                Update.model_validate(
                    {"update_id": number, "message": a_text(_person(number), "4")},
                    context={"bot": bot},
                )
                for number in range(messages)
            ]
            return await _timed(said, lambda update: dispatcher.feed_update(bot, update))

        async def taps(count: int) -> dict[str, Any]:
            among = [[{"text": each, "callback_data": each}] for each in _POINTS]
            tapped = [
                {
                    "update_id": number,
                    "callback_query": a_tap(
                        f"{_person(number)}/1", _person(number), "4", below=_QUESTION, among=among
                    ),
                }
                for number in range(count)
            ]
            return await _timed(tapped, lambda update: dispatcher.feed_raw_update(bot, update))

        yield {"echo": echo, "taps": taps}


def _person(number: int) -> int:
    return 1_000_000 + number % AT_ONCE


async def _timed(items: Sequence[Any], work: Callable[[Any], Awaitable[Any]]) -> dict[str, Any]:
    taken: list[float] = []

    async def timed(item: Any) -> None:
        begun = perf_counter()
        await work(item)
        taken.append(perf_counter() - begun)

    begun, cpu = perf_counter(), process_time()
    await _at_once(items, timed)
    return _figures(taken, perf_counter() - begun, process_time() - cpu)


async def _ready(commands: Mapping[str, Command]) -> None:
    gc.collect()
    gc.freeze()
    tell({"ready": True})
    await obey(commands)


async def _run(kind: Kind, *where: str) -> None:
    if kind is Kind.ECHO:
        async with echoing() as commands:
            await _ready(commands)
        return
    url, folder = where
    async with answering(url, Path(folder)) as commands:
        await _ready(commands)


def main() -> None:
    kind, *where = sys.argv[1:]
    # Standard output is for figures alone.
    configure_logs()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_run(Kind(kind), *where))


if __name__ == "__main__":
    main()
