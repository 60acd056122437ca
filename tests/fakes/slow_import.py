"""A fake that takes its time to import."""

import time

from tests.fakes.adapter import Fake
from tests.fakes.rows import SLOW_IMPORT_SECONDS

time.sleep(SLOW_IMPORT_SECONDS)

FRAMEWORK = Fake
