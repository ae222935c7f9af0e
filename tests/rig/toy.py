"""A program of a few lines that takes submissions, sound or faulty: does the harness see which?"""

import json
import socket
import sqlite3
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn

from tests.rig.points import Crash
from tests.rig.preloaded import MODULES
from tests.rig.program import UP, run_to_the_end
from tests.rig.traps import Trap, install

TABLES = """
CREATE TABLE IF NOT EXISTS receipts (reference TEXT PRIMARY KEY, key TEXT);
CREATE TABLE IF NOT EXISTS responses (answers TEXT, questionnaire TEXT);
"""


class Fault(StrEnum):
    NONE = "none"
    ANSWERS_FIRST = "it acknowledges before it commits"
    FORGETS = "it does not know a repeat"
    IN_TWO = "it commits the receipt before the answers"


@dataclass(frozen=True, slots=True)
class ToyOrder:
    database: Path
    fault: Fault
    crash: Crash | None


def serve(order: ToyOrder, listener: socket.socket, told: Connection) -> None:
    """As `program.serve`."""
    install(Trap(order.crash, told.send))
    database = sqlite3.connect(order.database, isolation_level=None)
    database.executescript(TABLES)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        key = dict(scope["headers"])[b"idempotency-key"].decode()
        known = _known(database, key) if order.fault is not Fault.FORGETS else None
        reference = known or f"R-{uuid4()}"
        if known is None:
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO receipts VALUES (?, ?)", (reference, key))
            if order.fault is Fault.ANSWERS_FIRST:
                await _answer(send, reference)
            if order.fault is Fault.IN_TWO:
                database.execute("COMMIT")
                database.execute("BEGIN IMMEDIATE")
            asked = json.loads(body)
            database.execute(
                "INSERT INTO responses VALUES (?, ?)",
                (json.dumps(asked["answers"]), asked["questionnaire"]),
            )
            database.execute("COMMIT")
        if known or order.fault is not Fault.ANSWERS_FIRST:
            await _answer(send, reference)

    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    told.send(UP)
    run_to_the_end(lambda: server.serve([listener]))


def _known(database: sqlite3.Connection, key: str) -> str | None:
    found = database.execute("SELECT reference FROM receipts WHERE key = ?", (key,)).fetchone()
    return found[0] if found else None


async def _answer(send: Any, reference: str) -> None:
    body = json.dumps({"reference": reference}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def look_around(_order: object, _listener: socket.socket, told: Connection) -> None:
    """Say what a fork starts with: how many threads, and which modules are still to be imported."""
    missing = [name for name in MODULES if name not in sys.modules]
    told.send(f"{threading.active_count()} thread, without {missing}")
