"""Files that staff send, one a form, from a page that we gave them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData

from api.staff.shell import Desk
from api.web.parts import SentFile, read_parts

FILE_LIMIT: Final = 50 * 1024 * 1024
"""Bytes of a file that staff send: a million people with a few columns each."""

DRAINED: Final = 4 * FILE_LIMIT
"""Bytes of a body that are read at all: the `max_body_size` of a route that takes files."""


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
    async with read_parts(desk.request, limit=limit) as parts:
        token = parts.fields.get("csrf")
        desk.require_ours(token if isinstance(token, str) else "")
        yield Sent(parts.fields, parts.files[0] if parts.files else None)
