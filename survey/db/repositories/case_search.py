"""Finding problem reports by words: each is the beginning of a word, and all of them must be there.

`case_words` holds the words of each case, none of those for few. PostgreSQL indexes them as lexemes
(GIN), SQLite by a table of FTS5 that reads from it and follows it by triggers. Words are cut in
`survey.domain.case_words`, so that neither database parses what somebody wrote.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    any_,
    delete,
    false,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from survey.db.tables import attachments, case_words, cases, units
from survey.domain.case_words import looked_for, to_be_found
from survey.domain.cases import Case, Entry


def fitting(connection: AsyncConnection, words: str, *, first: bool) -> ColumnElement[bool] | None:
    """The cases that a search finds; None where nothing is looked for.

    Args:
        first: all of them are to be found before anything else: they are sorted afterwards. It
            keeps PostgreSQL, which takes the words of a case to be at hand, from reading every case
            in its order until a page has those that fit.
    """
    if not words.strip():
        return None
    beginnings = looked_for(words)
    if not beginnings:
        return false()
    on_postgresql = connection.dialect.name == "postgresql"
    found = _found(on_postgresql, beginnings)
    if on_postgresql and first:
        return cases.c.id == any_(func.array(found.scalar_subquery()))
    return cases.c.id.in_(found)


def _found(on_postgresql: bool, beginnings: Sequence[str]) -> Select[tuple[UUID]]:
    if on_postgresql:
        # As the index has it, letter by letter.
        fits = text(
            "array_to_tsvector(string_to_array(case_words.words, ' '))"
            " @@ CAST(CAST(:looked_for AS text) AS tsquery)"
        ).bindparams(looked_for=" & ".join(f"'{each}':*" for each in beginnings))
    else:
        fits = text(
            "case_words.number IN (SELECT rowid FROM case_fts WHERE case_fts MATCH :looked_for)"
        ).bindparams(looked_for=" AND ".join(f'"{each}"*' for each in beginnings))
    return select(case_words.c.case).where(fits)


async def keep_words(connection: AsyncConnection, case: Case, timeline: Sequence[Entry]) -> None:
    """Let a case be found by what its timeline says now, and by nothing that it said before."""
    unit = await connection.scalar(select(units.c.name).where(units.c.key == case.unit))
    names = await connection.scalars(
        select(attachments.c.name)
        .where(attachments.c.case == case.id)
        .order_by(attachments.c.made_at, attachments.c.id)
    )
    words = to_be_found(case, timeline, unit=unit or "", files=names.all())
    of_it = case_words.c.case == case.id
    if not words:
        await connection.execute(delete(case_words).where(of_it))
        return
    changed = await connection.execute(update(case_words).where(of_it).values(words=words))
    if not changed.rowcount:
        await connection.execute(insert(case_words), {"case": case.id, "words": words})


async def wipe_words(connection: AsyncConnection) -> None:
    """Write the index anew where words that are deleted would stand in it still: FTS5 only marks
    them as gone until it merges what it has.
    """
    if connection.dialect.name == "sqlite":
        await connection.execute(text("INSERT INTO case_fts(case_fts) VALUES ('optimize')"))
