"""Fashion-MNIST from its four IDX files: where they are looked for, how one is read and checked, how pixels are scaled.

Source of the format: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"; of the data: H. Xiao,
K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", 2017.
"""

import gzip
import math
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.errors import DataError
from fairfit.models.sources.source import Arrays, Size, Source, standardise
from fairfit.models.text import Text, listed

FILES = {  # name → (shape, md5 of the compressed file)
    "train-images-idx3-ubyte": ((60000, 28, 28), "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    "train-labels-idx1-ubyte": ((60000,), "25c81989df183df01b3e8a0aad5dffbe"),
    "t10k-images-idx3-ubyte": ((10000, 28, 28), "bef4ecab320f06d8554ea6380940ec79"),
    "t10k-labels-idx1-ubyte": ((10000,), "bb300cfdad3c16e7a12a480ee83cd310"),
}
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
DOWNLOAD_FROM = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
HOW_TO_GET = Text(
    "to get Fashion-MNIST: `apt-get install dataset-fashion-mnist` on Debian or Ubuntu; or put its four IDX files "
    f"({', '.join(FILES)}, each plain or .gz) into a folder and name it with --data-dir or $FAIRFIT_DATA",
    "获取 Fashion-MNIST：在 Debian 或 Ubuntu 上运行 `apt-get install dataset-fashion-mnist`；或把它的四个 IDX 文件"
    f"（{'、'.join(FILES)}，原样或 .gz 均可）放进一个文件夹，用 --data-dir 或 $FAIRFIT_DATA 指明",
)


@dataclass(frozen=True)
class FashionMnist(Source):
    """60,000 training and 10,000 test images of 28×28 pixels, ten classes; the scaling `unit` divides pixels by 255."""

    models: ClassVar[tuple[str, ...]] = ("softmax",)

    scaling: str = checked.one_of(("unit", "standard"), "unit")

    def load(self, data_dir: Path | None) -> Arrays:
        train_images, train_labels, test_images, test_labels = load(data_dir)
        train_features = train_images.reshape(len(train_images), -1) / np.float32(255)  # (rows, 784)
        test_features = test_images.reshape(len(test_images), -1) / np.float32(255)
        arrays = Arrays(train_features, train_labels, test_features, test_labels)
        return standardise(arrays) if self.scaling == "standard" else arrays

    def known_size(self) -> Size:
        return Size(60_000, 10_000, 784)


def load(data_dir: Path | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training images (60000, 28, 28) and labels (60000,), test images and labels (10000 rows); all uint8.

    A folder that the user names (`data_dir`, else $FAIRFIT_DATA) must hold the files; otherwise Debian's folder is
    looked at, then the user's cache, into which the files are downloaded once, checked by checksum.

    Raises DataError where files are missing, cannot be downloaded or are broken.
    """
    named = data_dir or (Path(os.environ["FAIRFIT_DATA"]) if os.environ.get("FAIRFIT_DATA") else None)
    if named is not None:
        if not named.is_dir():
            raise _unusable(Text(f"data folder {named} does not exist", f"数据文件夹 {named} 不存在"))
        paths = [_in_folder(named, name) for name in FILES]
        missing = [name for name, path in zip(FILES, paths, strict=True) if path is None]
        if missing:
            raise _unusable(Text(f"data folder {named} lacks ", f"数据文件夹 {named} 缺少 ") + listed(missing))
    else:
        paths = [_in_folder(DEBIAN_FOLDER, name) for name in FILES]
        if None in paths:
            paths = [_download(f"{name}.gz", md5) for name, (_, md5) in FILES.items()]
    arrays = [read_idx(path, shape) for path, (shape, _) in zip(paths, FILES.values(), strict=True) if path is not None]
    return arrays[0], arrays[1], arrays[2], arrays[3]


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read an IDX file of bytes, compressed or not. Raises DataError unless it holds exactly `shape`."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        told = Text(f"{path} cannot be read as a complete IDX file: ", f"{path} 无法作为完整的 IDX 文件读取：") + str(error)
        raise _unusable(told) from error
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)  # two zero bytes, 8 = uint8, dimensions, sizes
    if content[: len(header)] != header or len(content) != len(header) + math.prod(shape):
        sizes, expected = "×".join(map(str, shape)), len(header) + math.prod(shape)
        raise _unusable(
            Text(
                f"{path} is no complete IDX file of {sizes} bytes (it has {len(content):,} bytes, expected are {expected:,})",
                f"{path} 不是完整的 {sizes} 字节的 IDX 文件（它有 {len(content):,} 字节，应有 {expected:,} 字节）",
            )
        )
    return np.frombuffer(content, dtype=np.uint8, offset=len(header)).reshape(shape)


def _in_folder(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _download(name: str, md5: str) -> Path:
    import pooch  # here: a worker reads arrays, it never needs a downloader

    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(pooch.retrieve(DOWNLOAD_FROM + name, known_hash=f"md5:{md5}", fname=name, path=pooch.os_cache("fairfit")))
    except Exception as error:  # the downloader's errors have no common base: network, checksum, disk
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unusable(
            Text(
                f"Fashion-MNIST is not on this machine and could not be downloaded ({reason})",
                f"本机没有 Fashion-MNIST，也无法下载（{reason}）",
            )
        ) from error


def _unusable(what: Text) -> DataError:
    return DataError(what + Text("; ", "；") + HOW_TO_GET)
