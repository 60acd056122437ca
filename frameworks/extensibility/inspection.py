"""What the extensions of one framework show, put together."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fairfit.frameworks.extensibility.cases import Case, cases
from fairfit.frameworks.extensibility.checks import described, examine
from fairfit.frameworks.extensibility.findings import Extension, Findings, Overhead
from fairfit.frameworks.extensibility.overhead import overhead
from fairfit.frameworks.extensibility.probe import Probe, Reload
from fairfit.frameworks.extensibility.reloading import export_and_reload
from fairfit.frameworks.extensibility.source_code import source


@dataclass(frozen=True)
class Makers:
    """How a framework makes the probe of each extension from what it is asked to compute."""

    layer: Callable[[Case], Probe]
    loss: Callable[[Case], Probe]
    gradient: Callable[[Case], Probe]
    optimizer: Callable[[Case], Probe]
    numpy: Callable[[Case], Probe]

    def probes(self) -> dict[str, Probe]:
        """By name of the extension."""
        return {name: getattr(self, name)(case) for name, case in cases().items()}


def findings(makers: Makers, path: Path, *, reload: Reload, synchronize: Callable[[], object]) -> Findings:
    """Check, time and count the extensions that the file at `path` defines."""
    return examined(makers.probes(), path, reload=reload, synchronize=synchronize)


def examined(probes: Mapping[str, Probe], path: Path, *, reload: Reload, synchronize: Callable[[], object]) -> Findings:
    """The same of these probes."""
    with tempfile.TemporaryDirectory() as folder:
        reloaded = export_and_reload(probes, reload, Path(folder))
        checks = {name: examine(probe, reloaded[name]) for name, probe in probes.items()}
    extensions = {}
    for name, probe in probes.items():
        times_the_built_in, reason = measured_overhead(probe, synchronize)
        counted = source(path, [definition.__name__ for definition in probe.definitions])
        extensions[name] = Extension(
            what=probe.what,
            **vars(counted),
            checks=checks[name],
            overhead=times_the_built_in,
            overhead_reason=reason,
        )
    return Findings(extensions)


def measured_overhead(probe: Probe, synchronize: Callable[[], object]) -> tuple[Overhead | None, str]:
    """The overhead, else the framework's error."""
    try:
        ratio = overhead(*probe.sides(), synchronize)
    except Exception as failure:
        return None, str(described(failure))
    return Overhead(ratio.value, ratio.low, ratio.high, probe.against), ""
