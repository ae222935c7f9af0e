"""Times of a day as people say them: by the local clock, without a zone."""

from datetime import time
from typing import Annotated

from pydantic import AfterValidator


def _by_the_local_clock(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("give a time by the local clock, without a zone, such as 09:00")
    return value


ClockTime = Annotated[time, AfterValidator(_by_the_local_clock)]
