"""The registry rows of the fakes. Importing this changes nothing: a fixture puts them into the registry."""

from fairfit.frameworks.entry import Entry, Style
from fairfit.models.text import Text

SLOW_IMPORT_SECONDS = 0.5
EPOCH_SECONDS = 0.05  # what an epoch of the asynchronous styles takes

STYLES = (
    "right", "twin", "prints", "raises", "aborts", "kills_itself", "exits", "sleeps", "lies", "diverges", "fails_later",
    "lies_later", "asynchronous", "unfenced", "waits_when_read", "idles", "settles", "not_here", "gives_up_late", "misshapen",
    "flat", "hungry", "threaded", "parent", "counts", "roams", "plods", "forks", "stuck",
)  # fmt: skip


def _row(name: str, adapter: str, styles: tuple[str, ...], package: str = "numpy") -> Entry:
    nothing = {style: Style("arrays", Text("nothing", "无")) for style in styles}
    return Entry(name, name, f"tests.fakes.{adapter}", package, (package,), name, nothing, process_bytes=30_000_000)


FAKE = _row("fake", "adapter", STYLES)
GADGET = _row("gadget", "with_gpu", ("right",))  # the one that has a GPU
SLOW = _row("slow", "slow_import", ("right",))
BROKEN = _row("broken", "broken_import", ("right",))
ABSENT = _row("absent", "adapter", ("right",), package="a_package_that_is_not_installed")
HANGING = _row("hanging", "hanging_import", ("right",))  # these two are for the doctor
CRASHING = _row("crashing", "crashing_import", ("right",))
ALL = (FAKE, GADGET, SLOW, BROKEN, ABSENT)
