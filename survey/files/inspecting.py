"""Looks at files without holding up anybody else."""

import asyncio

from survey.files.looking import look
from survey.ports.files import Inspected


class Inspector:
    """Implements `survey.ports.files.Inspection`."""

    async def inspect(self, name: str, content: bytes) -> Inspected:
        return await asyncio.to_thread(look, name, content)
