"""The "did you mean" of a refusal."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ " (did you mean 'oakfield'?)", or nothing where no known word is near.

    >>> did_you_mean("oakfeild", ["oakfield", "elmwood"])
    " (did you mean 'oakfield'?)"
    """
    near = get_close_matches(word[:80], list(known), n=1, cutoff=0.75)
    return f" (did you mean '{near[0]}'?)" if near else ""
