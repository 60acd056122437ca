"""The search among versions: the first bad one is found however they stand, and looked at seldom."""

import random
from typing import Any

import pytest

import fairfit
from fairfit.commands.answer import Status
from fairfit.commands.bisect import ABSENT, GOOD, SLOW, UNTOLD, WRONG, Version, answer, search, told
from fairfit.statistics import Estimate


@pytest.mark.parametrize("verdict", [SLOW, WRONG])
def test_the_first_bad_version_is_found_wherever_it_is(verdict: str) -> None:
    for count in range(2, 12):
        labels = [str(number) for number in range(count)]
        for first_bad in range(1, count + 1):
            asked: list[str] = []

            def judge(label: str, first_bad: int = first_bad, asked: list[str] = asked) -> Version:
                asked.append(label)
                return Version(label, verdict if int(label) >= first_bad else GOOD)

            found = search("jax", labels, judge)
            if first_bad == count:
                assert found.found is None and found.status == Status.OK
            else:
                assert found.found is not None and found.before is not None
                assert (found.found.label, found.before.label) == (str(first_bad), str(first_bad - 1))
                assert found.status == Status.NO
            assert len(asked) == len(set(asked)) <= 1 + count.bit_length()


def test_versions_that_cannot_be_had_or_told_are_passed_over() -> None:
    dice = random.Random(0)
    for _ in range(300):
        count = dice.randint(2, 10)
        labels = [str(number) for number in range(count)]
        first_bad = dice.randint(1, count)
        lacking = {label: dice.choice([ABSENT, UNTOLD]) for label in labels[1:-1] if dice.random() < 0.4}

        def judge(label: str, bad: int = first_bad, lacking: dict[str, str] = lacking) -> Version:
            return Version(label, lacking.get(label, SLOW if int(label) >= bad else GOOD))

        found = search("jax", labels, judge)
        known = [number for number in range(count) if str(number) not in lacking]
        bad = [number for number in known if number >= first_bad]
        if not bad:
            assert found.found is None
        else:
            assert found.found is not None and found.before is not None
            assert found.found.label == str(bad[0])
            assert found.before.label == str(max(number for number in known if number < first_bad))


def test_who_is_around_the_bound_is_as_before_where_it_is_far_from_what_is_slower() -> None:
    around = {"1": Version("1", UNTOLD, Estimate(1.03, 0.98, 1.07)), "2": Version("2", SLOW, Estimate(3.2, 3.1, 3.3))}
    found = search("jax", ["0", "1", "2"], around.__getitem__)
    assert found.found is not None and found.before is not None and (found.found.label, found.before.label) == ("2", "1")
    near = {"1": Version("1", UNTOLD, Estimate(1.06, 1.01, 1.11)), "2": Version("2", SLOW, Estimate(1.12, 1.06, 1.18))}
    found = search("jax", ["0", "1", "2"], near.__getitem__)
    assert found.before is not None and found.before.label == "0"


def test_a_last_version_that_cannot_be_told_is_no_answer() -> None:
    found = search("jax", ["1", "2"], lambda label: Version(label, UNTOLD))
    assert found.found is None and found.status == Status.INCOMPLETE


def test_the_answer_names_both_sides() -> None:
    found = search("jax", ["0.4.30", "0.4.31", "0.4.33"], lambda label: Version(label, SLOW if label == "0.4.33" else GOOD))
    assert str(answer(found)) == "first with a slower epoch: jax 0.4.33; the last without: 0.4.31"


def test_an_interval_around_the_bound_decides_nothing() -> None:
    assert told(Estimate(1.2, 1.1, 1.3), 0.05) == SLOW
    assert told(Estimate(1.0, 0.97, 1.04), 0.05) == GOOD
    assert told(Estimate(1.05, 0.97, 1.1), 0.05) == UNTOLD


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"framework": "theano"}, "unknown framework 'theano'"),
        ({"style": "fast"}, "unknown style 'fast'"),
        ({"versions": "1.0"}, "at least two are needed"),
        ({"versions": "a..b"}, "write versions as"),
    ],
)
def test_what_cannot_be_bisected_is_told(asked: dict[str, str], says: str) -> None:
    with pytest.raises(fairfit.UserError, match=says):
        words: dict[str, Any] = {"framework": "jax", "style": "scan", "versions": "0.4.30..0.4.31"} | asked
        fairfit.bisect("digits", **words)
