"""What `run` and `prove` compare: the arguments they share, and the plan that these make."""

import argparse
import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fairfit.arguments import checked
from fairfit.asked import EnvironmentRecord, OwnCodeRecord
from fairfit.commands import table, values
from fairfit.commands.values import Names, given
from fairfit.frameworks import registry
from fairfit.measure import own_code, plan, versions
from fairfit.measure.plan import Plan
from fairfit.models import MODELS, convergence, exercise, spec
from fairfit.models.errors import UserError
from fairfit.models.spec import Spec

if TYPE_CHECKING:
    from fairfit.commands.measuring import Voice

ARTICLE = ("article-linear", "article-softmax")
TIME_LIMIT = 600.0  # seconds

AnyPath = str | os.PathLike[str]
AnySpec = str | os.PathLike[str] | Spec
SpecOrList = AnySpec | Sequence[AnySpec]


@dataclass(frozen=True)
class Chosen:
    """What was chosen, as the user gave it; None is the default of each."""

    specs: Sequence[AnySpec] = ()
    frameworks: Names | None = None
    styles: Names | None = None
    models: Names | None = None
    devices: Names | None = None
    threads: Names | None = None
    input: Names | None = None
    batch_sizes: Names | None = None
    converge: bool = False
    data_dir: Path | None = None

    def plan(self) -> Plan:
        """The cells. Raises UserError."""
        specs = [found(item) for item in self.specs or ARTICLE]
        if sizes := None if self.batch_sizes is None else given("batch_sizes", values.counts, self.batch_sizes, [0]):
            if self.converge:
                raise UserError("--converge chooses the batch size: leave out --batch-sizes")
            specs = [spec.with_batch_size(item, size) for item in specs for size in sizes]
        models = _names("models", self.models)
        if self.converge:
            specs = [self._converging(item) if models is None or item.model in models else item for item in specs]
        selection = plan.Selection(
            frameworks=_names("frameworks", self.frameworks),
            styles=_names("styles", self.styles),
            models=models,
            devices=_names("devices", self.devices) or ["cpu"],
            threads=_names("threads", self.threads) or ["1", "all"],
            inputs=_names("input", self.input),
        )
        return plan.make(specs, selection)

    def _converging(self, item: Spec) -> Spec:
        return convergence.converging(exercise.make(item, self.data_dir))


def add_arguments(parser: argparse.ArgumentParser, *, threads: str, one_spec: bool = False) -> None:
    """Those of `Chosen` that the commands share, and where things lie; `threads` is the default. With `one_spec` they are those
    of a command that takes one spec as it is."""
    names = checked(values.names)
    if one_spec:
        parser.add_argument("spec", nargs="?", metavar="SPEC", help="a built-in name or a .toml file")
    else:
        parser.add_argument("specs", nargs="*", metavar="SPEC", help="built-in names or .toml files (default: the article's two)")
    add = parser.add_argument_group("what to compare (each a list with commas; default: all)").add_argument
    add("--frameworks", type=names, metavar="A,B", help=", ".join(registry.names()))
    add("--styles", type=names, metavar="A,B", help="see `fairfit list`")
    if not one_spec:
        add("--models", type=names, metavar="A,B", help=", ".join(MODELS))
    add("--devices", type=names, metavar="A,B", help="cpu, gpu:0 and so on (default: cpu)")
    add("--threads", type=names, metavar="A,B", help=f"numbers of CPUs, all, or shipped: nothing is set (default: {threads})")
    add("--input", type=names, metavar="A,B", help="resident, loader (default: resident, and loader at the level `layers`)")
    parser.add_argument(
        "--env", action="append", metavar="E",
        help="a framework in other versions beside the installed one: jax@0.4.30,0.6.2, or a TOML file with [environments.NAME]; "
        "may be repeated",
    )  # fmt: skip
    if not one_spec:
        parser.add_argument(
            "--adapter", action="append", type=checked(values.path), metavar="FILE",
            help="training code of your own, a Python file with a function `train` or a Trainer, as a row of its own "
            "(docs/your-own-code.md); may be repeated",
        )  # fmt: skip
    table.add_arguments(parser, file=True, features=not one_spec)
    if not one_spec:
        parser.add_argument(
            "--converge",
            action="store_true",
            help="train to the optimum: batch size, learning rate, momentum and epochs are chosen from the data",
        )
    parser.add_argument("--data-dir", type=checked(values.path), metavar="DIR", help="where data files lie")
    parser.add_argument(
        "--out", type=checked(values.path), metavar="DIR", help="the folder of the run (default: results/, a folder by date)"
    )
    parser.add_argument(
        "--time-limit", type=checked(values.duration), metavar="TIME", help="longest step of one worker (default: 10m)"
    )


@contextlib.contextmanager
def environments(asked: str | Sequence[str] | None, voice: "Voice") -> Iterator[dict[str, EnvironmentRecord]]:
    """With the frameworks of these environments beside the others; they are built where they were not before. Raises UserError."""
    texts = [asked] if isinstance(asked, str) else list(asked or ())
    if not all(isinstance(text, str) for text in texts):
        raise UserError(f"env: {asked!r} is no environment: write 'jax@0.4.30,0.6.2', or a list of such texts")
    wanted = [one for text in texts for one in versions.parse(text)]
    if not wanted:
        yield {}
        return
    with voice.open() as progress:
        rows, records = versions.rows(wanted, progress)
    with registry.also(rows):
        yield records


@contextlib.contextmanager
def adapters(asked: AnyPath | Sequence[AnyPath] | None) -> Iterator[dict[str, OwnCodeRecord]]:
    """With these files of the user's own beside the frameworks. Raises UserError."""
    paths: Sequence[object] = [asked] if isinstance(asked, str | os.PathLike) or not isinstance(asked, Sequence) else asked
    rows, records = own_code.rows([given("adapter", values.path, path, Path()) for path in paths if asked is not None])
    with registry.also(rows):
        yield records


def flat(specs: Sequence[SpecOrList]) -> list[AnySpec]:
    """Specs one by one, whether they were given so or in lists. Raises UserError where a list names none."""
    found: list[AnySpec] = []
    for item in specs:
        if isinstance(item, str) or not isinstance(item, Sequence):
            found.append(item)
        elif item:
            found.extend(item)
        else:
            raise UserError("the list of specs is empty; leave it out to have the article's two")
    return found


def _names(name: str, value: Names | None) -> list[str] | None:
    return None if value is None else given(name, values.names, value, [""])


def found(item: AnySpec) -> Spec:
    """The spec that was named or given. Raises UserError."""
    if isinstance(item, Spec):
        return item
    if not isinstance(item, str | os.PathLike):
        raise UserError(f"{item!r} is no spec: name a built-in one or a .toml file, or give a Spec")
    return spec.load(Path(item)) if not isinstance(item, str) else spec.find(item)
