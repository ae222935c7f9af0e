"""Every storage of attachments keeps the same promises: whole or not there, by digest alone."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest

from survey.errors import NotFound
from survey.ports.files import Files

CONTENT = b"May payslip"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ONE_HOUR = timedelta(hours=1)


async def everything(files: Files) -> list[str]:
    return sorted([each.digest async for each in files.all()])


async def test_what_is_kept_is_found_once_and_gone_when_it_is_removed(files: Files) -> None:
    assert await everything(files) == []
    await asyncio.gather(*(files.put(DIGEST, CONTENT) for _ in range(4)))

    assert await files.get(DIGEST) == CONTENT
    assert await everything(files) == [DIGEST]
    await files.remove(DIGEST)
    await files.remove(DIGEST)
    assert await everything(files) == []
    with pytest.raises(NotFound):
        await files.get(DIGEST)


async def test_what_is_large_or_has_no_bytes_comes_back_whole(files: Files) -> None:
    for content in (os.urandom(6_000_000), b""):
        digest = hashlib.sha256(content).hexdigest()
        await files.put(digest, content)
        assert await files.get(digest) == content


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x" * 64, DIGEST.upper(), f"{DIGEST}/"])
async def test_no_name_but_a_digest_leads_anywhere(files: Files, name: str) -> None:
    with pytest.raises(NotFound):
        await files.get(name)
    with pytest.raises(NotFound):
        await files.put(name, CONTENT)
    with pytest.raises(NotFound):
        await files.remove(name)


async def test_what_was_put_since_a_moment_is_not_removed(files: Files) -> None:
    await files.put(DIGEST, CONTENT)
    now = datetime.now(UTC)

    await files.remove(DIGEST, before=now - ONE_HOUR)
    [there] = [each async for each in files.all()]
    assert abs(there.put_at - now) < ONE_HOUR
    await files.remove(DIGEST, before=now + ONE_HOUR)
    assert await everything(files) == []


async def test_more_than_one_listing_holds_are_all_found(files: Files) -> None:
    digests = sorted(hashlib.sha256(bytes((n % 256, n // 256))).hexdigest() for n in range(1_020))
    for start in range(0, len(digests), 60):
        await asyncio.gather(*(files.put(each, b"a") for each in digests[start : start + 60]))

    assert await everything(files) == digests
