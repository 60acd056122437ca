"""What is measured of a framework's standing on the packages that are installed."""

from dataclasses import dataclass

from fairfit.models.text import Text


@dataclass(frozen=True)
class PlainImport:
    """Whether the import that a stranger types works in a fresh process; `error` is the first line where not."""

    works: bool
    error: Text | str


@dataclass(frozen=True)
class Shim:
    """A statement that may have to come before the import, and whether it has to here."""

    shim: str
    needed: bool


@dataclass(frozen=True)
class Findings:
    """Answers about one framework; sizes in bytes, shares from 0 to 1, times in seconds. See `distribution.py`,
    `public_api.py` and `first_import.py` beside this file for the rule behind each. `import_code` is what the import times
    are of: the plain import, or that after the shims that it needs."""

    version: str
    requires_python: str | None
    pythons: list[str]
    platform_tags: list[str]
    licence: str | None
    development_status: str | None
    install_bytes: int
    install_files: int
    dependencies: list[str]
    dependency_bytes: int
    public_modules: int
    unimportable_modules: int
    public_functions: int
    public_classes: int
    documented_share: float
    example_share: float
    median_docstring_characters: int
    plain_import: PlainImport
    import_seconds: list[float]
    import_code: str
    warning_count: int
    warnings: list[str]
    shims: list[Shim]
