"""Tests of `frameworks`."""

import pytest

pytest.register_assert_rewrite("fairfit.testing")  # its asserts shall show their values too
