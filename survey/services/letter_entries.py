"""A letter as an entry of a case: its text, and the files that are kept of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from survey.domain import reporter_acts
from survey.domain.audit import SERVICE
from survey.domain.cases import Said
from survey.domain.received import Received
from survey.errors import FileRefused
from survey.ports import Begin, UnitOfWork
from survey.services.attachments import BY_MAIL, Attachments
from survey.services.timelines import Timelines


@dataclass(frozen=True, slots=True)
class Kept:
    """Which files of a letter were kept, and which were not: name and reason of each."""

    files: tuple[UUID, ...]
    refused: tuple[tuple[str, str], ...]


async def kept_files(attachments: Attachments, letter: Received, named: UUID) -> Kept:
    """Keep what came with a letter, before the entry that names it.

    Args:
        named: what stands for the letter: files that no entry comes to name are swept as those of
            a report that was never sent.

    Raises: Busy.
    """
    files, refused = list[UUID](), list[tuple[str, str]]()
    for each in letter.files:
        try:
            # Letters wait for each other: who writes many of them holds up nobody else.
            kept = await attachments.keep(
                each.name, each.content, conversation=named, sender=BY_MAIL
            )
        except FileRefused as error:
            refused.append((error.name, error.reason))
        else:
            files.append(kept.id)
    return Kept(tuple(files), tuple(refused))


async def forget_files(begin: Begin, files: Collection[UUID]) -> None:
    """The entry was not kept, so nothing names them. Raises: Busy."""
    if files:
        async with begin() as work:
            for each in files:
                await work.attachments.remove(each)
            await work.commit()


async def tell_refused(work: UnitOfWork, timelines: Timelines, case: UUID, kept: Kept) -> None:
    """Say in the case which files were not kept, and why: whoever sent them can send others.

    Raises: NotFound; Busy.
    """
    if kept.refused:
        said = [reporter_acts.unkept(name, reason) for name, reason in kept.refused]
        await timelines.add(work, case, *said, by=SERVICE)


def entry_of(letter: Received, kept: Kept) -> Said:
    """What its writer says. Raises: FieldsRejected, where nothing is left of it."""
    said = reporter_acts.message(letter.text, kept.files)
    data: dict[str, object] = {"by": "email"}
    if letter.cut:
        data["cut"] = True
    return replace(said, data=data)
