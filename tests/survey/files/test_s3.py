"""What only a bucket does: it is far away, refuses keys, and may hold what is not ours."""

import boto3
import pytest

from survey.errors import Busy
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
