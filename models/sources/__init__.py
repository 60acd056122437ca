"""Where data comes from: one file a source, its fields and its loading together; a new source is one more row here."""

from fairfit.models.sources.diabetes import Diabetes
from fairfit.models.sources.digits import Digits
from fairfit.models.sources.fashion_mnist import FashionMnist
from fairfit.models.sources.source import Source
from fairfit.models.sources.synthetic_classes import SyntheticClasses
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.sources.table import Table

SOURCES: dict[str, type[Source]] = {  # `source` in the [data] of a spec → its class
    "synthetic-linear": SyntheticLinear,
    "synthetic-classes": SyntheticClasses,
    "diabetes": Diabetes,
    "digits": Digits,
    "fashion-mnist": FashionMnist,
    "table": Table,
}
