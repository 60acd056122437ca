"""A loop that never rests beside what is measured, as another job on the machine would."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

LOOP = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])})\nwhile os.getppid() == int(sys.argv[2]): pass"


@contextlib.contextmanager
def loop(cpu: int) -> Iterator[None]:
    """Keep this CPU busy; the loop ends with this process, however that ends."""
    process = subprocess.Popen([sys.executable, "-c", LOOP, str(cpu), str(os.getpid())])
    try:
        yield
    finally:
        process.kill()
        process.wait()
