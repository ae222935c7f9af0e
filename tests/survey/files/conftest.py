"""Storages of both kinds: a folder, and a server on loopback that speaks as S3 does."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from survey.files.disk import DiskFiles
from survey.files.s3 import S3Files
from survey.ports.files import Files

KEY = {"aws_access_key_id": "tellback", "aws_secret_access_key": "kept-in-a-file"}


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_files(address: str, bucket: str) -> S3Files:
    return S3Files(
        bucket,
        endpoint=address,
        region="eu-west-2",
        access_key_id=KEY["aws_access_key_id"],
        secret_access_key=KEY["aws_secret_access_key"],
    )


@pytest.fixture
def bucket(s3_address: str) -> str:
    """A fresh bucket's name."""
    name = f"files-{uuid4()}"
    client = boto3.client("s3", endpoint_url=s3_address, region_name="eu-west-2", **KEY)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    client.close()
    return name


@pytest.fixture(params=["disk", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "disk":
        return DiskFiles(tmp_path / "files")
    return s3_files(request.getfixturevalue("s3_address"), request.getfixturevalue("bucket"))
