"""What each topic finds, by its name; for whoever reads a run: imports no framework, no adapter and not their table."""

from typing import Any

from fairfit.frameworks.distributed.findings import Findings as Distributed
from fairfit.frameworks.errata.findings import Findings as Errata
from fairfit.frameworks.extensibility.findings import Findings as Extensibility
from fairfit.frameworks.graphs.findings import Findings as Graphs
from fairfit.frameworks.potential.findings import Findings as Potential

FINDINGS: dict[str, type[Any]] = {
    "extensibility": Extensibility,
    "potential": Potential,
    "graphs": Graphs,
    "errata": Errata,
    "distributed": Distributed,
}
