"""One person's line: what is said in their private chat, and what is kept of the chat itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from bot.handling import Handling
from bot.markup import View, above
from bot.pace import Pace, Reply
from bot.screen import Screen, Unreachable
from bot.sentences import Sentences, speech
from survey.domain.records import Chat, UpdateKey
from survey.errors import AlreadyApplied
from survey.wiring import Application

_log = structlog.get_logger()

ATTENTION: Final = timedelta(minutes=30)
"""So long, what somebody writes is for the problem report that they chose last."""


@dataclass(slots=True)
class Line:
    """One person in their private chat, whose number is the person's.

    `newest` is the id of what the person wrote just now: whatever is sent has a higher one.
    """

    core: Application
    screen: Screen
    chat: Chat
    newest: int = 0
    telegram_language: str | None = None
    handling: Handling | None = None
    on_submission: Callable[[], None] | None = None
    pace: Pace | None = None

    @property
    def owner(self) -> str:
        return self.chat.owner

    @property
    def say(self) -> Sentences:
        """The sentences of pages outside a conversation."""
        return speech(self.chat.language, self.telegram_language)

    @property
    def unsettled(self) -> UpdateKey | None:
        """The update that what is written now is the effect of, where no step has marked it."""
        handling = self.handling
        return handling.key if handling and not handling.kept else None

    def had_its_effect(self, *, others: int = 0) -> None:
        """What is kept is kept with the update: whatever fails from here on, it is not done again.

        Args:
            others: how many later updates it was kept with too.
        """
        if self.handling:
            self.handling.kept, self.handling.taken = True, others

    async def may_reply(self) -> Reply:
        """Whether this update is answered, or a later one of theirs; waits for the turn."""
        if self.pace is None or self.handling is None:
            return Reply.NOW
        return await self.pace.turn(self.chat.user, self.handling.to_come)

    async def require_ours(self) -> None:
        """Raises: AlreadyApplied, where the update has had its effect with another one."""
        if not await self._is_ours():
            raise AlreadyApplied("update")

    async def _is_ours(self) -> bool:
        """Whether nobody else has answered the update: this process may have been held up."""
        if self.unsettled is None:
            return True
        async with self.core.begin.read() as work:
            return await work.inbox.waits(self.unsettled)

    async def tell(
        self, view: View, *, instead_of: int | None = None, about: int | None = None
    ) -> None:
        """A page of its own, at the bottom or in place of another; as a reply to `about`.

        Raises: AlreadyApplied, where another process has answered this update meanwhile: what is
            worked out here may be about a survey that has gone on since.
        """
        await self.require_ours()
        reply = await self.may_reply()
        if reply is Reply.NOT_AT_ALL:
            return
        view = self._with_a_word(reply, view)
        try:
            if instead_of is None:
                await self.screen.send(self.chat.user, view, about=about)
            else:
                await self.screen.replace(self.chat.user, instead_of, view)
        except Unreachable:
            _log.info("person_unreachable", bot=self.chat.bot)

    def _with_a_word(self, reply: Reply, view: View) -> View:
        """The view, with why it answers several messages."""
        if reply is not Reply.WITH_A_WORD:
            return view
        told = self.say._("You write faster than I can answer. I have read it all.")
        return above(told, view)

    async def retire(self, message: int, *, keep: bool) -> None:
        """Take an older message out of play (see `Screen.retire`)."""
        await self.screen.retire(self.chat.user, message, keep=keep)

    @property
    def attends(self) -> str | None:
        """The case (as in `Chat.about`) that what they write now is for; for a while only."""
        since = self.chat.about_at
        if since is None or self.core.clock.now() - since > ATTENTION:
            return None
        return self.chat.about

    async def attend(self, case: str | None) -> None:
        """What they write next is for this case, or for none. Raises: AlreadyApplied."""
        if case is None and self.chat.about is None:
            return
        at = self.core.clock.now() if case else None
        self.chat = replace(self.chat, about=case, about_at=at)
        await self._keep_chat()

    async def choose(
        self,
        *,
        language: str | None = None,
        unit: str | None = None,
        stopped: bool | None = None,
    ) -> None:
        """Keep what the person chose for this chat. Raises: AlreadyApplied."""
        self.chat = replace(
            self.chat,
            language=language or self.chat.language,
            unit=unit or self.chat.unit,
            stopped=self.chat.stopped if stopped is None else stopped,
        )
        await self._keep_chat()

    async def _keep_chat(self) -> None:
        async with self.core.begin() as work:
            if self.unsettled:
                await work.inbox.require_waiting(self.unsettled)
            await work.chats.put(self.chat)
            await work.commit()

    async def _read_chat(self) -> None:
        chat = await self.core.begin.glances.chat(self.chat.bot, self.chat.user)
        self.chat = chat or Chat(self.chat.bot, self.chat.user)
