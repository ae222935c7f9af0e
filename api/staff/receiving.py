"""Files that staff send: a form of several parts, streamed to a temporary file.

Most of a large file waits on the disk, never in memory. A body over the limit is read to its end
and kept nowhere: a browser shows the answer only when it could send everything.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.staff.shell import Desk
from api.web.forms import FormTooLong, UnreadableForm

MULTIPART: Final = "multipart/form-data"

FILE_LIMIT: Final = 50 * 1024 * 1024
"""Bytes of a file that staff send: a million people with a few columns each."""

DRAINED: Final = 4 * FILE_LIMIT
"""Bytes of a body that are read at all: the `max_body_size` of a route that takes files."""

_OTHER_FIELDS: Final = 16 * 1024
"""Bytes of everything beside the file."""

_MOST_FIELDS: Final = 10

_LONGEST_NAME: Final = 255
"""Characters of a file's name, as file systems have them."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as sent: `name` is what the sender's computer calls it, without its folders and
    signs that cannot be shown."""

    name: str
    size: int
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form of several parts holds; `file` is None where none was chosen."""

    fields: FormData
    file: SentFile | None


@asynccontextmanager
async def received(desk: Desk, *, limit: int = FILE_LIMIT) -> AsyncIterator[Sent]:
    """The posted form with its file, which is gone when the block is left.

    Raises:
        UnreadableForm: another content type, or broken parts.
        FormTooLong: the file is over `limit` bytes.
        ForeignForm: it does not come from a page that we gave them.
    """
    request = desk.request
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != MULTIPART:
        raise UnreadableForm("content type")
    parser = MultiPartParser(
        request.headers,
        _within(request.stream(), limit + _OTHER_FIELDS),
        max_files=1,
        max_fields=_MOST_FIELDS,
        max_part_size=_OTHER_FIELDS,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise UnreadableForm("parts") from error
    try:
        token = form.get("csrf")
        desk.require_ours(token if isinstance(token, str) else "")
        yield Sent(form, _file_of(form, limit))
    finally:
        await form.close()


async def _within(body: AsyncGenerator[bytes, None], limit: int) -> AsyncGenerator[bytes, None]:
    """The body, as long as it keeps to the limit. Raises: FormTooLong, at its end."""
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size <= limit:
            yield chunk
    if size > limit:
        raise FormTooLong("body")


def _file_of(form: FormData, limit: int) -> SentFile | None:
    """Raises: FormTooLong."""
    file = next((each for each in form.values() if isinstance(each, UploadFile)), None)
    if file is None or not file.size:
        return None
    if file.size > limit:
        raise FormTooLong("file")
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in name if sign.isprintable())
    return SentFile(shown[:_LONGEST_NAME], file.size, file.file)
