"""Files that people sent, as a bot gets them: it asks for the way, then fetches.

Source: https://core.telegram.org/bots/api#getfile: 20 MB at most, and a way that is good for at
least one hour; here for no longer.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.telegram.refusal import bad_request
from tests.telegram.updates import JSON
from tests.telegram.world import World

if TYPE_CHECKING:
    from aiogram.methods import GetFile

MOST_BYTES = 20 * 1024 * 1024
PATH_KEPT = timedelta(hours=1)


class Downloads:
    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> Mapping[str, Any]:
        """Handlers by lower-case name of the method."""
        return {"getfile": self.get_file}

    async def get_file(self, call: "GetFile") -> JSON:
        stored = self._world.files.get(call.file_id)
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if stored.size > MOST_BYTES:
            raise bad_request("file is too big")
        stored.path = f"files/{stored.file_id}{'.' if stored.ending else ''}{stored.ending}"
        stored.path_ends = self._world.clock.now() + PATH_KEPT
        return {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": stored.size,
            "file_path": stored.path,
        }

    def read(self, path: str) -> bytes | None:
        """The bytes, where the bot was told this way within the hour."""
        for stored in self._world.files.values():
            if stored.path == path and stored.path_ends is not None:
                return stored.content if self._world.clock.now() < stored.path_ends else None
        return None
