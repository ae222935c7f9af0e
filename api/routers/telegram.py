"""Where Telegram sends updates in webhook mode: stored, then acknowledged, and nothing else.

| What comes                                        | answer | what is done                     |
|---------------------------------------------------|--------|----------------------------------|
| no secret, two, or another one                    | 401    | nothing; the body is not read    |
| over a megabyte                                   | 413    | nothing                          |
| what is no update, or can be read in two ways     | 200    | stored and parked                |
| an update, of whatever kind                       | 200    | stored; known ones change nothing |
| an update, while the database does not answer     | 503    | nothing; Telegram sends it again |
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import Access, Caller, Rule
from bot.mailbox import Mailbox
from survey.errors import NotFound

router = APIRouter(include_in_schema=False)

Telegram = Annotated[Caller, Depends(Access(Rule.TELEGRAM))]


@router.post("/telegram/webhook")
async def webhook(request: Request, _: Telegram) -> Response:
    """One update. Raises: Busy."""
    mailbox: Mailbox | None = request.app.state.mailbox
    if mailbox is None:
        raise NotFound("webhook")
    await mailbox.keep_raw(await request.body())
    return Response()
