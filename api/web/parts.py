"""Forms of several parts: texts beside files, streamed to temporary files.

Most of a large file waits on the disk, never in memory. A body over the limit is read to its end
and kept nowhere: a browser shows the answer only when it could send everything.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import BinaryIO, Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from api.limiting import Limits, NoPlace
from api.problems import TooMany
from api.web.forms import BODY_LIMIT, FormTooLong, UnreadableForm

MULTIPART: Final = "multipart/form-data"

FIELDS_LIMIT: Final = 64 * 1024
"""Bytes of everything beside the files: 10,000 characters of four bytes each, and room."""

PATIENCE: Final = 300
"""Seconds in which a body has to come: 60 MB by a slow line of 2 Mbit/s."""

SILENCE: Final = 20
"""Seconds in which something of it has to come."""

LEAST_RATE: Final = 20_000
"""Bytes a second of a body on average, so that nobody keeps a place with hardly anything."""

_AT_FIRST: Final = 10
"""Seconds of waiting after which the rate is asked for: lines begin slowly."""

DRAINING: Final = 30
"""Seconds for which a body that is not kept is read."""

_MOST_FIELDS: Final = 20

_LONGEST_NAME: Final = 255
"""Characters of a file's name, as file systems have them."""


class FilesTooLong(FormTooLong):
    """The files are longer together than the form takes, or took longer to come than anybody waits;
    none was kept.

    `fields` are those that came before them, so that a page can show what was typed.
    """

    def __init__(self, what: str, fields: FormData) -> None:
        super().__init__(what)
        self.fields = fields


class FilesTooMany(FormTooLong):
    """More files than a form is read of; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as sent: `name` is what the sender's computer calls it, without its folders and
    signs that cannot be shown."""

    name: str
    size: int
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Parts:
    """What a form of several parts holds; fields for files in which none was chosen hold none."""

    fields: FormData
    files: tuple[SentFile, ...]


def is_multipart(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == MULTIPART


@asynccontextmanager
async def read_parts_of_anybody(
    request: Request, limits: Limits, *, limit: int, most_files: int
) -> AsyncIterator[Parts]:
    """The same of somebody who has not signed in: it waits for its place, and leaves some for
    others. What is no larger than a form without files needs none: a text is always taken.

    Raises: as `read_parts`; TooMany; NoPlace, whose body is read to its end and kept nowhere.
    """
    async with AsyncExitStack() as stack:
        if not _is_small(request):
            try:
                await stack.enter_async_context(limits.place(request))
            except (NoPlace, TooMany):
                await drain(request)
                raise
        reading = read_parts(request, limit=limit, most_files=most_files)
        yield await stack.enter_async_context(reading)


@asynccontextmanager
async def read_parts(request: Request, *, limit: int, most_files: int = 1) -> AsyncIterator[Parts]:
    """The posted form with its files, which are gone when the block is left.

    Args:
        limit: bytes of all files together.

    Raises:
        UnreadableForm: another content type, or broken parts.
        FilesTooMany: more files than `most_files`.
        FilesTooLong: the files are over the limit, or came too slowly.
    """
    if not is_multipart(request):
        raise UnreadableForm("content type")
    parser = MultiPartParser(
        request.headers,
        _within(request.stream(), limit + FIELDS_LIMIT),
        max_files=most_files,
        max_fields=_MOST_FIELDS,
        max_part_size=FIELDS_LIMIT,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            form = await parser.parse()
    except _TooLong:
        raise FilesTooLong("body", _fields_of(FormData(parser.items))) from None
    except MultiPartException as error:
        await drain(request)
        if error.message.startswith("Too many files"):
            raise FilesTooMany("files") from error
        raise UnreadableForm("parts") from error
    except TimeoutError:
        raise FilesTooLong("body", _fields_of(FormData(parser.items))) from None
    try:
        yield Parts(form, _files_of(form, limit))
    finally:
        await form.close()


class _TooLong(MultiPartException):
    """Said to the parser, which closes then what it has opened."""


def _is_small(request: Request) -> bool:
    """By its length, which the server holds it to where it does not come in pieces."""
    if "transfer-encoding" in request.headers:
        return False
    length = request.headers.get("content-length", "")
    return length.isascii() and length.isdigit() and int(length) <= BODY_LIMIT


async def drain(request: Request) -> None:
    """Read what is left of a body, for a while, and keep nothing of it: a browser shows the answer
    only when it could send everything."""
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(DRAINING):
            async for _ in request.stream():
                pass


async def _within(body: AsyncGenerator[bytes, None], limit: int) -> AsyncGenerator[bytes, None]:
    """The body, as long as it keeps to the limit.

    Only waiting for it counts, not what is done with it here.

    Raises: _TooLong, at its end; TimeoutError, where nothing of it comes for a while, or too
        slowly.
    """
    size, waited = 0, 0.0
    while True:
        since = monotonic()
        async with asyncio.timeout(SILENCE):
            chunk = await anext(body, None)
        waited += monotonic() - since
        if chunk is None:
            break
        size += len(chunk)
        if waited > _AT_FIRST and size < waited * LEAST_RATE:
            raise TimeoutError
        if size <= limit:
            yield chunk
    if size > limit:
        raise _TooLong("body")


def _fields_of(form: FormData) -> FormData:
    return FormData([each for each in form.multi_items() if isinstance(each[1], str)])


def _files_of(form: FormData, limit: int) -> tuple[SentFile, ...]:
    """Raises: FilesTooLong."""
    sent = [each for _, each in form.multi_items() if isinstance(each, UploadFile) and each.size]
    if sum(each.size or 0 for each in sent) > limit:
        raise FilesTooLong("files", _fields_of(form))
    return tuple(SentFile(_named(each), each.size or 0, each.file) for each in sent)


def _named(file: UploadFile) -> str:
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in name if sign.isprintable())[:_LONGEST_NAME]
