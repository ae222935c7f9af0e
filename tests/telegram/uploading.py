"""Files that the bot sends: photos and documents, uploaded as multipart/form-data.

Source: https://core.telegram.org/bots/api#sendphoto (10 MB at most, width and height 10,000
together, neither more than 20 times the other) and #senddocument (50 MB). What Telegram says to
others is what telegram-bot-api passes on; it publishes no list.
"""

import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tests.telegram.chatting import check_reply, keyboard_of, text_of
from tests.telegram.decode import Upload
from tests.telegram.markup import utf16_length
from tests.telegram.refusal import Refusal, bad_request, not_in_the_fake
from tests.telegram.updates import JSON
from tests.telegram.world import World

if TYPE_CHECKING:
    from aiogram.methods import SendDocument, SendPhoto

MAX_CAPTION = 1024
MOST_OF_A_PHOTO = 10 * 1024 * 1024
MOST_OF_A_DOCUMENT = 50 * 1024 * 1024
MOST_EDGES = 10_000
MOST_RATIO = 20


class Uploading:
    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> Mapping[str, Any]:
        """Handlers by lower-case name of the method; each takes the files of the call too."""
        return {"sendphoto": self.send_photo, "senddocument": self.send_document}

    async def send_photo(self, call: "SendPhoto", files: Mapping[str, Upload]) -> JSON:
        file = _one("photo", files, most=MOST_OF_A_PHOTO)
        width, height = _size_of(file.content)
        stored = self._world.upload(file.content, ending="jpg", name=file.name)
        shown = {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "width": width,
            "height": height,
            "file_size": stored.size,
        }
        return await self._keep(call, {"photo": [shown]})

    async def send_document(self, call: "SendDocument", files: Mapping[str, Upload]) -> JSON:
        file = _one("document", files, most=MOST_OF_A_DOCUMENT)
        ending = file.name.rpartition(".")[2] if "." in file.name else ""
        stored = self._world.upload(file.content, ending=ending, name=file.name)
        shown = {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_name": file.name,
            "file_size": stored.size,
        }
        return await self._keep(call, {"document": shown})

    async def _keep(self, call: "SendPhoto | SendDocument", content: JSON) -> JSON:
        chat = self._world.reachable(call.chat_id)
        caption = call.caption or ""
        if caption:
            said = text_of(caption, call.parse_mode, call.caption_entities)
            if utf16_length(said.text) > MAX_CAPTION:
                raise bad_request("message caption is too long")
            content |= {"caption": said.text}
            if said.entities:
                content |= {"caption_entities": [dict(each) for each in said.entities]}
        message = self._world.keep(
            chat,
            author=self._world.bot,
            content=content,
            keyboard=keyboard_of(call),
            replies_to=check_reply(call, chat),
        )
        self._world.ledger.write(
            at=self._world.clock.now(),
            chat=chat.id,
            method=call.__api_method__,
            message_id=message.message_id,
            text=str(content.get("caption", "")),
            buttons=message.labels,
        )
        await chat.announce()
        return self._world.message_json(message)


def _one(field: str, files: Mapping[str, Upload], *, most: int) -> Upload:
    """The file of a call.

    Raises:
        Refusal: 400 for an empty one, 413 for one that is too large, 501 for one that is not
            uploaded.
    """
    if field not in files:
        raise not_in_the_fake(f"a {field} that is not uploaded")
    if set(files) != {field}:
        raise not_in_the_fake("thumbnails")
    file = files[field]
    if not file.content:
        raise bad_request("file must be non-empty")
    if len(file.content) > most:
        raise Refusal(413, "Request Entity Too Large")
    return file


def _size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a photo that Telegram takes.

    Raises:
        Refusal: 400.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings(action="error"), Image.open(BytesIO(content)) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, Warning):
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    if width + height > MOST_EDGES or max(width, height) > MOST_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height
