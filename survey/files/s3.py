"""Bytes by their digest in a bucket of S3, or of a storage that speaks as S3 does."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from survey.errors import Busy, NotFound
from survey.ports.files import Stored

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_AT_ONCE: Final = 1000
_CONNECT: Final = timedelta(seconds=5)
_WHOLE: Final = timedelta(seconds=30)
_TRIES: Final = 3


class S3Files:
    """Implements `survey.ports.files.Files`; the bucket is there already, and ours alone."""

    def __init__(
        self,
        bucket: str,
        *,
        endpoint: str = "",
        region: str = "",
        access_key_id: str = "",
        secret_access_key: str = "",
    ) -> None:
        """`endpoint` is empty for Amazon's own; without a key that of the machine is asked for."""
        given = {
            "endpoint": endpoint,
            "region": region,
            "access_key_id": access_key_id,
            "secret_access_key": secret_access_key,
        }
        self._store = S3Store(
            bucket,
            config={name: value for name, value in given.items() if value},  # type: ignore[arg-type]  # each is a key of S3Config
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": _CONNECT,
                "timeout": _WHOLE,
            },
            retry_config={"max_retries": _TRIES - 1, "retry_timeout": _WHOLE},
        )

    async def put(self, digest: str, content: bytes) -> None:
        with _told():
            await obstore.put_async(self._store, _named(digest), content)

    async def get(self, digest: str) -> bytes:
        name = _named(digest)
        with _told():
            try:
                found = await obstore.get_async(self._store, name)
            except FileNotFoundError:
                raise NotFound("file") from None
            return bytes(await found.bytes_async())

    async def remove(self, digest: str, *, before: datetime | None = None) -> None:
        name = _named(digest)
        with _told(), suppress(FileNotFoundError):
            there = await obstore.head_async(self._store, name)
            if before is None or there["last_modified"] < before:
                await obstore.delete_async(self._store, name)

    async def all(self) -> AsyncIterator[Stored]:
        listed = obstore.list(self._store, chunk_size=_AT_ONCE)
        while True:
            with _told():
                some = await anext(listed, None)
            if some is None:
                return
            for each in some:
                if _DIGEST.fullmatch(each["path"]):
                    yield Stored(each["path"], each["last_modified"])


def _named(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise NotFound("file")
    return digest


@contextmanager
def _told() -> Iterator[None]:
    """What went wrong there; a bucket that is not there is a fault as any other. Raises: Busy."""
    try:
        yield
    except (BaseError, OSError) as error:
        # The text may hold addresses and answers of the storage: its kind is enough.
        raise Busy(f"files: {type(error).__name__}") from None
