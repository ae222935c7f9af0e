"""Files are kept by what they are, fetched from Telegram, and swept when nobody names them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from survey.domain import reporter_acts as acts
from survey.domain.campaign import ChannelName
from survey.domain.case_records import Attachment, Coming
from survey.domain.cases import EntryKind, Side
from survey.domain.file_kinds import (
    MOST_BYTES,
    MOST_OF_A_CASE,
    MOST_UNSENT,
    MOST_UNSENT_BYTES,
    FileKind,
    Inspected,
    Refusal,
)
from survey.domain.retention import DRAFT_DAYS
from survey.errors import Busy, FileRefused, NotFound
from survey.services import attachments as service
from survey.services.attachments import (
    AT_ONCE,
    BY_MAIL,
    BYTES_OF_A_DAY,
    BYTES_OF_AN_ADDRESS,
    FILES_OF_A_DAY,
    FILES_OF_AN_ADDRESS,
    REST,
    TRIED_FOR,
)
from survey.services.reporters import Reporter
from survey.services.tries import Limit
from tests.hostile.making import docx, pdf, xlsx
from tests.support.application import Running
from tests.support.cases import a_case, an_entry
from tests.support.pictures import photo
from tests.support.telling import Heard, a_teller, live


async def test_a_photo_is_kept_drawn_anew_and_given_out_to_be_shown(here: Running) -> None:
    conversation = uuid4()
    kept = await here.core.attachments.keep("desk.JPG", photo(), conversation=conversation)

    served = await here.core.attachments.read(kept.id)
    assert (served.name, served.media_type, served.inline) == ("desk.jpg", "image/jpeg", True)
    assert served.content != photo()
    assert kept.size == len(served.content)
    async with here.core.begin.read() as work:
        assert await work.attachments.of_conversation(conversation) == [kept]


async def test_what_is_refused_leaves_neither_row_nor_bytes(here: Running) -> None:
    conversation = uuid4()
    with pytest.raises(FileRefused) as refused:
        await here.core.attachments.keep("a.bin", b"\x00\x01", conversation=conversation)

    assert refused.value.reason == Refusal.KIND
    assert [each async for each in here.core.files.all()] == []
    async with here.core.begin.read() as work:
        assert await work.attachments.of_conversation(conversation) == []


async def to_fetch(here: Running) -> tuple[int, timedelta]:
    """How many files are watched for, and for how long the oldest has been on its way."""
    health = await here.core.watch.look()
    assert health is not None
    return health.vitals.files_to_fetch, health.files_waited


async def test_a_file_at_telegram_is_fetched_once_and_can_be_read_from_then_on(
    here: Running,
) -> None:
    conversation, asked = uuid4(), list[str]()

    async def get(source: str) -> bytes:
        asked.append(source)
        return photo()

    async with here.core.begin() as work:
        [expected], _ = await here.core.attachments.expect(
            work, [Coming("", 0, "AgAC")], conversation=conversation
        )
        await work.commit()
    with pytest.raises(NotFound):
        await here.core.attachments.read(expected.id)
    here.clock.advance(timedelta(minutes=20))
    assert await to_fetch(here) == (1, timedelta(minutes=20))

    assert not await here.core.attachments.fetch(get)
    assert not await here.core.attachments.fetch(get)

    assert asked == ["AgAC"]
    assert await to_fetch(here) == (0, timedelta())
    served = await here.core.attachments.read(expected.id)
    assert (served.name, served.media_type) == ("photo.jpg", FileKind.JPEG)


async def test_bytes_that_no_row_names_are_swept_after_a_while(here: Running) -> None:
    kept = await here.core.attachments.keep("desk.jpg", photo(), conversation=uuid4())
    await here.core.files.put("0" * 64, b"nobody's")
    assert await here.core.attachments.sweep() == 0

    here.clock.advance(timedelta(days=10_000))
    assert await here.core.attachments.sweep() == 1

    assert [each.digest async for each in here.core.files.all()] == [kept.digest]


@pytest.mark.parametrize("make", [("a.docx", docx), ("a.xlsx", xlsx)], ids=["docx", "xlsx"])
async def test_a_document_is_kept_with_its_long_media_type_and_only_saved(
    here: Running, make: tuple[str, Callable[[], bytes]]
) -> None:
    name, content = make[0], make[1]()
    kept = await here.core.attachments.keep(name, content, conversation=uuid4())

    served = await here.core.attachments.read(kept.id)
    assert (served.name, served.content, served.inline) == (name, content, False)
    assert served.media_type in (FileKind.DOCX, FileKind.XLSX)


async def test_the_same_bytes_are_there_once_and_stay_while_any_row_names_them(
    here: Running,
) -> None:
    first, second = [
        await here.core.attachments.keep("a.pdf", pdf(), conversation=uuid4()) for _ in range(2)
    ]
    assert first.digest == second.digest
    async with here.core.begin() as work:
        await work.attachments.remove(first.id)
        await work.commit()
    here.clock.advance(timedelta(days=10_000))

    assert await here.core.attachments.sweep() == 0
    assert (await here.core.attachments.read(second)).content == pdf()


async def test_a_copy_that_is_held_sweeps_nothing(here: Running) -> None:
    """Its original may be at work beside it, with files that the copy knows nothing of."""
    await here.core.files.put("0" * 64, b"of the original")
    here.clock.advance(timedelta(days=10_000))
    async with here.core.begin() as work:
        await work.installation.hold(at=here.clock.now())
        await work.commit()

    assert await here.core.attachments.sweep() == 0
    assert len([each async for each in here.core.files.all()]) == 1


@pytest.mark.parametrize(
    ("sent", "most", "why"),
    [(False, MOST_UNSENT, Refusal.UNSENT), (True, MOST_OF_A_CASE, Refusal.TOO_MANY)],
)
async def test_a_report_has_so_many_files_and_no_more(
    sent: bool, most: int, why: Refusal, here: Running
) -> None:
    case, conversation = ((await a_case(here)).id, None) if sent else (None, uuid4())
    async with here.core.begin() as work:
        coming = [Coming("", 0, str(number)) for number in range(most + 1)]
        kept, [over] = await here.core.attachments.expect(
            work, coming, case=case, conversation=conversation
        )
        await work.commit()
    assert (len(kept), over.reason) == (most, why)
    with pytest.raises(FileRefused) as refused:
        await here.core.attachments.keep("a.jpg", photo(), case=case, conversation=conversation)
    assert refused.value.reason == why


async def test_the_files_of_a_report_that_is_not_sent_are_so_large_together_and_no_larger(
    here: Running,
) -> None:
    conversation = uuid4()
    async with here.core.begin() as work:
        coming = [
            Coming("", MOST_BYTES, str(number)) for number in range(MOST_UNSENT_BYTES // MOST_BYTES)
        ]
        await here.core.attachments.expect(work, coming, conversation=conversation)
        await work.commit()
    with pytest.raises(FileRefused) as refused:
        await here.core.attachments.keep("a.jpg", photo(), conversation=conversation)
    assert refused.value.reason == Refusal.UNSENT


async def begun(here: Running, owner: str) -> UUID:
    return (await here.core.reports.begin(owner)).conversation


@pytest.mark.parametrize(
    "limit", [replace(FILES_OF_A_DAY, most=3), replace(BYTES_OF_A_DAY, most=3)]
)
async def test_a_sender_has_so_many_files_a_day_whatever_becomes_of_them(
    limit: Limit, here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that were refused, taken out, or of reports that were thrown away."""
    name = "FILES_OF_A_DAY" if limit.scope == FILES_OF_A_DAY.scope else "BYTES_OF_A_DAY"
    monkeypatch.setattr(service, name, limit)
    files, eve = here.core.attachments, "web:eve"
    first = await begun(here, eve)
    kept = await files.keep("a.txt", b"May", conversation=first)
    await here.core.reports.drop(first, kept.id, owner=eve)
    with pytest.raises(FileRefused):
        await files.keep("a.exe", b"MZ", conversation=first)
    await here.core.conversations.forget(eve)
    again = await begun(here, eve)
    await files.keep("a.txt", b"May", conversation=again)

    with pytest.raises(FileRefused) as refused:
        await files.keep("b.txt", b"June", conversation=again)
    assert refused.value.reason == Refusal.TODAY
    async with here.core.begin() as work:
        _, [over] = await files.expect(work, [Coming("", 1, "1")], conversation=again, owner=eve)
    assert over.reason == Refusal.TODAY
    await files.keep("b.txt", b"June", conversation=await begun(here, "web:ann"))
    here.clock.advance(timedelta(days=1, seconds=1))
    await files.keep("b.txt", b"June", conversation=again)


async def test_large_files_use_up_a_day_sooner(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BYTES_OF_A_DAY", replace(BYTES_OF_A_DAY, most=45))
    conversation = uuid4()
    async with here.core.begin() as work:
        coming = [Coming("", MOST_BYTES, "a"), Coming("", MOST_BYTES, "b")]
        coming.append(Coming("", 4_000_000, "c"))
        kept, [over] = await here.core.attachments.expect(
            work, coming, conversation=conversation, owner="telegram:7:9"
        )
    assert (len(kept), over.reason) == (2, Refusal.TODAY)


@pytest.mark.parametrize(
    ("name", "limit"),
    [("FILES_OF_AN_ADDRESS", FILES_OF_AN_ADDRESS), ("BYTES_OF_AN_ADDRESS", BYTES_OF_AN_ADDRESS)],
)
async def test_an_address_has_so_many_files_a_day_however_many_cookies_it_has(
    name: str, limit: Limit, here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For reports that were sent and for others, together; letters have no address."""
    monkeypatch.setattr(service, name, replace(limit, most=3))
    files, case = here.core.attachments, (await a_case(here)).id
    for cookie in ("web:eve", "web:eve's other"):
        there = await begun(here, cookie)
        await files.keep("a.txt", b"May", conversation=there, sender="1.1.1.1")
    await files.keep("a.txt", b"May", case=case, sender="1.1.1.1")

    for place in ({"case": case}, {"conversation": await begun(here, "web:eve's third")}):
        with pytest.raises(FileRefused) as refused:
            await files.keep("b.txt", b"June", sender="1.1.1.1", **place)
        assert refused.value.reason == Refusal.TODAY
    await files.keep("b.txt", b"June", case=case, sender="2.2.2.2")
    await files.keep("b.txt", b"June", case=case)
    for _ in range(4):
        await files.keep("c.txt", b"July", conversation=uuid4(), sender=BY_MAIL)
    here.clock.advance(timedelta(days=1, seconds=1))
    await files.keep("b.txt", b"June", case=case, sender="1.1.1.1")


async def test_files_for_reports_that_were_sent_count_for_the_day_of_a_chat(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FILES_OF_A_DAY", replace(FILES_OF_A_DAY, most=2))
    chat = "telegram:7:1"
    cases, who = [await a_case(here, chat=chat) for _ in range(3)], Reporter(chat=chat)

    said = [
        await here.core.own_cases.send(each.id, "Here", [Coming("", 1, "a")], who=who)
        for each in cases
    ]

    refused = [[why.reason for why in each.refused] for each in said]
    assert refused == [[], [], [Refusal.TODAY]]


async def test_files_of_one_sender_are_told_apart_for_the_inspection_from_those_of_others(
    here: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    senders = list[str]()

    class Noting:
        async def inspect(self, name: str, content: bytes, *, sender: str) -> Inspected:
            senders.append(sender)
            return Inspected(name, FileKind.TEXT, content)

    monkeypatch.setattr(here.core.attachments, "_inspection", Noting())
    conversation, case = uuid4(), (await a_case(here)).id
    await here.core.attachments.keep("a.txt", b"a", conversation=conversation, sender="1.2.3.4")
    await here.core.attachments.keep("a.txt", b"a", conversation=conversation)
    await here.core.attachments.keep("a.txt", b"a", case=case)
    assert senders == ["1.2.3.4", str(conversation), str(case)]


async def test_what_telegram_says_is_too_large_is_not_even_fetched(here: Running) -> None:
    """B14: a document of 50 MB."""
    async with here.core.begin() as work:
        kept, [refused] = await here.core.attachments.expect(
            work, [Coming("a.pdf", 50_000_000, "a")], conversation=uuid4()
        )
    assert (kept, refused.reason) == ((), Refusal.TOO_LARGE)


@pytest.mark.parametrize(
    ("comes", "why"),
    [
        (b"MZ of a virus", Refusal.PROGRAM),
        (FileRefused(Refusal.TOO_LARGE, ""), Refusal.TOO_LARGE),
        (NotFound("file"), Refusal.LOST),
    ],
    ids=["a program", "larger than said", "gone"],
)
async def test_what_cannot_be_kept_of_telegram_is_settled_with_its_reason(
    here: Running, comes: bytes | Exception, why: Refusal
) -> None:
    expected = await expect(here, "a.txt")

    await here.core.attachments.fetch(giving({"a.txt": comes}))

    async with here.core.begin.read() as work:
        settled = await work.attachments.get(expected.id)
        assert await work.attachments.to_fetch(limit=5) == []
    assert settled is not None
    assert (settled.refused, settled.digest) == (why, None)
    with pytest.raises(NotFound):
        await here.core.attachments.read(expected.id)


async def test_whoever_sent_a_file_that_is_refused_after_it_was_fetched_is_told_once(
    here: Running,
) -> None:
    case = await a_case(here, chat="telegram:7:1")
    who = Reporter(chat="telegram:7:1")
    await here.core.own_cases.send(case.id, "Here", [Coming("list.txt", 0, "list")], who=who)
    before = await here.core.own_cases.get(case.id, who)
    get = giving({"list": b"MZ of a virus"})

    # Two processes that fetch the same.
    await asyncio.gather(*(here.core.attachments.fetch(get) for _ in range(2)))

    after = await here.core.own_cases.get(case.id, who)
    *_, entry = after.timeline
    assert len(after.timeline) == len(before.timeline) + 1
    assert (entry.kind, entry.side, entry.actor) == (EntryKind.UNKEPT, Side.SERVICE, "service")
    [file] = after.files
    assert entry.data == {"name": "list.txt", "reason": Refusal.PROGRAM, "file": str(file.id)}
    assert after.case.state is before.case.state
    chat = Heard(ChannelName.CHAT)
    await live(a_teller(here.core, chat, clock=here.clock))
    assert chat.said == [["We could not keep list.txt. We cannot take programs."]]


async def test_a_file_of_a_report_that_was_not_sent_adds_nothing_anywhere(here: Running) -> None:
    expected = await expect(here, "a.txt")

    await here.core.attachments.fetch(giving({"a.txt": b"MZ of a virus"}))

    async with here.core.begin.read() as work:
        settled = await work.attachments.get(expected.id)
    assert settled is not None
    assert (settled.refused, settled.case) == (Refusal.PROGRAM, None)


async def test_a_file_that_cannot_be_had_now_is_asked_for_again_for_a_day(here: Running) -> None:
    expected, other = await expect(here, "a.txt"), await expect(here, "b.txt")
    get = giving({"a.txt": Busy("Telegram"), "b.txt": b"May payslip"})

    assert not await here.core.attachments.fetch(get)
    assert (await here.core.attachments.read(other.id)).content == b"May payslip"
    here.clock.advance(TRIED_FOR)
    await here.core.attachments.fetch(get)

    async with here.core.begin.read() as work:
        given_up = await work.attachments.get(expected.id)
    assert given_up is not None
    assert given_up.refused == Refusal.LOST


async def test_files_that_cannot_be_had_hold_up_no_others(here: Running) -> None:
    asked = list[str]()

    async def get(source: str) -> bytes:
        asked.append(source)
        if source.startswith("late"):
            raise Busy("Telegram")
        return b"May payslip"

    for number in range(AT_ONCE):
        await expect(here, f"late{number}.txt")
    last = await expect(here, "b.txt")

    assert await here.core.attachments.fetch(get)
    assert not await here.core.attachments.fetch(get)
    assert (await here.core.attachments.read(last.id)).content == b"May payslip"
    await here.core.attachments.fetch(get)
    assert len(asked) == AT_ONCE + 1
    here.clock.advance(REST)
    await here.core.attachments.fetch(get)
    assert len(asked) == 2 * AT_ONCE + 1


async def test_a_file_that_is_there_is_not_lost_by_a_process_that_could_not_have_it(
    here: Running,
) -> None:
    file = await expect(here, "a.txt")
    await here.core.attachments.fetch(giving({"a.txt": b"May payslip"}))
    async with here.core.begin() as work:
        await work.attachments.settle(replace(file, refused=Refusal.LOST))
        await work.commit()

    assert (await here.core.attachments.read(file.id)).content == b"May payslip"


async def test_a_file_that_an_entry_names_is_not_forgotten_with_those_that_none_does(
    here: Running,
) -> None:
    """A commit may have held although nobody heard so."""
    kept = await here.core.attachments.keep("a.pdf", pdf(), conversation=uuid4())
    case = await a_case(here)
    await an_entry(here, case, acts.message("Here", (kept.id,)))
    async with here.core.begin() as work:
        await work.attachments.remove(kept.id)
        await work.commit()

    assert (await here.core.attachments.read(kept.id)).content == pdf()


async def test_many_files_are_fetched_in_rounds_and_none_twice(here: Running) -> None:
    asked = list[str]()

    async def get(source: str) -> bytes:
        asked.append(source)
        return b"May payslip"

    for number in range(AT_ONCE + 1):
        await expect(here, f"{number}.txt")

    assert await here.core.attachments.fetch(get)
    assert not await here.core.attachments.fetch(get)
    assert sorted(asked) == sorted(f"{number}.txt" for number in range(AT_ONCE + 1))


async def test_files_of_a_report_that_was_never_sent_go_after_30_days_with_their_bytes(
    here: Running,
) -> None:
    here.clock.time = datetime.now(UTC)
    unsent = await here.core.attachments.keep("a.jpg", photo(), conversation=uuid4())
    case = await a_case(here)
    sent = await here.core.attachments.keep("a.pdf", pdf(), case=case.id)
    await an_entry(here, case, acts.message("See the list", (sent.id,)))

    here.clock.advance(timedelta(days=DRAFT_DAYS, hours=25))
    await here.core.retention.forget_due()
    assert await here.core.attachments.sweep() == 1

    with pytest.raises(NotFound):
        await here.core.attachments.read(unsent)
    assert (await here.core.attachments.read(sent)).content == pdf()


async def expect(here: Running, name: str) -> Attachment:
    async with here.core.begin() as work:
        [expected], _ = await here.core.attachments.expect(
            work, [Coming(name, 0, name)], conversation=uuid4()
        )
        await work.commit()
    return expected


def giving(by_source: Mapping[str, bytes | Exception]) -> Callable[[str], Awaitable[bytes]]:
    async def get(source: str) -> bytes:
        given = by_source[source]
        if isinstance(given, Exception):
            raise given
        return given

    return get
