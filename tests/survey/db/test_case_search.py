"""Finding problem reports by words, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from survey.domain import case_acts as acts
from survey.domain.case_records import Attachment, CaseQuery, Reach
from survey.domain.cases import Audience, Case
from survey.domain.retention import CASE_DAYS
from survey.domain.rights import Trace
from tests.support.application import Running
from tests.support.cases import a_case, an_entry

HOSTILE = [
    '"', "'", '"pay', "pay*", "pay:*", "(pay", "pay)", "NOT pay", "pay AND NOT run",
    "NEAR(pay run)", "words:pay", "-pay", "^pay", "pay + run", "pay & !run", "pay | ", "<->",
    "pay;--", "'; DROP TABLE cases; --", "%", "_", "\\", "{}", "pay\0roll", "\ud800", "😀", "पे",
    "pay " * 2_500, "x" * 10_000, "(" * 10_000, " ".join(f"w{number}" for number in range(2_000)),
]  # fmt: skip


async def found(here: Running, words: str, **more: object) -> list[Case]:
    query = CaseQuery(words=words, **more)  # type: ignore[arg-type]
    async with here.core.begin.read() as work:
        page = await work.cases.listed(query, now=here.clock.now(), limit=50, after=None)
        number = await work.cases.count(query, now=here.clock.now())
        ids = await work.cases.ids(query, now=here.clock.now(), limit=50)
    assert number == len(page.cases)
    assert {*ids} == {each.id for each in page.cases}
    return [*page.cases]


async def names(here: Running, words: str, **more: object) -> set[str]:
    return {each.reference for each in await found(here, words, **more)}


async def test_every_word_is_a_beginning_and_all_of_them_must_fit(here: Running) -> None:
    pay = await a_case(here, unit="oakfield", text="Fourteen were not paid in March")
    it = await a_case(here, service="it", text="The printer in the office is paid for")
    both = {pay.reference, it.reference}

    assert await names(here, "PAID") == both
    assert await names(here, "the paid") == {it.reference}
    assert await names(here, "fourt marc pai") == {pay.reference}
    assert await names(here, "aid") == set()
    assert await names(here, "paid", reach=(Reach(services=frozenset({"it"})),)) == {it.reference}
    for reference in (pay.reference, pay.reference.lower().replace("-", ""), "oakf"):
        assert await names(here, reference) == {pay.reference}
    assert await names(here, "  ") == both


async def test_what_is_written_later_counts_with_notes_names_of_files_and_accents(
    here: Running,
) -> None:
    case = await a_case(here)
    file = Attachment(uuid4(), "Adroddiad Tŷ.xlsx", "x", 1, here.clock.now(), digest="d" * 64)
    async with here.core.begin() as work:
        await work.attachments.add([file])
        await work.commit()

    await an_entry(here, case, acts.note("Ring the bursar", (file.id,)), acts.reply("Bore da"))

    for words in ("bursar", "adroddiad", "TY", "bore DA ring"):
        assert await names(here, words) == {case.reference}


async def test_one_for_few_is_not_found_by_anybody(here: Running) -> None:
    case = await a_case(here, restricted=True, text="Somebody's file")
    await an_entry(here, case, acts.note("A folder", audience=Audience.STAFF))

    assert await found(here, "folder", restricted=True) == []
    assert await found(here, case.reference, restricted=True) == []


async def test_what_becomes_one_for_few_leaves_the_search_and_comes_back_when_that_is_lifted(
    here: Running,
) -> None:
    case = await an_entry(here, await a_case(here, text="Fourteen"), acts.note("Rowan"))
    few = acts.for_few(case, True, "Sorrel")
    assert few is not None
    case = await an_entry(here, case, few)
    for word in ("fourteen", "rowan", "sorrel", case.reference):
        assert await found(here, word, restricted=True) == []
    assert await indexed(here) == set()

    lifted = acts.for_few(case, False, "Hazel")
    assert lifted is not None
    case = await an_entry(here, case, lifted)
    for word in ("fourteen", "rowan", "sorrel", "hazel", case.reference):
        assert await names(here, word) == {case.reference}


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_whatever_is_typed_is_words(here: Running, words: str) -> None:
    await a_case(here, text="nothing of it")

    assert await found(here, words) == []


async def test_signs_around_a_word_do_not_hide_it(here: Running) -> None:
    case = await a_case(here, text="The payroll run")

    for words in ('"payroll"', "payroll*", "-payroll", "(run) payroll:", "pay\u0301roll"):
        assert await names(here, words) == {case.reference}


async def test_an_erasure_leaves_no_word_of_theirs_to_be_found(here: Running) -> None:
    theirs = await a_case(here, email="ann@oakfield.example", text="Zyxwyn was not paid")
    await a_case(here, text="Others were")

    async with here.core.begin() as work:
        trace = Trace(addresses=frozenset({"ann@oakfield.example"}))
        await work.rights.erase(trace, now=here.clock.now())
        await work.commit()

    assert await found(here, "zyxwyn") == []
    assert await names(here, theirs.reference) == {theirs.reference}
    assert "zyxwyn" not in await indexed(here)


async def test_a_case_that_was_kept_long_enough_leaves_no_word(here: Running) -> None:
    case = await a_case(here, text="Zyxwyn was not paid")
    await an_entry(here, case, acts.declined("not_ours", "No"))
    here.clock.advance(timedelta(days=CASE_DAYS + 1))
    await a_case(here, text="Others were")

    assert (await here.core.retention.forget_due())["cases"] == 1

    assert await found(here, "zyxwyn") == []
    assert "zyxwyn" not in await indexed(here)


async def indexed(here: Running) -> set[str]:
    """All words that stand in the database."""
    async with here.core.database.writing() as connection:
        kept = await connection.scalars(text("SELECT words FROM case_words"))
        words = {word for each in kept for word in each.split()}
        if connection.dialect.name == "sqlite":
            await connection.execute(
                text("CREATE VIRTUAL TABLE temp.seen USING fts5vocab('main', 'case_fts', 'row')")
            )
            words |= {*(await connection.scalars(text("SELECT term FROM temp.seen")))}
            await connection.execute(text("DROP TABLE temp.seen"))
    return words
