"""What the topics find of the installed frameworks: each inspection in a process of its own, as in a run, made once."""

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from fairfit.frameworks import registry, topics
from fairfit.measure.environment import of_worker as worker_environment
from fairfit.plain import from_plain
from tests.required import require

MARK = "FAIRFIT_TEST_MARK"  # a variable by whose value everything that an inspection has started is found again
SECONDS = 600.0  # compilers take their time on a busy machine

INSPECT = """
import importlib, json, sys
from fairfit.frameworks import registry, topics
from fairfit.models import exercise, spec
from fairfit.plain import to_plain

topic, name, exercises = sys.argv[1], sys.argv[2], sys.argv[3:]
framework = registry.load(registry.find(name))
module = importlib.import_module(topics.find(topic).module(name))
found = module.inspect(framework, {one: exercise.make(spec.find(one)) for one in exercises})
print(json.dumps(to_plain(found), allow_nan=False))
"""


def looked_into(topic: str) -> list[str]:
    """The frameworks that this topic looks into."""
    return [name for name in registry.names() if topics.find(topic).module(name)]


def in_a_process(name: str, program: str, *arguments: str, **environment: str) -> Any:
    """The JSON that a program prints last, in a process with the environment of a framework's workers, in an empty folder.

    It may leave no files there, but for what compilers keep.
    """
    entry = require(name)
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        settings = worker_environment(entry, "1", Path(cache)) | {"TMPDIR": folder}
        done = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", "-c", program, *arguments],
            env=settings | environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        left = [str(path.relative_to(folder)) for path in Path(folder).rglob("*")]
    assert done.returncode == 0, done.stderr[-2000:]
    assert [path for path in left if not path.startswith(("__pycache__", "torchinductor"))] == []
    return json.loads(done.stdout.splitlines()[-1])


@functools.cache
def plain(topic: str, name: str) -> Any:
    """What an inspection finds, as it lies in run.json; of exercises that need no download."""
    exercises = [one for one in topics.find(topic).exercises if one != "fashion-mnist"]
    return in_a_process(name, INSPECT, topic, name, *exercises, **{MARK: mark_of(topic, name)})


def mark_of(topic: str, name: str) -> str:
    """The mark of all processes of an inspection."""
    return f"{topic} {name} {os.getpid()}"


def inspected(topic: str, name: str) -> Any:
    """The Findings of a topic."""
    return from_plain(topics.find(topic).findings, plain(topic, name))
