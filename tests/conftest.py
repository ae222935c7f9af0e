"""What every test stands on; the fixtures are in tests/support."""

import os

from hypothesis import settings

pytest_plugins = [
    "pytester",
    "tests.support.application",
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.demonstration",
    "tests.support.garbage",
    "tests.support.network",
    "tests.support.provider",
    "tests.support.server",
    "tests.support.skips",
    "tests.support.soaking",
]

# A shared or busy machine is slow now and then: examples are bounded by number, not by time.
settings.register_profile("tellback", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tellback"))
