"""What a run was asked for."""

from dataclasses import dataclass
from pathlib import Path

from tests.bench.rounds import Tell


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` is how long one variant is visited in a round; `small` asks for a tenth."""

    folder: Path
    rounds: int
    seconds: float
    small: bool
    tell: Tell
