"""The first import, of made-up modules."""

import os
from pathlib import Path

from fairfit.frameworks.potential.findings import PlainImport, Shim
from fairfit.frameworks.potential.first_import import attempt, first_import
from fairfit.models.text import Text
from tests.frameworks.made_up_packages import write

FRAGILE = """
    import sys, warnings
    if not hasattr(sys, "crutch"):
        raise RuntimeError("no crutch\\nand more to say")
    for _ in range(2):
        warnings.warn("old\\nvery old", DeprecationWarning)
    print("I0000 00:00:1795419346.256696   22740 port.cc:153] hello", file=sys.stderr)
    """
CRUTCH = "import sys; sys.crutch = True"


def test_the_shims_that_an_import_needs_are_found_by_trying(tmp_path: Path) -> None:
    write(tmp_path, {"fragile.py": FRAGILE})
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    found = first_import("import fragile", ["import string", CRUTCH], environment)
    assert found.plain_import == PlainImport(works=False, error="RuntimeError: no crutch")
    assert found.shims == [Shim("import string", needed=False), Shim(CRUTCH, needed=True)]
    assert found.import_code == f"{CRUTCH}; import fragile"
    assert found.warning_count == 3
    assert found.warnings == ["DeprecationWarning: old", "port.cc:153] hello"]
    assert len(found.import_seconds) == 3


def test_a_plain_import_that_works_needs_no_shim() -> None:
    found = first_import("import string", [CRUTCH], os.environ)
    assert found.plain_import == PlainImport(works=True, error="")
    assert found.shims == [Shim(CRUTCH, needed=False)]
    assert found.warning_count == 0


def test_an_import_that_ends_the_process_is_told_apart() -> None:
    assert attempt(["import os", "os._exit(3)"], os.environ).error == Text("the process ended with status 3", "进程以状态 3 结束")


def test_an_import_that_hangs_is_ended() -> None:
    assert "not done within 0.5 s" in str(attempt(["import time", "time.sleep(600)"], os.environ, seconds=0.5).error)
