"""A fake that claims a GPU."""

from tests.fakes.adapter import Fake


class Gadget(Fake):
    def devices(self) -> list[str]:
        return ["cpu", "gpu:0"]


FRAMEWORK = Gadget
