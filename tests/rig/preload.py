"""What the fork server does once, so that a restart takes a fork and not seconds of importing.

Imports, also of what is otherwise imported late, and caches of pure functions. A fork copies one
thread: there may be none other yet, and no event loop.
"""

import gc
import threading
from importlib import import_module

from analytics.tone import tone
from survey.locales import SPOKEN, translations
from tests.rig.preloaded import MODULES

for name in MODULES:
    import_module(name)
for language in SPOKEN:
    translations(language)
tone("A good lexicon is loaded now", language="en")

assert threading.active_count() == 1
gc.collect()
gc.freeze()
