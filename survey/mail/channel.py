"""E-mail as a channel: implements `survey.ports.channels.Channel`, and `TellingChannel`."""

from datetime import datetime, timedelta
from email.utils import parseaddr
from ssl import SSLContext
from typing import Final
from urllib.parse import quote
from uuid import UUID

from survey.domain.addresses import address_of
from survey.domain.campaign import ChannelName
from survey.domain.people import Person
from survey.domain.reply_addresses import MARK, signed
from survey.invitation_letter import Doors, invitation
from survey.locales import SPOKEN, translations
from survey.mail.line import APART, Lines
from survey.mail.smtp import ON_THE_WAY, leaving, message_of
from survey.ports import Begin
from survey.ports.channels import Address, Asking, Delivered, NotDelivered, Refusal
from survey.ports.letters import MailServer
from survey.ports.tellings import Bulletin, Whom
from survey.telling_letter import Ways, telling

_ENGLISH: Final = "en"


class EmailChannel:
    """Sends invitations to the addresses of people; nobody has one where no server is set up."""

    name = ChannelName.EMAIL

    def __init__(
        self,
        begin: Begin,
        server: MailServer | None,
        sender: str,
        *,
        organisation: str,
        base_url: str,
        reply_to: str = "",
        apart: timedelta = APART,
        trust: SSLContext | None = None,
    ) -> None:
        """`sender` is what stands in From; `trust` as in `survey.mail.smtp`.

        `reply_to` is the address whose letters are handed to us, empty where none are.
        """
        self._reply_to = reply_to
        self._begin, self._sender = begin, sender
        self._organisation, self._base_url = organisation, base_url
        self._from = parseaddr(sender)[1]
        self._lines = Lines(server, self._from, apart=apart, trust=trust) if server else None

    @property
    def set_up(self) -> bool:
        """Whether there is a mail server to hand letters to."""
        return self._lines is not None

    async def address_of(self, person: Person) -> Address | None:
        return (await self.addresses_of([person])).get(person.id)

    async def addresses_of(self, people: list[Person]) -> dict[UUID, Address]:
        """Those who have an address that no mail came back from."""
        if not self.set_up:
            return {}
        found = {person.id: address_of(person.email) for person in people if person.email}
        named = {person: email for person, email in found.items() if email}
        async with self._begin.read() as work:
            refused = await work.refused_addresses.of(set(named.values()))
        return {
            person: Address(self.name, email=email)
            for person, email in named.items()
            if email not in refused
        }

    async def send(self, address: Address, asking: Asking, *, at: datetime) -> Delivered:
        """Send one letter; an address that there is no mailbox for is kept as refused.

        Raises: NotDelivered.
        """
        to = address_of(address.email or "")
        if self._lines is None:
            raise NotDelivered(Refusal.DOWN, "not_set_up")
        if to is None:
            raise NotDelivered(Refusal.FAULT, "address")
        return await self._hand_over(to, self._letter(to, asking, at), at)

    async def address_for(self, whom: Whom) -> Address | None:
        """Where a report of theirs is answered, unless mail came back from there."""
        email = whom.email
        async with self._begin.read() as work:
            if whom.person is not None:
                person = await work.people.get(whom.person)
                email = person.email if person else None
            to = address_of(email or "")
            if to is None or await work.refused_addresses.of({to}):
                return None
        return Address(self.name, email=to)

    async def tell(self, address: Address, bulletin: Bulletin, *, at: datetime) -> Delivered:
        """Send a reporter one letter. Raises: NotDelivered."""
        to = address_of(address.email or "")
        if self._lines is None:
            raise NotDelivered(Refusal.DOWN, "not_set_up")
        if to is None:
            raise NotDelivered(Refusal.FAULT, "address")
        return await self._hand_over(to, self._telling(to, bulletin, at), at)

    async def _hand_over(self, to: str, letter: bytes, at: datetime) -> Delivered:
        """Raises: NotDelivered."""
        if self._lines is None:
            raise NotDelivered(Refusal.DOWN, "not_set_up")
        try:
            await self._lines.hand_over(to, letter)
        except NotDelivered as refused:
            if refused.refusal is Refusal.GONE:
                async with self._begin() as work:
                    await work.refused_addresses.put(to, at=at, reason=refused.reason)
                    await work.commit()
            raise
        return Delivered()

    async def probe(self) -> None:
        """Raises: NotDelivered, where the mail server cannot be reached or does not know us."""
        if self._lines is None:
            raise NotDelivered(Refusal.DOWN, "not_set_up")
        await self._lines.greet()

    def _letter(self, to: str, asking: Asking, at: datetime) -> bytes:
        language = asking.language if asking.language in SPOKEN else _ENGLISH
        doors = Doors(f"{self._base_url}/i/{asking.token}", f"{self._base_url}/u/{asking.token}")
        words = invitation(asking, doors, organisation=self._organisation, language=language)
        message = message_of(
            words,
            sender=self._sender,
            to=to,
            name=f"{asking.invitation.hex}.{asking.number}",
            at=at,
            headers=self._leaving(doors.stop, language),
        )
        message["Content-Language"] = language
        return message.as_bytes(policy=ON_THE_WAY)

    def _telling(self, to: str, bulletin: Bulletin, at: datetime) -> bytes:
        language = bulletin.language if bulletin.language in SPOKEN else _ENGLISH
        domain = self._from.rpartition("@")[2]
        ways = Ways(self._base_url, self._reply_to)
        words = telling(bulletin, ways, organisation=self._organisation, language=language)
        only = bulletin.passages[0] if len(bulletin.passages) == 1 else None
        headers = {MARK: "case", "Content-Language": language}
        if only is not None:
            # Mail software keeps together what hangs on one letter, also where it has never come.
            root = f"<case.{only.case.hex}@{domain}>"
            headers |= {"In-Reply-To": root, "References": root}
            if self._reply_to:
                headers["Reply-To"] = signed(self._reply_to, only.address)
        message = message_of(
            words, sender=self._sender, to=to, name=bulletin.id.hex, at=at, headers=headers
        )
        return message.as_bytes(policy=ON_THE_WAY)

    def _leaving(self, stop: str, language: str) -> dict[str, str]:
        """How mail software lets somebody unsubscribe."""
        subject = quote(translations(language).gettext("Stop all surveys"))
        return leaving(stop, f"mailto:{self._from}?subject={subject}")
