"""The environment of a worker, built up from nothing, and what is recorded about the machine."""

import contextlib
import hashlib
import os
import platform
import site
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from fairfit import frameworks, models, progress
from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import cpus
from fairfit.measure.scratch import is_plain, plain
from fairfit.models.cache import cache
from fairfit.records import OWN, Machine

WHEREABOUTS = (  # where programs, libraries and packages lie: as the user has it, and nobody's business
    "PATH", "LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX",
    "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH",
)  # fmt: skip
MACHINE = (  # which compiler, which card, which kernels of a CPU or a card: the user's word on the machine
    "CC", "CXX",
    "CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
    "NVIDIA_TF32_OVERRIDE", "CUDA_CACHE_PATH", "CUDA_CACHE_DISABLE", "CUDA_CACHE_MAXSIZE", "CUDA_MODULE_LOADING",
    "CUDA_FORCE_PTX_JIT", "CUDA_DISABLE_PTX_JIT", "CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE",
    "CUBLAS_WORKSPACE_CONFIG",
    "MKL_ENABLE_INSTRUCTIONS", "MKL_DEBUG_CPU_TYPE", "MKL_CBWR", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA",
    "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "OPENBLAS_CORETYPE", "BLIS_ARCH_TYPE",
    "NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES", "GLIBC_TUNABLES",
)  # fmt: skip
HIDDEN = 'raise ModuleNotFoundError("{package} is hidden: a worker holds one framework", name="{package}")\n'
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def of_worker(entry: Entry, threads: str, own: Path) -> dict[str, str]:
    """The whole environment of one worker, whose folders are made below `own`.

    Every thread pool is set to `threads`, unless that is 'shipped'. Home and temporary folder are the worker's own, so that
    no settings of the user decide and no programs that somebody else compiled are found; what must lie where it lies (programs,
    packages, the user's word on the machine) is passed on. The other frameworks are hidden: TensorFlow imports JAX where it
    finds it, and would be charged with that.
    """
    own = own.absolute()
    home, temporary = own / "home", own / "tmp"
    for folder in (home, temporary):
        folder.mkdir(parents=True, exist_ok=True)
    environment = _passed_on((*WHEREABOUTS, *MACHINE, *entry.passed_on))
    environment |= _python(own) if not entry.python else {"PYTHONNOUSERSITE": "1", "PYTHONPATH": str(ourselves(own / "package"))}
    environment |= {"HOME": str(home), "TMPDIR": str(temporary), "USER": "fairfit", "LOGNAME": "fairfit", "LC_ALL": "C.UTF-8"}
    environment |= entry.variables(own)
    for name in entry.shared_folders:
        _share(shared_folder(entry, name), own / name)
    if threads != "shipped":
        environment |= dict.fromkeys((*THREAD_VARIABLES, *entry.thread_variables), threads)
    found_first = [str(hiding_the_others(entry, own / "alone")), environment.get("PYTHONPATH", "")]
    return environment | {"PYTHONPATH": os.pathsep.join(filter(None, found_first))}


def shared_folder(entry: Entry, name: str) -> Path | None:
    """Where one of its shared folders lies: of this version on this processor, as compilers know it; None without a home."""
    kind = hashlib.sha256(_cpu_name().encode()).hexdigest()[:8]
    version = registry.installed_version(entry) or "unknown"
    with contextlib.suppress(RuntimeError):
        return cache() / "compilers" / f"{entry.name}-{version}-{kind}" / Path(name).name
    return None


def _share(place: Path | None, link: Path) -> None:
    """Have a link lead to the place; where it cannot be had, the worker has a folder of its own there."""
    if place is not None and is_plain(place) and not link.exists():
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(place)


def ourselves(folder: Path) -> Path:
    """A folder for the PYTHONPATH of another interpreter in which this package lies, and nothing else of what is installed here."""
    place, home = folder / "fairfit", Path(progress.__file__).parent
    if not place.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if (home / "models").is_dir():
            place.symlink_to(home)
        else:  # a checkout, whose folders have names of their own
            place.mkdir()
            for path in (*home.iterdir(), Path(models.__path__[0]), Path(frameworks.__path__[0])):
                (place / path.name).symlink_to(path)
    return folder


def hiding_the_others(entry: Entry, folder: Path) -> Path:
    """A folder for PYTHONPATH in which the packages of every other framework say that they are not there."""
    ours = {entry.package, *entry.public_packages, *(other.package for other in registry.FRAMEWORKS if other.baseline)}
    for other in registry.FRAMEWORKS:
        for package in {other.package, *other.public_packages} - ours:
            (folder / package).mkdir(parents=True, exist_ok=True)
            (folder / package / "__init__.py").write_text(HIDDEN.format(package=package))
    return folder


def switches(frameworks: Iterable[Entry]) -> dict[str, str]:
    """What of the user's environment bears on the speed of these and is passed on to their workers, as it is recorded."""
    found = _passed_on((*MACHINE, *(name for entry in frameworks for name in entry.passed_on)))
    return {name: _told(value) for name, value in found.items()}


def _passed_on(names: Iterable[str]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ}


def _python(own: Path) -> dict[str, str]:
    """A worker finds the packages that this process finds, wherever it runs and whatever its home; by paths that are plain."""
    environment = {"PYTHONNOUSERSITE": "1"}
    if site.ENABLE_USER_SITE:
        environment = {"PYTHONUSERBASE": str(plain(Path(site.getuserbase()), own / "userbase"))}
    if paths := os.environ.get("PYTHONPATH"):
        absolute = [Path(path).absolute() for path in paths.split(os.pathsep)]
        reached = [str(plain(path, own / f"path{number}")) for number, path in enumerate(absolute)]
        environment["PYTHONPATH"] = os.pathsep.join(reached)
    # what draws keeps a list of fonts, seconds of work: a framework may import it, and shall not be charged with that
    caches = Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache")
    environment["MPLCONFIGDIR"] = str(caches.absolute() / "matplotlib")
    return environment


PRIVATE = {*WHEREABOUTS, "PYTHONPATH", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "MPLCONFIGDIR"}


def shown(environment: Mapping[str, str]) -> dict[str, str]:
    """A worker's environment as it is recorded: all but where the user's files lie; OWN stands for the folder of its own."""
    own = str(Path(environment["HOME"]).parent)
    return {name: _told(value.replace(own, OWN)) for name, value in environment.items() if name not in PRIVATE}


def _told(value: str) -> str:
    """A value without the user's home in it, and without bytes that are no text."""
    return value.replace(f"{_home()}/", "~/").encode(errors="replace").decode()


def _home() -> Path:
    """The user's; a folder that is not there where nobody knows it."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def of_machine() -> Machine:
    """What bears on speed, as the machine reports it."""
    return Machine(
        cpu=_cpu_name(),
        cpus=len(cpus.available()),
        memory_bytes=_memory_bytes(),
        load_average=_load_average(),
        governor=_read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        system=platform.platform(),
        python=platform.python_version(),
    )


def _memory_bytes() -> int:
    """Of the machine; 0 where there is no /proc to tell."""
    try:
        return int(psutil.virtual_memory().total)
    except OSError:
        return 0


def _load_average() -> list[float]:
    try:
        return list(os.getloadavg())
    except OSError:  # there is no /proc to tell
        return []


def _cpu_name() -> str:
    for line in (_read("/proc/cpuinfo") or "").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
