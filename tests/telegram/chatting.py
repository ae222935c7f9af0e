"""The methods of the Bot API that people see: messages, edits, answers to presses."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.telegram.keyboards import Keyboard, checked_keyboard
from tests.telegram.ledger import SENT
from tests.telegram.markup import MAX_TEXT, Entity, Formatted, formatted, utf16_length
from tests.telegram.refusal import bad_request, not_in_the_fake
from tests.telegram.updates import JSON
from tests.telegram.world import Chat, StoredMessage, Toast, World

if TYPE_CHECKING:
    from aiogram.client.default import Default
    from aiogram.methods import (
        AnswerCallbackQuery,
        DeleteMessage,
        EditMessageReplyMarkup,
        EditMessageText,
        SendChatAction,
        SendDocument,
        SendMessage,
        SendPhoto,
    )
    from aiogram.types import MessageEntity

    Sending = SendMessage | SendPhoto | SendDocument

MAX_TOAST = 200
DELETABLE_FOR = timedelta(hours=48)

_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


class Chatting:
    def __init__(self, world: World) -> None:
        self._world = world

    def methods(self) -> Mapping[str, Any]:
        """Handlers by lower-case name of the method."""
        return {
            "sendmessage": self.send_message,
            "editmessagetext": self.edit_message_text,
            "editmessagereplymarkup": self.edit_message_reply_markup,
            "deletemessage": self.delete_message,
            "answercallbackquery": self.answer_callback_query,
            "sendchataction": self.send_chat_action,
        }

    async def send_message(self, call: "SendMessage") -> JSON:
        chat = self._world.reachable(call.chat_id)
        said = text_of(call.text, call.parse_mode, call.entities)
        if utf16_length(said.text) > MAX_TEXT:
            raise bad_request("message is too long")
        keyboard = keyboard_of(call)
        message = self._world.keep(
            chat,
            author=self._world.bot,
            text=said.text,
            entities=said.entities,
            keyboard=keyboard,
            replies_to=check_reply(call, chat),
        )
        await self._show(chat, message, SENT)
        return self._world.message_json(message)

    async def edit_message_text(self, call: "EditMessageText") -> JSON:
        chat, message = self._own(call, "edit")
        if call.text is None:
            raise not_in_the_fake("rich messages")
        said = text_of(call.text, call.parse_mode, call.entities)
        if utf16_length(said.text) > MAX_TEXT:
            raise bad_request("MESSAGE_TOO_LONG")
        return await self._edit(chat, message, said, checked_keyboard(call.reply_markup), call)

    async def edit_message_reply_markup(self, call: "EditMessageReplyMarkup") -> JSON:
        chat, message = self._own(call, "edit")
        said = Formatted(message.text, message.entities)
        return await self._edit(chat, message, said, checked_keyboard(call.reply_markup), call)

    async def _edit(
        self, chat: Chat, message: StoredMessage, said: Formatted, keyboard: Keyboard, call: Any
    ) -> JSON:
        """The keyboard is replaced too: an edit that gives none takes it away."""
        before = (message.text, message.entities, message.keyboard)
        if before == (said.text, said.entities, keyboard):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        message.text, message.entities, message.keyboard = said.text, said.entities, keyboard
        message.edited_at = self._world.clock.now()
        await self._show(chat, message, call.__api_method__)
        return self._world.message_json(message)

    async def delete_message(self, call: "DeleteMessage") -> bool:
        chat = self._world.reachable(call.chat_id)
        message = chat.messages.get(call.message_id)
        if message is None:
            raise bad_request("message to delete not found")
        if self._world.clock.now() - message.date > DELETABLE_FOR:
            raise bad_request("message can't be deleted for everyone")
        del chat.messages[message.message_id]
        self._world.ledger.write(
            at=self._world.clock.now(),
            chat=chat.id,
            method="deleteMessage",
            message_id=message.message_id,
        )
        await chat.announce()
        return True

    async def answer_callback_query(self, call: "AnswerCallbackQuery") -> bool:
        query = self._world.open_query(call.callback_query_id)
        text = call.text or ""
        if utf16_length(text) > MAX_TOAST:
            raise bad_request("MESSAGE_TOO_LONG")
        if call.url:
            raise not_in_the_fake("answers that open an address")
        query.answered = True
        chat = self._world.chats[query.chat]
        chat.spinning.remove(query.query_id)
        chat.toasts.append(Toast(query_id=query.query_id, text=text, alert=bool(call.show_alert)))
        self._world.ledger.write(
            at=self._world.clock.now(), chat=chat.id, method="answerCallbackQuery", text=text
        )
        await chat.announce()
        return True

    async def send_chat_action(self, call: "SendChatAction") -> bool:
        chat = self._world.reachable(call.chat_id)
        if call.action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        self._world.ledger.write(
            at=self._world.clock.now(), chat=chat.id, method="sendChatAction", text=call.action
        )
        return True

    def _own(
        self, call: "EditMessageText | EditMessageReplyMarkup", what: str
    ) -> tuple[Chat, StoredMessage]:
        """The bot's own message that a call names."""
        if call.chat_id is None or call.message_id is None:
            raise bad_request("message identifier is not specified")
        chat = self._world.reachable(call.chat_id)
        message = chat.messages.get(call.message_id)
        if message is None:
            raise bad_request(f"message to {what} not found")
        if not message.by_bot:
            raise bad_request("message can't be edited")
        return chat, message

    async def _show(self, chat: Chat, message: StoredMessage, method: str) -> None:
        self._world.ledger.write(
            at=self._world.clock.now(),
            chat=chat.id,
            method=method,
            message_id=message.message_id,
            text=message.text,
            buttons=message.labels,
        )
        await chat.announce()


def text_of(
    text: str, parse_mode: "str | Default | None", entities: "list[MessageEntity] | None"
) -> Formatted:
    given: tuple[Entity, ...] = tuple(each.model_dump(exclude_none=True) for each in entities or ())
    mode = parse_mode if isinstance(parse_mode, str) else None
    return formatted(text, parse_mode=mode, entities=given)


def check_reply(call: "Sending", chat: Chat) -> int | None:
    """The message that it answers, if that is there."""
    reply = call.reply_parameters
    if reply is None:
        return None
    if reply.message_id in chat.messages:
        return reply.message_id
    # aiogram puts a truthy marker where the bot said nothing.
    if reply.allow_sending_without_reply is not True:
        raise bad_request("message to be replied not found")
    return None


def keyboard_of(call: "Sending") -> Keyboard:
    from aiogram.types import InlineKeyboardMarkup

    markup = call.reply_markup
    if markup is None or isinstance(markup, InlineKeyboardMarkup):
        return checked_keyboard(markup)
    raise not_in_the_fake(f"{type(markup).__name__}; inline keyboards only")
