"""How a failure is logged: what and where, never the text, which may hold what somebody wrote."""

import traceback


def describe(error: BaseException) -> dict[str, str]:
    """The kind of the error and the line of code that raised it; of a group, of the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
    return {"error": type(error).__name__, "at": at}
