"""An installed distribution: what its metadata say, its size on disk, and what it pulls in."""

import importlib.metadata
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def installed(names: Iterable[str]) -> Distribution:
    """The first of these distributions that is installed. Raises PackageNotFoundError where none is."""
    names = list(names)
    for name in names:
        try:
            return importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    raise importlib.metadata.PackageNotFoundError(" or ".join(names))


@dataclass(frozen=True)
class Description:
    """What the distribution says of itself.

    `pythons` are the versions that its classifiers name, `platform_tags` those of the installed wheel. The licence is the
    expression, else the first line of the free text, else the classifier.
    """

    version: str
    requires_python: str | None
    pythons: list[str]
    platform_tags: list[str]
    licence: str | None
    development_status: str | None


@dataclass(frozen=True)
class Size:
    """Bytes and files on disk, and the same bytes of all that it pulls in."""

    install_bytes: int
    install_files: int
    dependencies: list[str]
    dependency_bytes: int


def description(distribution: Distribution) -> Description:
    """Read from its metadata."""

    def values(field: str) -> list[str]:
        return [value for value in distribution.metadata.get_all(field) or [] if value]

    def classified(prefix: str) -> list[str]:
        return [value.removeprefix(prefix) for value in values("Classifier") if value.startswith(prefix)]

    licences = [*values("License-Expression"), *values("License"), *classified("License :: ")]
    pythons = [value for value in classified("Programming Language :: Python :: ") if re.fullmatch(r"\d+\.\d+", value)]
    tags = re.findall(r"^Tag: \S+-(\S+)$", distribution.read_text("WHEEL") or "", re.MULTILINE)
    return Description(
        version=distribution.version,
        requires_python=next(iter(values("Requires-Python")), None),
        pythons=sorted(pythons, key=lambda version: [int(part) for part in version.split(".")]),
        platform_tags=sorted(set(tags)),
        licence=next((licence.strip().splitlines()[0] for licence in licences if licence.strip()), None),
        development_status=next(iter(classified("Development Status :: ")), None),
    )


def size(distribution: Distribution) -> Size:
    """Counted on the disk."""
    own = file_sizes(distribution)
    needed = dependencies(distribution)
    return Size(
        install_bytes=sum(own),
        install_files=len(own),
        dependencies=sorted(needed),
        dependency_bytes=sum(sum(file_sizes(other)) for other in needed.values()),
    )


def file_sizes(distribution: Distribution) -> list[int]:
    """Bytes of every file in the distribution's record that is there, compiled Python included where it was recorded."""
    paths = (Path(str(file.locate())) for file in distribution.files or ())
    return [path.stat().st_size for path in paths if path.is_file()]


def dependencies(distribution: Distribution) -> dict[str, Distribution]:
    """What its installation pulls in, by name: transitively, for this platform and this Python.

    An extra counts only where a requirement asks for it. What is not installed here is left out.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()  # name and extra
    waiting = [(distribution, "")]
    while waiting:
        asking, extra = waiting.pop()
        for requirement in map(Requirement, asking.requires or ()):
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            for wanted in ("", *requirement.extras):
                if (key := (canonicalize_name(requirement.name), wanted)) in seen:
                    continue
                seen.add(key)
                try:
                    other = importlib.metadata.distribution(requirement.name)
                except importlib.metadata.PackageNotFoundError:
                    continue
                found[other.name] = other
                waiting.append((other, wanted))
    found.pop(distribution.name, None)
    return found
