"""What a stranger finds of an installed framework: its names and docstrings, its size and needs, its first import.

The same rules for every framework, and none of them is named here. Nothing is looked up elsewhere and nothing is judged.
"""

import os

from fairfit.frameworks.entry import Entry
from fairfit.frameworks.potential.distribution import description, installed, size
from fairfit.frameworks.potential.findings import Findings
from fairfit.frameworks.potential.first_import import first_import
from fairfit.frameworks.potential.public_api import documentation, public_api


def examine(entry: Entry) -> Findings:
    """All answers about one framework, which this process has imported already, by the rules that its row sets.

    The worker's own settings for the framework, which keep its log quiet, are not passed on to the processes that try the
    import: a stranger does not have them.
    """
    distribution = installed(entry.distributions)
    strangers = {name: value for name, value in os.environ.items() if name not in entry.environment}
    return Findings(
        **vars(description(distribution)),
        **vars(size(distribution)),
        **vars(documentation(public_api(entry.public_packages))),
        **vars(first_import(entry.import_statement, entry.shims, strangers)),
    )
