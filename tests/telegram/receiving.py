"""The methods of the Bot API by which the bot gets its updates: polling or a webhook."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.telegram.hosting import Background
from tests.telegram.refusal import conflict
from tests.telegram.updates import JSON
from tests.telegram.webhook import Reply, Webhook, WebhookSender
from tests.telegram.world import World, unix

if TYPE_CHECKING:
    from aiogram.methods import DeleteWebhook, GetUpdates, SetWebhook

_MAX_CONNECTIONS = 40


class Receiving:
    def __init__(self, world: World, *, background: Background, reply: Reply) -> None:
        self._world = world
        self._background = background
        self._reply = reply
        self._hook: Webhook | None = None
        self._sending: asyncio.Task[None] | None = None

    def methods(self) -> Mapping[str, Any]:
        """Handlers by lower-case name of the method."""
        return {
            "getupdates": self.get_updates,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.get_webhook_info,
        }

    async def get_updates(self, call: "GetUpdates") -> list[JSON]:
        if self._hook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        self._world.updates.allow(call.allowed_updates)
        return await self._world.updates.poll(
            offset=call.offset or 0, limit=call.limit or 100, wait=call.timeout or 0
        )

    async def set_webhook(self, call: "SetWebhook") -> bool:
        hook = None
        if call.url:
            hook = Webhook(
                url=call.url,
                secret=call.secret_token,
                max_connections=call.max_connections or _MAX_CONNECTIONS,
            )
        self._world.updates.allow(call.allowed_updates)
        await self._replace(hook, drop=bool(call.drop_pending_updates))
        return True

    async def delete_webhook(self, call: "DeleteWebhook") -> bool:
        await self._replace(None, drop=bool(call.drop_pending_updates))
        return True

    async def _replace(self, hook: Webhook | None, *, drop: bool) -> None:
        if drop:
            await self._world.updates.drop_all()
        if self._sending is not None:
            await self._background.stop(self._sending)
            self._sending = None
        self._hook = hook
        if hook is not None:
            await self._world.updates.interrupt("setWebhook request")
            sender = WebhookSender(
                hook, queue=self._world.updates, clock=self._world.clock, reply=self._reply
            )
            self._sending = self._background.start(sender.run())

    async def get_webhook_info(self, _call: object) -> JSON:
        hook = self._hook
        info: JSON = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._world.updates.pending()),
        }
        if self._world.updates.allowed:
            info["allowed_updates"] = self._world.updates.allowed
        if hook is not None:
            info["max_connections"] = hook.max_connections
            if hook.last_error_at is not None:
                info["last_error_date"] = unix(hook.last_error_at)
                info["last_error_message"] = hook.last_error
        return info
