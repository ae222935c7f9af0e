"""The same submission as a good programmer writes it by hand: one transaction a request, asyncpg.

It keeps the same facts as ours in the same tables: a receipt, and the answers sealed in the same
box. Key and answers are checked, the answers by pydantic; it has one questionnaire, no limits, no
expressions and no repeats by idempotency key (nor do the bench's requests of ours).
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI, Header, HTTPException
from nacl.public import PublicKey, SealedBox
from pydantic import BaseModel, ConfigDict, Field

from survey.wiring import RandomIds
from tests.bench.answers import units

_CONNECTIONS: Final = 16
_PADDED: Final = 1_024
"""Bytes: as in ours, the length is not to tell whether there is a comment."""

_RECEIPT: Final = "INSERT INTO receipts (id, reference, accepted_at) VALUES ($1, $2, $3)"
_SEALED: Final = "INSERT INTO sealed (box, id, blob) VALUES ($1, $2, $3)"
_BOX: Final = "SELECT id, public_key FROM boxes"

Point = Annotated[int | None, Field(strict=True, ge=1, le=5)]


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pride: Point = None
    advocacy: Point = None
    attachment: Point = None
    inspiration: Point = None
    motivation: Point = None
    leadership: Point = None
    workload: Point = None
    comment: Annotated[str | None, Field(max_length=4_000)] = None


class Offered(BaseModel):
    model_config = ConfigDict(extra="forbid")

    questionnaire: Literal["people-pulse"]
    unit: str
    language: Literal["en", "cy"]
    answers: Said


def create_app(url: str, *, key: str) -> FastAPI:
    """The application; the database is migrated and has a box."""
    digest = sha256(key.encode()).digest()
    known = frozenset(unit.key for unit in units())
    ids = RandomIds()
    opened: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:
            opened["pool"] = pool
            opened["box"], public_key = await pool.fetchrow(_BOX)
            opened["seal"] = SealedBox(PublicKey(public_key))
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.post("/api/v1/responses", status_code=201)
    async def submit(offered: Offered, authorization: Annotated[str, Header()]) -> dict[str, str]:
        given = sha256(authorization.removeprefix("Bearer ").encode()).digest()
        if not compare_digest(given, digest):
            raise HTTPException(401)
        if offered.unit not in known:
            raise HTTPException(422)
        content = {
            "v": 1,
            "unit": offered.unit,
            "language": offered.language,
            "answers": offered.answers.model_dump(exclude_none=True),
        }
        blob = opened["seal"].encrypt(json.dumps(content).encode().ljust(_PADDED))
        return await _keep(blob)

    async def _keep(blob: bytes) -> dict[str, str]:
        receipt: UUID = uuid4()
        while True:
            reference = ids.reference()
            try:
                async with opened["pool"].acquire() as connection, connection.transaction():
                    await connection.execute(_RECEIPT, receipt, reference, datetime.now(UTC))
                    await connection.execute(_SEALED, opened["box"], uuid4(), blob)
            except asyncpg.UniqueViolationError:
                continue
            return {"id": str(receipt), "reference": reference}

    return app
