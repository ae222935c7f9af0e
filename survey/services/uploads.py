"""Files that staff send: kept encrypted for an hour, until somebody has seen what they change."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from survey.errors import NotFound
from survey.ports import Begin, Clock, Ids, Keys
from survey.ports.uploads import Upload

LIFETIME: Final = timedelta(hours=1)

MOST: Final = 5
"""Of one account: each may be as large as all other tables together."""

_PURPOSE: Final = "upload"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file as it was sent."""

    id: UUID
    kind: str
    name: str
    content: bytes

    def open(self) -> BytesIO:
        """The file at its beginning, as imports take it."""
        return BytesIO(self.content)


class Uploads:
    """Each is its account's alone; whoever asks for another's is told that there is none."""

    def __init__(self, begin: Begin, clock: Clock, ids: Ids, keys: Keys, zone: ZoneInfo) -> None:
        self._begin, self._clock, self._ids = begin, clock, ids
        self._keys, self._zone = keys, zone

    async def keep_upload(self, account: UUID, kind: str, name: str, content: bytes) -> UUID:
        """Keep it for an hour and return its id; of one account the latest five are kept.

        `kind` is "people" or "units".
        """
        now = self._clock.now()
        month = now.astimezone(self._zone).date().replace(day=1)
        key, encrypted = self._keys.encrypt(_PURPOSE, month, content)
        upload = Upload(
            id=self._ids.uuid(),
            account=account,
            kind=kind,
            name=name,
            content=encrypted,
            content_key=key,
            expires_at=now + LIFETIME,
        )
        async with self._begin() as work:
            await work.uploads.forget_expired(now=now)
            await work.uploads.forget_older(account, keeping=MOST - 1)
            await work.uploads.add(upload)
            await work.commit()
        return upload.id

    async def upload(self, account: UUID, upload: UUID) -> Uploaded:
        """Raises: NotFound, also for another's and for one that has expired."""
        async with self._begin.read() as work:
            found = await work.uploads.get(upload, account=account, now=self._clock.now())
        if found is None:
            raise NotFound("upload")
        try:
            content = self._keys.decrypt(found.content_key, found.content)
        except KeyError:
            raise NotFound("upload") from None
        return Uploaded(found.id, found.kind, found.name, content)

    async def drop_upload(self, account: UUID, upload: UUID) -> None:
        """Forget it, once it is imported or thrown away; another's stays."""
        async with self._begin() as work:
            if await work.uploads.get(upload, account=account, now=self._clock.now()):
                await work.uploads.remove(upload)
                await work.commit()
