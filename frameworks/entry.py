"""What a row of the registry says of a framework: where it is, how it is used, what it cannot do. Needs no framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fairfit.models import MODELS
from fairfit.models.text import Text


@dataclass(frozen=True)
class Rounding:
    """Where a framework itself computes in less than the dtype asked for: how many times the rounding of others it makes, at
    the most, and why; for which models."""

    dtype: str
    times: float
    reason: Text
    models: tuple[str, ...] = MODELS


@dataclass(frozen=True)
class Impossible:
    """A value that a style cannot be combined with, as `Impossible("input", "loader", reason)`."""

    what: str
    value: str
    reason: Text


@dataclass(frozen=True)
class Style:
    """One way to use a framework; `compiled` says in words what is compiled."""

    level: str
    compiled: Text
    roundings: tuple[Rounding, ...] = ()
    impossible: tuple[Impossible, ...] = ()

    def why_not(self, **asked: str) -> Text | None:
        """Why this style cannot be had with what is asked, as in `why_not(input="loader")`; None where it can."""
        for item in self.impossible:
            if asked.get(item.what) == item.value:
                return item.reason
        return None


@dataclass(frozen=True)
class Entry:
    """One framework: where its adapter is, what it imports, which distributions bring it, and its styles.

    `name` is the word for it everywhere, `title` its proper name. The first of `distributions` that is installed gives the
    version; `extra` is what `pip install 'fairfit[…]'` calls it. `colour` is the one it has in every figure. A `baseline` is
    measured twice side by side, which shows the noise of the machine.

    `thread_variables` are the environment variables that set its own thread pools; `environment` is set for its workers
    (quiet logs, no helper processes); `cache_variable` names the folder in which it keeps compiled programs.

    For those who look into its standing: `public_packages` are the top-level packages whose public names are its API,
    `import_statement` is what a stranger types, and `shims` are the statements that may have to come before it.
    """

    name: str
    title: str
    adapter: str
    package: str
    distributions: tuple[str, ...]
    extra: str
    styles: Mapping[str, Style]
    colour: str = "#777777"
    baseline: bool = False
    thread_variables: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cache_variable: str = ""
    public_packages: tuple[str, ...] = ()
    import_statement: str = ""
    shims: tuple[str, ...] = ()
