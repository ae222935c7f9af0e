"""A campaign played with simulated people, in a world of its own that is thrown away."""

from bot.dry_run.play import dry_run
from bot.dry_run.result import BANNER, DryRun, Figure, Moment, Sent

__all__ = ["BANNER", "DryRun", "Figure", "Moment", "Sent", "dry_run"]
