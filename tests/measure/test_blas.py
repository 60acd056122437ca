"""Libraries of linear algebra tell what they are."""

import subprocess
import sys

import pytest

PROGRAM = "import numpy; from fairfit.measure import blas; print(blas.loaded())"
REFERENCE = "import numpy, threadpoolctl; print([info['architecture'] for info in threadpoolctl.threadpool_info()])"


def told(program: str, **variables: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the loaded libraries are not listed")
@pytest.mark.parametrize("kernel", ["", "Prescott", "Nehalem"])
def test_the_kernel_is_the_one_that_another_tool_finds(kernel: str) -> None:
    pytest.importorskip("threadpoolctl")
    for architecture in eval(told(REFERENCE, OPENBLAS_CORETYPE=kernel)):
        assert f" {architecture}'" in told(PROGRAM, OPENBLAS_CORETYPE=kernel)


def test_a_process_without_any_tells_none() -> None:
    assert told("from fairfit.measure import blas; print(blas.loaded())") == "[]\n"
