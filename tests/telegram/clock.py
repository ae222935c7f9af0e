"""Time as Telegram sees it."""

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Wall time in UTC plus what a test has added; never behind what it has already told."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._held: datetime | None = None

    def now(self) -> datetime:
        return self._held or datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let `by` pass at once: callback queries grow old, updates expire."""
        if by < timedelta():
            raise ValueError("time does not run backwards")
        if self._held is None:
            self._ahead += by
        else:
            self._held += by

    def hold(self) -> None:
        """Stand still from now on: time passes by `advance` alone."""
        self._held = self.now()
