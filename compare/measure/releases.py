"""Which versions of a distribution the package index has, as pip tells."""

import re
import subprocess
import sys

from packaging.version import InvalidVersion, Version

from fairfit.models.errors import UserError
from fairfit.models.text import Text


def between(distribution: str, first: str, last: str) -> list[str]:
    """The final releases from first to last, both included, in their order. Raises UserError."""
    try:
        low, high = Version(first), Version(last)
    except InvalidVersion as error:
        raise UserError(
            Text(f"{first}..{last}: {error}: write versions as 0.4.30..0.4.36", f"{first}..{last}：请写成 0.4.30..0.4.36 的形式")
        ) from error
    found = sorted(version for version in _all(distribution) if low <= version <= high and not version.is_prerelease)
    return [str(version) for version in found]


def _all(distribution: str) -> list[Version]:
    command = [sys.executable, "-m", "pip", "index", "versions", distribution, "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    listed = re.search(r"Available versions: (.*)", done.stdout)
    if done.returncode or listed is None:
        said = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise UserError(
            Text(
                f"the package index does not tell the versions of {distribution} ({said}): list them, as in --versions 1.0,1.1,1.2",
                f"包索引未给出 {distribution} 的版本（{said}）：请列出它们，如 --versions 1.0,1.1,1.2",
            )
        )
    return [Version(text.strip()) for text in listed[1].split(",")]
