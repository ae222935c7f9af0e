"""A campaign played with simulated people, in a world of its own that is thrown away.

To play one is in `play`, apart from what it shows: that takes seconds to import.
"""

from bot.dry_run.result import BANNER, DryRun, Figure, Moment, Sent

__all__ = ["BANNER", "DryRun", "Figure", "Moment", "Sent"]
