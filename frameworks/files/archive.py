"""A zip archive that is not trusted: members are stored or deflated, and unpack to no more than their size in the file allows."""

import io
import struct
import zipfile
import zlib

from fairfit.frameworks.files.tensors import shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

MOST_MEMBERS = 10_000
UNPACKED = 2**24  # bytes that any member may unpack to
TIMES_PACKED = 16  # or as many times its packed size: numbers are not packed better, but for zeros
PIECE = 2**16
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError, NotImplementedError,
)  # fmt: skip  # what zipfile raises, by the place where the damage is


class Archive:
    """The members of an archive by name; sizes are checked before anything is unpacked, checksums while it is."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except DAMAGE as error:
            raise UserError(Text("it is a zip archive that was cut or damaged", "它是被截断或损坏的 zip 压缩包")) from error
        self._size = len(data)
        self._members = {info.filename: info for info in self._zip.infolist()}
        if len(self._members) != len(self._zip.infolist()):
            raise UserError(Text("two members of the archive have one name", "压缩包中有重名的成员"))
        if len(self._members) > MOST_MEMBERS:
            raise UserError(Text(f"the archive has {len(self._members):,} members", f"压缩包有 {len(self._members):,} 个成员"))

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def size(self, name: str) -> int:
        """Bytes of a member when unpacked, once they are known to be allowed."""
        info = self._members.get(name)
        if info is None:
            raise UserError(Text(f"the archive has no {shown(name)}", f"压缩包中没有 {shown(name)}"))
        if info.flag_bits & 1:
            raise UserError(Text(f"{shown(name)} in the archive is encrypted", f"压缩包中的 {shown(name)} 已加密"))
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UserError(
                Text(f"{shown(name)} in the archive is packed in an unknown way", f"压缩包中的 {shown(name)} 以未知方式压缩")
            )
        allowed = (
            self._size
            if info.compress_type == zipfile.ZIP_STORED
            else max(UNPACKED, TIMES_PACKED * min(info.compress_size, self._size))
        )
        if info.file_size > allowed:
            raise UserError(
                Text(
                    f"{shown(name)} in the archive would unpack to {info.file_size:,} bytes, more than the {allowed:,} allowed",
                    f"压缩包中的 {shown(name)} 解压后有 {info.file_size:,} 字节，超过允许的 {allowed:,} 字节",
                )
            )
        return info.file_size

    def read(self, name: str, most: int | None = None) -> bytes:
        """The bytes of a member, or its first `most`, unpacked in pieces."""
        wanted = self.size(name) if most is None else min(most, self.size(name))
        pieces: list[bytes] = []
        left = wanted
        try:
            with self._zip.open(name) as member:
                while left and (piece := member.read(min(left, PIECE))):
                    pieces.append(piece)
                    left -= len(piece)
                if most is None:
                    left -= len(member.read(1))  # at its end the checksum is looked at
        except DAMAGE as error:
            raise UserError(Text(f"{shown(name)} in the archive is damaged", f"压缩包中的 {shown(name)} 已损坏")) from error
        if left:
            raise UserError(Text(f"{shown(name)} in the archive is cut", f"压缩包中的 {shown(name)} 被截断"))
        return b"".join(pieces)
