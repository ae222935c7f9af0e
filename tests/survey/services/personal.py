"""Where something about a person can stand, and one whose marks stand in all of these places."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from survey.db import tables
from survey.db.tables import metadata
from survey.domain.accounts import Grant, Role
from survey.domain.audit import OPERATOR, Note
from survey.domain.people import Join, Person
from survey.domain.records import Chat
from survey.domain.turns import Phase, State
from survey.services.drafts import Drafts, Pseudonyms
from survey.wiring import derived_keys
from tests.support.application import NOON, Running
from tests.support.rows import put_row
from tests.support.staff import an_account

MARK: Final = "Zyxwyn"
"""Part of every text about the person; it stands nowhere else."""

USER: Final = 918273645546372819
"""Their number in Telegram."""

PERSONAL: Final[dict[str, str]] = {
    "people": "id key name folded email language roles attributes created_at ended_at "
    "opted_out_at revision",
    "memberships": "person unit position",
    "joins": "digest person expires_at",
    "participations": "questionnaire month wave participant",
    "conversations": "id owner questionnaire version revision phase draft draft_key started_at "
    "touched_at receipt shown message_id participant invitation wave",
    "inbox": "bot update_id day user payload payload_key received_at attempts error parked",
    "lanes": "bot user holder until",
    "chats": "bot user language unit stopped person blocked_at failures failed_at about about_at",
    "accounts": "id email name language password totp totp_step subject person created_at "
    "ended_at generation",
    "grants": "account role unit service",
    "recovery_codes": "account digest",
    "tickets": "digest account purpose generation expires_at",
    "staff_sessions": "digest account generation stage method created_at seen_at expires_at",
    "uploads": "id account kind name content content_key expires_at",
    "letters": "id kind address account person language written_at due_at attempts leased_until "
    "settled_at failed",
    "invitations": "id wave person unit body state reason channel sent_at reminders snoozed_until "
    "delegated_by hand_ons response about about_service about_day message_id mode made_on",
    "asked": "person at invitation",
    "refused_addresses": "address at reason",
    "cases": "id reference service system unit kind effect priority language person chat email "
    "restricted link state revision owner team weight cause impact likelihood provider_verdict "
    "reporter_verdict problem merged_into replies reopenings opened_at touched_at "
    "first_contact judged_at acknowledged_at fixed_at ended_at acknowledge_by update_by fix_by "
    "due_at fix_left look_at handed_over",
    "entries": "case number at kind audience side actor text data",
    "case_words": "number case words",
    "attachments": "id conversation case entry name kind bytes digest source refused made_at",
    "tellings": "id case entry part kind receiver due_at holder leased_until begun_at repeats "
    "failures settled_at outcome reason channel message_id",
    "received_letters": "digest at case held sender content",
    "queues": "id account name query",
}
"""The tables that hold people, with all their columns: each has a row of the planted person."""

NOBODY: Final[dict[str, str]] = {
    "units": "key name kind parent folded ended_at revision",
    "services": "key position name provider parent label owner systems ended_at revision",
    "service_units": "service unit",
    "events": "id day kind name service unit",
    "questionnaires": "key version open_link closed_at",
    "versions": "questionnaire number series floor content published_at changes",
    "boxes": "id questionnaire month wave floor privacy public_key",
    "sealed": "box id blob",
    "receipts": "id reference accepted_at",
    "idempotency": "scope key body receipt accepted_at",
    "responses": "id questionnaire version series month wave unit language answers",
    "counts": "questionnaire month wave series unit service dimension category question value n",
    "imports": "digest imported_at",
    "handovers": "digest conversation channel expires_at",
    "api_keys": "id name digest scopes created_at revoked_at side parts",
    "sessions": "digest csrf language created_at expires_at",
    "key_uses": "key day route times last_at",
    "tries": "scope who failed since",
    "audit": "number at actor action subject details digest",
    "audit_head": "id number digest",
    "cells": "questionnaire series measure unit service by start end status value value_band n "
    "n_band low high as_of final basis wave",
    "publication_due": "questionnaire month marks",
    "tones": "digest analyser polarity subjectivity month",
    "revision": "id number",
    "installation": "id kind held_at",
    "leases": "name holder fence until",
    "campaigns": "key plan state revision questionnaire version made_at made_by launched_at "
    "launched_by approved_by ended_at next_at next_slot",
    "campaign_plans": "campaign revision plan at by",
    "waves": "key campaign number slot questionnaire version privacy floor month state opens_at "
    "closes_at opened_at reached expanded_at closed_at reason",
    "deliveries": "id wave invitation number due_at hold holder leased_until attempts begun_at "
    "repeats failures settled_at outcome reason channel",
    "paces": "bot next_at blocked_until",
    "closures": "day unit name",
    "pauses": "id kind name begins_at ends_at",
    "problems": "id title service system state planned owner cause plan milestone milestone_on "
    "told told_at update_by begins_at ends_at opened_at fixed_at recurrences revision",
    "promises": "service plan revision",
    "reply_templates": "id name service text",
    "actions": "id title service unit owner due_on state baseline expected realised meeting "
    "meeting_on said did told_at done_at proposed_by approved_by made_at revision",
    "action_links": "action kind key",
    "announcements": "id problem action at by kind text data total done after ended_at",
}
"""Tables in which nothing leads to a person: bodies, answers without a name, hashes of a day,
random numbers, and the record, which holds ids alone."""


def unknown() -> list[str]:
    """Tables and columns of which nobody has said whether they hold something about people."""
    known = {**PERSONAL, **NOBODY}
    return [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name not in known.get(table.name, "").split()
    ]


@dataclass(frozen=True, slots=True)
class Planted:
    person: Person
    account: UUID
    participants: tuple[str, ...]

    @property
    def marks(self) -> tuple[str, ...]:
        return (MARK, MARK.casefold(), str(USER), *self.participants)


async def plant(here: Running) -> Planted:
    """A person with a row of their own in each table that can hold one."""
    core = here.core
    person = Person(
        id=core.ids.uuid(),
        key=f"{MARK}-1",
        name=f"{MARK} Hughes",
        units=("oakfield", "elmwood"),
        created_at=NOON,
        email=f"{MARK}@barnet.example".casefold(),
        language="cy",
        roles=(f"{MARK} bursar",),
        attributes={"site": f"{MARK} Road"},
    )
    account = await an_account(here, Grant(Role.VIEWER, "schools"), name=f"{MARK} Hughes")
    owner = f"telegram:1:{USER}"
    pseudonyms = Pseudonyms(*derived_keys(core.settings, b"participant"))
    state = State(
        "people-pulse", 1, "en", phase=Phase.ANSWERING, answers={"comment": f"{MARK} said so"}
    )
    draft_key, draft = Drafts(core.keys, core.settings.zone).sealed(state, NOON)
    payload_key, payload = core.keys.encrypt(
        "inbox", NOON.date().replace(day=1), json.dumps({"text": f"{MARK} writes"}).encode()
    )
    await here.publish("people-pulse")
    theirs, by_letter, in_chat, begun, handed_further = (core.ids.uuid() for _ in range(5))
    case = {"service": "payroll", "kind": "other", "effect": "none", "state": "new"}
    case |= {"priority": "normal", "language": "en", "unit": "oakfield"}
    said = {"audience": "reporter", "side": "reporter"}
    versioned = {"questionnaire": "people-pulse", "version": 1}
    async with core.begin() as work:
        await work.people.put([person])
        await work.joins.put([Join(b"j" * 32, person.id, NOON + timedelta(days=14))])
        await work.chats.put(Chat(1, USER, "cy", "oakfield", person=person.id))
        await work.audit.add(Note(NOON, OPERATOR, "person.added", f"person:{person.id}"))
        await work.commit()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("participations", {"questionnaire": "people-pulse", "month": NOON.date().replace(day=1)}),
        (
            "conversations",
            {**versioned, "id": begun, "owner": owner, "draft": draft, "draft_key": draft_key},
        ),
        # Moved to the web.
        ("conversations", {**versioned, "owner": "web:x", "draft": draft, "draft_key": draft_key}),
        (
            "inbox",
            {"bot": 1, "user": USER, "payload": payload, "payload_key": payload_key}
            | {"received_at": NOON},
        ),
        ("lanes", {"bot": 1, "user": USER}),
        ("recovery_codes", {"account": account.id}),
        ("tickets", {"account": account.id}),
        ("staff_sessions", {"account": account.id}),
        ("uploads", {"account": account.id, "name": f"{MARK}.csv"}),
        ("letters", {"address": f"{MARK}@barnet.example"}),
        ("letters", {"person": person.id}),
        ("letters", {"account": account.id}),
        ("invitations", {"person": person.id, "about": f"{MARK}'s call about council tax"}),
        ("asked", {"person": person.id}),
        ("refused_addresses", {"address": f"{MARK}@barnet.example".casefold()}),
        ("cases", {**case, "id": theirs, "person": person.id}),
        ("cases", {**case, "id": by_letter, "email": f"{MARK}@Barnet.example"}),
        ("cases", {**case, "id": in_chat, "chat": owner}),
        ("cases", {**case, "id": handed_further}),
        (
            "entries",
            {**said, "case": handed_further, "kind": "handed_on", "data": {"to": str(person.id)}},
        ),
        (
            "entries",
            {**said, "case": theirs, "kind": "reported", "data": {"answers": {"what": MARK}}},
        ),
        (
            "entries",
            {
                **said,
                "case": by_letter,
                "kind": "message",
                "text": f"Dear {MARK}",
                "data": {"by": "email", "sender": f"{MARK}@barnet.example"},
            },
        ),
        ("case_words", {"case": theirs, "words": MARK.casefold()}),
        ("attachments", {"case": in_chat, "entry": 1, "name": f"{MARK}.xlsx", "digest": None}),
        # Of a report that was begun.
        ("attachments", {"conversation": begun, "name": f"{MARK}.pdf", "digest": None}),
        ("tellings", {"case": theirs, "receiver": f"email:{MARK}@barnet.example".casefold()}),
        ("received_letters", {"case": by_letter, "content": MARK.encode()}),
        (
            "received_letters",
            {"held": "unsigned", "sender": f"{MARK}@barnet.example".casefold(), "content": b"x"},
        ),
        ("queues", {"account": account.id, "name": f"{MARK}'s"}),
    ]
    participants = pseudonyms.participants(owner)
    async with core.database.writing() as connection:
        for name, values in rows:
            if name == "participations" or values.get("owner") == "web:x":
                values = {**values, "participant": participants[0]}
            await put_row(connection, metadata.tables[name], **values)
        await connection.execute(
            tables.accounts.update()
            .where(tables.accounts.c.id == account.id)
            .values(
                email=f"{MARK}@staff.example",
                subject=f"https://sso.example {MARK}",
                password=f"argon2 {MARK}",
                person=person.id,
            )
        )
        await connection.commit()
    return Planted(person, account.id, participants)


async def everything_in(here: Running) -> str:
    """All rows of all tables, as text."""
    told: list[str] = []
    async with here.core.database.reading() as connection:
        for table in metadata.sorted_tables:
            rows = await connection.execute(select(table))
            told += [f"{table.name} {tuple(row)!r}" for row in rows]
    return "\n".join(told)
