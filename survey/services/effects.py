"""Updates of a chat have their effect once: in the unit of work that keeps it."""

from collections.abc import Iterable

from survey.domain.records import UpdateKey
from survey.ports import UnitOfWork


async def settle(work: UnitOfWork, updates: Iterable[UpdateKey | None]) -> None:
    """What is kept in this unit of work is the effect of these rows of the inbox.

    Raises: AlreadyApplied, where one of them has had its effect.
    """
    for update in updates:
        if update is not None:
            await work.inbox.require_waiting(update)
            await work.inbox.applied(update)
