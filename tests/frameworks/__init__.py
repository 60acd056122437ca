"""Tests of `frameworks`."""

import pytest

pytest.register_assert_rewrite("tests.frameworks.conformance")  # its asserts shall show their values too
