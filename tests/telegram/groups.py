"""Groups and channels: the bot is added, people talk and tap there, the group moves house."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.telegram.people import NoSuchButton, Shown, command_in, shown_of
from tests.telegram.updates import JSON
from tests.telegram.world import GroupChat, Standing, World, unix

if TYPE_CHECKING:
    from tests.telegram.people import Person
_FOREVER: Final[dict[Standing, JSON]] = {
    Standing.KICKED: {"until_date": 0},
    Standing.RESTRICTED: {"until_date": 0},
}


class Group:
    """One chat with any number of people in it, of whom only those who act are known."""

    def __init__(self, world: World, chat: GroupChat) -> None:
        self._world, self._chat = world, chat

    @property
    def id(self) -> int:
        """Negative, as ids of groups are."""
        return self._chat.id

    @property
    def screen(self) -> tuple[Shown, ...]:
        """Messages as everybody in the group sees them, oldest first."""
        return tuple(shown_of(message) for message in self._chat.messages.values())

    async def adds_bot(self, by: "Person", *, administrator: bool = False) -> None:
        """The bot comes in; a group also says so in a message."""
        await self._stands(Standing.ADMINISTRATOR if administrator else Standing.MEMBER, by=by.user)
        if self._chat.kind != "channel":
            await self._service(by.user, {"new_chat_members": [self._world.bot]})

    async def demotes_bot(self, by: "Person") -> None:
        """The bot may read on, and write no more."""
        await self._stands(Standing.RESTRICTED, by=by.user)

    async def removes_bot(self, by: "Person") -> None:
        await self._stands(Standing.KICKED, by=by.user)

    async def upgrades(self, by: "Person") -> "Group":
        """The group becomes a supergroup with another id; the old one takes nothing more."""
        new = self._world.new_group(title=self._chat.title, kind="supergroup")
        new.standing = self._chat.standing
        await self._service(by.user, {"migrate_to_chat_id": new.id})
        self._chat.upgraded_to = new.id
        successor = Group(self._world, new)
        await successor._service(by.user, {"migrate_from_chat_id": self.id})
        return successor

    async def hears(self, by: "Person", text: str) -> Shown:
        """Somebody writes into the group."""
        message = self._world.keep(self._chat, author=by.user, text=text, entities=command_in(text))
        self._did(text)
        await self._world.updates.add("message", self._world.message_json(message), sender=by.id)
        return shown_of(message)

    async def posts(self, text: str) -> Shown:
        """The channel's own post: it has no author."""
        anybody: JSON = {"id": self.id, "is_bot": False, "first_name": self._chat.title}
        message = self._world.keep(self._chat, author=anybody, text=text)
        content = self._world.message_json(message)
        content["sender_chat"] = self._chat.as_json()
        del content["from"]
        self._did(text)
        await self._world.updates.add("channel_post", content, sender=self.id)
        return shown_of(message)

    async def forwards(self, by: "Person", shown: Shown) -> Shown:
        """Somebody shows the group a message of their private chat, its buttons left behind."""
        stored = self._world.chats[shown.chat].messages[shown.message_id]
        origin = {
            "type": "user",
            "date": unix(stored.date),
            "sender_user": stored.author,
        }
        message = self._world.keep(
            self._chat, author=by.user, text=stored.text, content={"forward_origin": origin}
        )
        self._did(stored.text)
        await self._world.updates.add("message", self._world.message_json(message), sender=by.id)
        return shown_of(message)

    async def forge_callback(self, by: "Person", data: str, message: Shown) -> str:
        """A press in the group with any data; the id of the press."""
        stored = self._chat.messages.get(message.message_id)
        if stored is None:
            raise NoSuchButton("that message is not in this group")
        query = self._world.new_query(self._chat)
        self._did(data)
        content = {
            "id": query.query_id,
            "from": by.user,
            "message": self._world.message_json(replace(stored)),
            "chat_instance": str(self.id),
            "data": data,
        }
        await self._world.updates.add("callback_query", content, sender=by.id)
        return query.query_id

    @property
    def spinning(self) -> tuple[str, ...]:
        """Ids of presses that nobody has answered yet."""
        return tuple(self._chat.spinning)

    def _did(self, text: str) -> None:
        now = self._world.clock.now()
        self._world.ledger.note_act(at=now, chat=self.id, kind="group", text=text)

    async def _service(self, by: JSON, content: JSON) -> None:
        message = self._world.keep(self._chat, author=by, content=content)
        await self._world.updates.add(
            "message", self._world.message_json(message), sender=int(by["id"])
        )

    async def _stands(self, standing: Standing, *, by: JSON) -> None:
        before, self._chat.standing = self._chat.standing, standing
        await self._world.updates.add(
            "my_chat_member",
            {
                "chat": self._chat.as_json(),
                "from": by,
                "date": unix(self._world.clock.now()),
                "old_chat_member": self._member(before),
                "new_chat_member": self._member(standing),
            },
            sender=int(by["id"]),
        )

    def _member(self, standing: Standing) -> JSON:
        member: JSON = {"user": self._world.bot, "status": standing.value}
        return _nothing_allowed(standing) | _FOREVER.get(standing, {}) | member


def _nothing_allowed(standing: Standing) -> JSON:
    """All rights that aiogram's type wants to hear of, denied."""
    from aiogram.types import ChatMemberAdministrator, ChatMemberRestricted

    kinds: dict[Standing, type[ChatMemberAdministrator | ChatMemberRestricted]] = {
        Standing.ADMINISTRATOR: ChatMemberAdministrator,
        Standing.RESTRICTED: ChatMemberRestricted,
    }
    if standing not in kinds:
        return {}
    fields = kinds[standing].model_fields.items()
    return {name: False for name, field in fields if field.annotation is bool}
