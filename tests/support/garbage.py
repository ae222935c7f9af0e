"""The garbage collector's time: what the modules and the collected tests hold is not garbage.

A full collection looks at each object there is. With every module imported and every test collected
that took a fifth of a worker's time.
"""

import gc


def pytest_configure() -> None:
    """Thousands of modules and tests are about to be made, and all of them stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on, only what the tests themselves make is looked at."""
    gc.collect()
    gc.freeze()
    gc.enable()
