"""Metadata, size and dependencies, of made-up distributions."""

from pathlib import Path

from fairfit.frameworks.potential import distribution
from fairfit.frameworks.potential.distribution import Description, Size
from tests.frameworks.made_up_packages import distribute


def test_dependencies_are_transitive_and_know_markers_and_extras(site: Path) -> None:
    distribute(
        site,
        "made-root",
        "Requires-Dist: made_middle[wanted] (>=1)",
        "Requires-Dist: made-elsewhere; sys_platform == 'nowhere'",
        "Requires-Dist: made-optional; extra == 'more'",
        "Requires-Dist: made-absent",
        files={"root.py": 5},
    )
    distribute(
        site,
        "made-middle",
        "Requires-Dist: made-root",
        "Requires-Dist: made-leaf",
        "Requires-Dist: made-bonus; extra == 'wanted'",
        files={"middle.py": 10, "middle_too.py": 20},
    )
    for name, size in (("made-leaf", 100), ("made-bonus", 200), ("made-elsewhere", 1000), ("made-optional", 2000)):
        distribute(site, name, files={f"{name}.py": size})
    assert distribution.size(distribution.installed(["made-not-there", "made-root"])) == Size(
        install_bytes=5,
        install_files=1,  # what is recorded and not there does not count
        dependencies=["made-bonus", "made-leaf", "made-middle"],
        dependency_bytes=330,
    )


def test_description_is_what_the_metadata_say(site: Path) -> None:
    classifiers = ("Development Status :: 4 - Beta", *(f"Programming Language :: Python :: {v}" for v in ("3", "3.10", "3.9")))
    distribute(
        site, "made-talkative", "Requires-Python: >=3.9", "License: First line\n        second line",
        *(f"Classifier: {classifier}" for classifier in classifiers),
    )  # fmt: skip
    distribute(site, "made-silent")
    assert distribution.description(distribution.installed(["made-talkative"])) == Description(
        version="1.0",
        requires_python=">=3.9",
        pythons=["3.9", "3.10"],
        platform_tags=["manylinux2014_x86_64", "manylinux_2_17_x86_64"],
        licence="First line",
        development_status="4 - Beta",
    )
    silent = distribution.description(distribution.installed(["made-silent"]))
    assert (silent.requires_python, silent.pythons, silent.licence) == (None, [], None)
