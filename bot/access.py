"""Who may use a command or press a button: each declares one rule from here, or a test fails."""

from enum import StrEnum
from typing import Protocol

from survey.domain.records import Chat


class Rule(StrEnum):
    """The rules that a command or a button can declare."""

    ANYBODY = "anybody in a private chat"
    OWNER = "the person whose conversation it is"
    INVITED = "whom the invitation was sent to, in their chat or by their link"
    REPORTER = "whoever reported the problem, or somebody of the same school or department"
    LINKED = "somebody who has joined by a personal link or code"
    ACCOUNT = "somebody who has joined and has an account of staff with a second step"
    IN_GROUPS = "anybody in a group, where nothing of a survey is said"


class Visitor(Protocol):
    """Whoever writes or taps."""

    chat: Chat

    async def has_account(self) -> bool:
        """Whether they have joined, and may sign in to the pages of staff from this chat."""


async def may(rule: Rule, visitor: Visitor) -> bool:
    """Whether the rule lets them in.

    Whose conversation it is, the conversation says: `Talk.resume` finds nobody else's. Whose
    invitation, `Invited.require_theirs` says before anything is told of it. Whose problem report,
    `OwnCases` says each time.
    """
    match rule:
        case Rule.ANYBODY | Rule.OWNER | Rule.INVITED | Rule.REPORTER | Rule.IN_GROUPS:
            return True
        case Rule.LINKED:
            return visitor.chat.person is not None
        case Rule.ACCOUNT:
            return await visitor.has_account()
