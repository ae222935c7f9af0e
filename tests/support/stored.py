"""What was submitted, wherever it lies."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from survey.db.tables import audit
from survey.domain.answers import to_json
from survey.domain.audit import Entry
from survey.domain.questionnaire import Privacy
from tests.support.application import Running


async def audited(here: Running) -> list[Entry]:
    """The whole record, in order."""
    async with here.core.database.reading() as connection:
        rows = await connection.execute(select(audit).order_by(audit.c.number))
        return [Entry(**row._mapping) for row in rows]


async def stored_answers(here: Running, questionnaire: str) -> list[Mapping[str, Any]]:
    """Each submission as {"unit", "language", "answers"}: this month's box, which stays as it is,
    or the responses where answers are attributed."""
    core = here.core
    listed = await core.catalogue.get(questionnaire)
    if listed.published.questionnaire.privacy is Privacy.ATTRIBUTED:
        async with core.begin.read(one_state=True) as work:
            return [
                {
                    "unit": each.unit or None,
                    "language": each.language,
                    "answers": {name: to_json(value) for name, value in each.answers.items()},
                }
                async for each in work.responses.all(questionnaire)
            ]
    async with core.begin.read() as work:
        box = await work.boxes.get(questionnaire, core.clock.now().date().replace(day=1), "")
        if box is None:
            return []
        waiting = await work.boxes.sealed(box.id, await work.boxes.waiting(box.id))
        opened = [json.loads(core.keys.open(box.id, each)) for each in waiting]
    return [{name: each[name] for name in ("unit", "language", "answers")} for each in opened]
