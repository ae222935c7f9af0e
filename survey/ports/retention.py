"""Deleting what was kept long enough."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from survey.domain.retention import Rule


class Retention(Protocol):
    def rules(self) -> Sequence[Rule]:
        """One for each table in which time alone decides."""

    async def forget(self, rule: Rule, *, now: datetime, limit: int) -> int:
        """Delete at most `limit` rows past the rule; how many it were."""
