"""Protocol buffers as fields by number, without the classes that a compiler makes of them: enough to read what TensorFlow wrote.

A message is a list of (number, value): an int for varints and fixed numbers, bytes for everything with a length.
Source: protobuf.dev/programming-guides/encoding.
"""

from fairfit.models.errors import UserError
from fairfit.models.text import Text

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
MOST_FIELDS = 1_000_000

Message = list[tuple[int, int | bytes]]


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value & (2**64 - 1), at
    raise damaged()


def message(data: bytes) -> Message:
    found: Message = []
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        value: int | bytes
        if kind == VARINT:
            value, at = varint(data, at)
        elif kind in (LENGTH, FIXED64, FIXED32):
            length, at = varint(data, at) if kind == LENGTH else (8 if kind == FIXED64 else 4, at)
            if length > len(data) - at:
                raise damaged()
            value, at = data[at : at + length], at + length
            if kind != LENGTH:
                value = int.from_bytes(value, "little")
        else:
            raise damaged()
        found.append((number, value))
        if len(found) > MOST_FIELDS:
            raise damaged()
    return found


def parts(found: Message, number: int) -> list[bytes]:
    """All values of a field that is text or a message."""
    values = [value for each, value in found if each == number]
    if not all(isinstance(value, bytes) for value in values):
        raise damaged()
    return [value for value in values if isinstance(value, bytes)]


def whole(found: Message, number: int) -> int:
    """The value of a field that is a number, the last where it stands twice; 0 where it is left out."""
    values = [value for each, value in found if each == number]
    if values and not isinstance(values[-1], int):
        raise damaged()
    return values[-1] if values and isinstance(values[-1], int) else 0


def damaged() -> UserError:
    return UserError(Text("a message of TensorFlow's in it is cut or damaged", "其中 TensorFlow 的消息被截断或损坏"))
