"""For which units whoever is in a chat may answer.

Who has joined answers for their own: the only one is taken without asking, several are offered
before the first question. Others look theirs up once, and the chat remembers it. An anonymous
survey asks everybody alike: there it does not matter who has joined.
"""

from dataclasses import dataclass, replace

from survey.domain.folding import folded
from survey.domain.questionnaire import Privacy
from survey.domain.records import Chat
from survey.domain.turns import FindUnit, UnitCandidate, UnitTurn
from survey.errors import NotFound
from survey.services.shown import Shown
from survey.wiring import Application


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one chat, as it is now."""

    core: Application
    chat: Chat

    async def at_the_beginning(self, questionnaire: str) -> tuple[UnitCandidate | None, bool]:
        """The unit that need not be asked for, and whether it cannot be changed.

        Raises: NotFound, without such a questionnaire.
        """
        listed = await self.core.catalogue.get(questionnaire)
        own = await self._own(listed.published.questionnaire.privacy)
        if not own:
            return await self.remembered(), False
        return (own[0], True) if len(own) == 1 else (None, False)

    async def remembered(self) -> UnitCandidate | None:
        """What an earlier survey was answered for in this chat."""
        if self.chat.unit is None:
            return None
        try:
            return await self.core.conversations.unit(self.chat.unit)
        except NotFound:
            return None

    async def remembers(self, privacy: Privacy) -> bool:
        """Whether the next survey is to know what this one was answered for.

        An anonymous one leaves no trace of who answered; who has joined is asked each time.
        """
        return privacy is not Privacy.ANONYMOUS and not await self._own(privacy)

    async def offered(self, shown: Shown) -> Shown:
        """The same; where it asks for the unit of somebody who has joined, theirs are offered."""
        turn = shown.turn
        if not isinstance(turn, UnitTurn) or turn.candidates or turn.problem:
            return shown
        own = await self._own_of(shown)
        if not own:
            return shown
        asked = FindUnit("", own)
        found = await self.core.conversations.look(shown.conversation, asked, owner=self.chat.owner)
        return replace(shown, turn=found.turn) if isinstance(found.turn, UnitTurn) else shown

    async def find(self, shown: Shown, text: str) -> tuple[UnitCandidate, ...]:
        """Units whose name holds the text; of somebody who has joined their own, all of them
        where none does."""
        own = await self._own_of(shown)
        if not own:
            return await self.core.conversations.find_units(text)
        wanted = folded(text)
        named = [unit for unit in own if wanted in folded(unit.name)]
        return tuple(named or own)

    async def unit(self, shown: Shown, key: str) -> UnitCandidate:
        """The unit of this key. Raises: NotFound, where it is not theirs to answer for."""
        own = await self._own_of(shown)
        if own and key not in {unit.key for unit in own}:
            raise NotFound("unit")
        return await self.core.conversations.unit(key)

    async def _own_of(self, shown: Shown) -> tuple[UnitCandidate, ...]:
        """The same for a conversation: of whoever was invited to it, whether they have joined."""
        privacy = shown.published.questionnaire.privacy
        if shown.invitation is None:
            return await self._own(privacy)
        if privacy is Privacy.ANONYMOUS:
            return ()
        return await self.core.invited.units(shown.invitation)

    async def _own(self, privacy: Privacy) -> tuple[UnitCandidate, ...]:
        """None where nobody has joined, or nobody is to know."""
        if self.chat.person is None or privacy is Privacy.ANONYMOUS:
            return ()
        member = await self.core.joining.who(self.chat.person)
        units = member.units if member else ()
        return tuple(UnitCandidate(unit.key, unit.name) for unit in units)
