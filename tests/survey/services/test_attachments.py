"""Files are kept by what they are, fetched from Telegram, and swept when nobody names them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from survey.domain.file_kinds import FileKind, Refusal
from survey.errors import FileRefused, NotFound
from tests.support.application import Running
from tests.support.pictures import photo


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


async def test_a_file_at_telegram_is_fetched_once_and_can_be_read_from_then_on(
    here: Running,
) -> None:
    conversation, asked = uuid4(), list[str]()

    async def get(source: str) -> bytes:
        asked.append(source)
        return photo()

    async with here.core.begin() as work:
        expected = await here.core.attachments.expect(
            work, name="", size=0, source="AgAC", conversation=conversation
        )
        await work.commit()
    with pytest.raises(NotFound):
        await here.core.attachments.read(expected.id)

    assert not await here.core.attachments.fetch(get)
    assert not await here.core.attachments.fetch(get)

    assert asked == ["AgAC"]
    served = await here.core.attachments.read(expected.id)
    assert (served.name, served.media_type) == ("photo.jpg", FileKind.JPEG)


async def test_bytes_that_no_row_names_are_swept_after_a_while(here: Running) -> None:
    kept = await here.core.attachments.keep("desk.jpg", photo(), conversation=uuid4())
    await here.core.files.put("0" * 64, b"nobody's")
    assert await here.core.attachments.sweep() == 0

    here.clock.advance(timedelta(days=10_000))
    assert await here.core.attachments.sweep() == 1

    assert [each.digest async for each in here.core.files.all()] == [kept.digest]
