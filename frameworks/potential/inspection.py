"""What a stranger finds of an installed framework: its names and docstrings, its size and needs, its first import.

The same rules for every framework, and none of them is named here: its row of the registry says what is its API, how it is
imported, and what may have to come before that. Nothing is looked up elsewhere and nothing is judged.
"""

import os
from collections.abc import Mapping

from fairfit.frameworks.base import Framework
from fairfit.frameworks.potential.distribution import description, installed, size
from fairfit.frameworks.potential.findings import Findings
from fairfit.frameworks.potential.first_import import first_import
from fairfit.frameworks.potential.public_api import documentation, public_api
from fairfit.models.exercise import Exercise


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """All answers about one framework, which this process has imported already; the exercises play no part.

    The worker's own settings for the framework, which keep its log quiet, are not passed on to the processes that try the
    import: a stranger does not have them.
    """
    entry = framework.entry
    distribution = installed(entry.distributions)
    strangers = {name: value for name, value in os.environ.items() if name not in entry.environment}
    return Findings(
        **vars(description(distribution)),
        **vars(size(distribution)),
        **vars(documentation(public_api(entry.public_packages))),
        **vars(first_import(entry.import_statement, entry.shims, strangers)),
    )
