"""Fashion-MNIST: where its files are looked for, what counts as a whole file, and what is said where there is none."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pooch
import pytest

from fairfit.models.errors import DataError
from fairfit.models.sources import fashion_mnist

SMALL = {  # the four files with fewer rows
    "train-images-idx3-ubyte": ((6, 28, 28), "md5-1"),
    "train-labels-idx1-ubyte": ((6,), "md5-2"),
    "t10k-images-idx3-ubyte": ((4, 28, 28), "md5-3"),
    "t10k-labels-idx1-ubyte": ((4,), "md5-4"),
}


def idx(values: np.ndarray) -> bytes:
    """The content of an IDX file of bytes."""
    return struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.tobytes()


def fill(folder: Path, value: int, suffix: str = "") -> Path:
    """Write four small files in which every byte is `value`."""
    folder.mkdir(exist_ok=True)
    for name, (shape, _) in SMALL.items():
        content = idx(np.full(shape, value, dtype=np.uint8))
        (folder / f"{name}{suffix}").write_bytes(gzip.compress(content) if suffix == ".gz" else content)
    return folder


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with small files expected, nothing in Debian's folder, no $FAIRFIT_DATA and no network."""

    def no_network(*arguments: object, **settings: object) -> str:
        raise ConnectionError("Name or service not known\nand a second line")

    monkeypatch.setattr(fashion_mnist, "FILES", SMALL)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.setattr(pooch, "retrieve", no_network)
    monkeypatch.delenv("FAIRFIT_DATA", raising=False)
    return tmp_path


# -- where the files are looked for --------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_of_a_named_folder_are_read_plain_or_compressed(alone: Path, suffix: str) -> None:
    arrays = fashion_mnist.load(fill(alone / "named", 3, suffix))
    assert [array.shape for array in arrays] == [shape for shape, _ in SMALL.values()]
    assert all(array.dtype == np.uint8 and (array == 3).all() for array in arrays)


def test_the_named_folder_wins_over_the_environment_and_the_environment_over_debian(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(alone / "debian", 1, ".gz")
    assert fashion_mnist.load()[1].max() == 1
    monkeypatch.setenv("FAIRFIT_DATA", str(fill(alone / "environment", 2)))
    assert fashion_mnist.load()[1].max() == 2
    assert fashion_mnist.load(fill(alone / "named", 3))[1].max() == 3


def test_an_empty_variable_names_no_folder(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(alone / "debian", 1)
    monkeypatch.setenv("FAIRFIT_DATA", "")
    assert fashion_mnist.load()[1].max() == 1


def test_the_last_resort_is_a_download_of_all_four_checked_by_checksum(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served, asked = fill(alone / "served", 4, ".gz"), []

    def retrieve(url: str, *, known_hash: str, fname: str, path: Path) -> str:
        asked.append((url, known_hash))
        return str(served / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    assert fashion_mnist.load()[3].max() == 4
    assert asked == [(f"{fashion_mnist.DOWNLOAD_FROM}{name}.gz", f"md5:{md5}") for name, (_, md5) in SMALL.items()]


# -- what is said where there are none -----------------------------------------------------------------------------------


def test_without_files_and_network_the_ways_to_get_them_are_listed_debian_first(alone: Path) -> None:
    with pytest.raises(DataError) as caught:
        fashion_mnist.load()
    message = str(caught.value)
    assert "could not be downloaded (Name or service not known)" in message
    assert "\n" not in message
    ways = [message.index(way) for way in ("apt-get install dataset-fashion-mnist", "--data-dir", "$FAIRFIT_DATA")]
    assert ways == sorted(ways)
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_a_missing_named_folder_is_named(alone: Path) -> None:
    fill(alone / "debian", 1)
    with pytest.raises(DataError) as caught:
        fashion_mnist.load(alone / "nowhere")
    assert str(caught.value) == f"data folder {alone / 'nowhere'} does not exist; {fashion_mnist.HOW_TO_GET}"


def test_an_empty_named_folder_is_told_what_it_lacks(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (alone / "empty").mkdir()
    monkeypatch.setenv("FAIRFIT_DATA", str(alone / "empty"))
    with pytest.raises(DataError) as caught:
        fashion_mnist.load()
    assert str(caught.value) == f"data folder {alone / 'empty'} lacks {', '.join(SMALL)}; {fashion_mnist.HOW_TO_GET}"


def test_one_missing_file_is_named_alone(alone: Path) -> None:
    (fill(alone / "named", 3) / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="named lacks t10k-labels-idx1-ubyte; to get Fashion-MNIST"):
        fashion_mnist.load(alone / "named")


# -- what counts as a whole file -----------------------------------------------------------------------------------------

IMAGES = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)


def test_a_plain_and_a_compressed_file_hold_the_same_values(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(idx(IMAGES))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(idx(IMAGES)))
    assert np.array_equal(fashion_mnist.read_idx(tmp_path / "plain", (4, 2, 3)), IMAGES)
    assert np.array_equal(fashion_mnist.read_idx(tmp_path / "packed.gz", (4, 2, 3)), IMAGES)


@pytest.mark.parametrize("name", ["plain", "packed.gz"])
def test_a_file_cut_anywhere_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path, whole = tmp_path / name, idx(IMAGES)
    if path.suffix == ".gz":
        whole = gzip.compress(whole)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError) as caught:
            fashion_mnist.read_idx(path, (4, 2, 3))
        assert str(caught.value).startswith(f"{path} ")
        assert str(fashion_mnist.HOW_TO_GET) in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x00\x00\x08\x02" + idx(IMAGES)[4:], id="wrong number of dimensions"),
        pytest.param(b"\x00\x00\x09\x03" + idx(IMAGES)[4:], id="wrong type of values"),
        pytest.param(b"\x01" + idx(IMAGES)[1:], id="wrong magic number"),
        pytest.param(idx(IMAGES.reshape(2, 4, 3)), id="wrong sizes"),
        pytest.param(idx(IMAGES) + b"\x00", id="one byte too many"),
        pytest.param(b"<html>404: Not Found</html>", id="a web page"),
    ],
)
@pytest.mark.parametrize("name", ["plain", "packed.gz"])
def test_a_file_of_another_content_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    with pytest.raises(DataError, match="is no complete IDX file of 4×2×3 bytes") as caught:
        fashion_mnist.read_idx(path, (4, 2, 3))
    assert str(caught.value).startswith(f"{path} ")


@pytest.mark.parametrize("position", [0, 20, -6])
def test_a_damaged_compressed_file_is_refused_by_name(tmp_path: Path, position: int) -> None:
    content = bytearray(gzip.compress(idx(IMAGES)))
    content[position] ^= 0xFF
    (tmp_path / "packed.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"packed\.gz"):
        fashion_mnist.read_idx(tmp_path / "packed.gz", (4, 2, 3))


# -- the real files ------------------------------------------------------------------------------------------------------

needs_the_real_files = pytest.mark.skipif(
    not fashion_mnist.DEBIAN_FOLDER.is_dir(), reason=f"{fashion_mnist.DEBIAN_FOLDER} is missing; {fashion_mnist.HOW_TO_GET}"
)


PACKED_AT_SECONDS = {"train": 1504176606, "t10k": 1504176627}  # 2017-08-31: the times in the headers of the published files


@needs_the_real_files
@pytest.mark.parametrize("name", fashion_mnist.FILES)
def test_debian_s_files_are_the_ones_whose_checksums_guard_the_download(name: str) -> None:
    packed = (fashion_mnist.DEBIAN_FOLDER / f"{name}.gz").read_bytes()
    # Debian's package leaves the name out of the gzip header and changes the time: put both back, and it is the published file
    header = b"\x1f\x8b\x08\x08" + struct.pack("<I", PACKED_AT_SECONDS[name.partition("-")[0]]) + b"\x00\x03"
    published = header + name.encode() + b"\x00" + packed[10:]
    assert hashlib.md5(published, usedforsecurity=False).hexdigest() == fashion_mnist.FILES[name][1]


@needs_the_real_files
def test_the_real_files_hold_ten_balanced_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAIRFIT_DATA", raising=False)
    train_images, train_labels, test_images, test_labels = fashion_mnist.load()
    assert (train_images.shape, test_images.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert np.bincount(train_labels).tolist() == [6000] * 10
    assert np.bincount(test_labels).tolist() == [1000] * 10
    # the data set's published mean and deviation of a training pixel are 0.2860 and 0.3530 of 255
    assert train_images.mean() / 255 == pytest.approx(0.2860, abs=5e-5)
    assert train_images.std() / 255 == pytest.approx(0.3530, abs=5e-5)


# -- features ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["unit", "standard"])
def test_fashion_mnist_is_flattened_row_by_row_and_scaled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scaling: str) -> None:
    generator, asked = np.random.default_rng(0), []
    images, labels = generator.integers(0, 256, (12, 28, 28), dtype=np.uint8), (np.arange(12) % 10).astype(np.uint8)

    def four_files(data_dir: Path | None) -> tuple[np.ndarray, ...]:
        asked.append(data_dir)
        return images[:8], labels[:8], images[8:], labels[8:]

    monkeypatch.setattr(fashion_mnist, "load", four_files)
    found = fashion_mnist.FashionMnist(scaling=scaling).load(tmp_path)
    train, test = images[:8].reshape(8, 784) / 255, images[8:].reshape(4, 784) / 255
    if scaling == "standard":
        deviation = train.std(axis=0)
        train, test = (train - train.mean(axis=0)) / deviation, (test - train.mean(axis=0)) / deviation
    assert asked == [tmp_path]
    # pixels are divided in float32, which rounds to 6e-8; a small deviation can enlarge that a hundredfold
    assert found.train_features == pytest.approx(train, abs=1e-5)
    assert found.test_features == pytest.approx(test, abs=1e-5)
    assert np.array_equal(found.train_targets, labels[:8])
    assert np.array_equal(found.test_targets, labels[8:])
