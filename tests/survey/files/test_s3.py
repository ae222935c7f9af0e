"""What only a bucket does: it is far away, refuses keys, and may hold what is not ours."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from pydantic import SecretStr

from survey.errors import Busy
from tests.support.application import running
from tests.support.pictures import photo
from tests.survey.files.conftest import KEY, s3_files

DIGEST = "d" * 64


async def test_a_storage_that_cannot_be_reached_is_told_as_busy() -> None:
    files = s3_files("http://127.0.0.1:1", "files")

    for asked in (files.put(DIGEST, b"a"), files.get(DIGEST), files.remove(DIGEST)):
        with pytest.raises(Busy) as busy:
            await asked
        assert "127.0.0.1" not in str(busy.value)
    with pytest.raises(Busy):
        [each async for each in files.all()]


async def test_a_bucket_that_is_not_there_keeps_nothing(s3_address: str) -> None:
    with pytest.raises(Busy):
        await s3_files(s3_address, "no-such-bucket").put(DIGEST, b"a")


async def test_what_is_not_ours_is_left_out_of_what_is_swept(s3_address: str, bucket: str) -> None:
    client = boto3.client("s3", endpoint_url=s3_address, region_name="eu-west-2", **KEY)
    client.put_object(Bucket=bucket, Key="notes.txt", Body=b"a")
    client.close()

    assert [each async for each in s3_files(s3_address, bucket).all()] == []


async def test_the_program_keeps_files_where_its_settings_say(
    s3_address: str, bucket: str, database_url: str, tmp_path: Path
) -> None:
    async with running(
        database_url,
        tmp_path,
        s3_bucket=bucket,
        s3_endpoint=s3_address,
        s3_region="eu-west-2",
        s3_access_key_id=KEY["aws_access_key_id"],
        s3_secret_access_key=SecretStr(KEY["aws_secret_access_key"]),
    ) as here:
        kept = await here.core.attachments.keep("a.jpg", photo(), conversation=uuid4())
        await here.core.files.put(DIGEST, b"nobody's")
        assert (await here.core.attachments.read(kept)).name == "a.jpg"
        here.clock.advance(timedelta(days=10_000))
        assert await here.core.attachments.sweep() == 1
        assert (await here.core.file_copies.check()).named == 1

    there = [each.digest async for each in s3_files(s3_address, bucket).all()]
    assert there == [kept.digest]
    assert not (tmp_path / "files").exists()
