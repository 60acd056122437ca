"""Carries out a plan group by group; can continue a run that was interrupted."""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import platform
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fairfit.frameworks import registry
from fairfit.frameworks.base import INPUTS
from fairfit.measure import environment, hold, inspections, memory, once, task
from fairfit.measure import forecast as forecasts
from fairfit.measure import scratch as scratches
from fairfit.measure.facts import facts
from fairfit.measure.forecast import Forecast
from fairfit.measure.group import Group
from fairfit.measure.hold import Hold
from fairfit.measure.ledger import Ledger
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan
from fairfit.measure.steps import steps
from fairfit.models import exercise as exercises
from fairfit.models import spec as specs
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain
from fairfit.progress import Progress
from fairfit.records import Cell, CellRecord, FrameworkRecord, Run
from fairfit.runfiles import RunFolder

WORKER = (  # what every time depends on
    "fairfit.measure.worker", "fairfit.measure.session", "fairfit.measure.clock", "fairfit.frameworks.clock",
)  # fmt: skip


def run(
    plan: Plan,
    folder: RunFolder,
    run: Run,
    options: Options,
    *,
    data_dir: Path | None,
    progress: Progress,
    on: Hold | None = None,
) -> None:
    """Measure all cells of the plan into `folder` and `run`, `on` CPUs that are held; what `run` says is finished is not done
    again.

    Raises UserError (bad data, a spec that diverges) before anything is measured. Whatever happens later, workers are
    ended and what was measured is kept.
    """
    if not run.cells:
        _describe(run, plan)
    began, spent = time.perf_counter(), run.wall_seconds
    on = on or hold.unlocked()
    run.busy = {str(cpu): share for cpu, share in on.busy.items()}
    ledger = Ledger(folder, run, progress)
    with scratches.folder(folder.scratch_path) as scratch:
        tasks = _prepare(plan, run, scratch / "specs", data_dir, progress)
        once.prepare(plan, scratch / "once", options.time_limit, progress, on)
        folder.cut_partial_sample()
        ledger.save()
        try:
            _measure(plan, tasks, ledger, options, progress, scratch, on, began=began, deadline=began + options.budget - spent)
            inspections.carry_out(
                ledger, scratch / "topics", data_dir=data_dir, time_limit=options.time_limit, progress=progress, hold=on
            )
        except OSError:
            folder.remove_scratch()  # where the disk is full that makes room for run.json
            raise
        finally:
            run.peak_rss_bytes = max(run.peak_rss_bytes or 0, memory.peak_rss_bytes()) or None
            run.own_bytes = max(run.own_bytes or 0, memory.own_bytes()) or None
            ledger.save()


def _prepare(plan: Plan, run: Run, scratch: Path, data_dir: Path | None, progress: Progress) -> dict[str, task.Task]:
    """Every spec with its data and reference, recorded in the run."""
    tasks: dict[str, task.Task] = {}
    for name, spec in plan.specs.items():
        progress.stage(Text(f"{name}: data and reference in float64", f"{name}：数据与 float64 参考"), 1)
        like = next((done.folder for done in tasks.values() if exercises.same_data(done.exercise.spec, spec)), None)
        tasks[name] = task.prepare(spec, scratch / scratches.short(name), data_dir, like)
        run.specs[name] = task.record(tasks[name])
        run.own_bytes = max(run.own_bytes or 0, memory.own_bytes()) or None
    return tasks


def _measure(
    plan: Plan,
    tasks: dict[str, task.Task],
    ledger: Ledger,
    options: Options,
    progress: Progress,
    scratch: Path,
    on: Hold,
    *,
    began: float,
    deadline: float,
) -> None:
    """Measure group after group, each with a share of the time that is left, in proportion to what it takes at the least."""
    run = ledger.run
    spent, harness = run.wall_seconds, run.harness_seconds
    waiting = [cells for cells in plan.groups() if cells[0].group not in run.finished]
    forecast = Forecast(tasks, plan.groups(), options)
    pending = sum(inspection.status == "pending" for inspection in run.inspections)
    worked = 0.0
    for number, cells in enumerate(waiting):
        leasts = [forecast.least(ledger.running(later), done=ledger.generations(later[0].group)) for later in waiting[number:]]
        least, inspecting, now = sum(leasts), forecast.inspections(pending), time.perf_counter()
        left = deadline - inspecting - now
        progress.ends_in(max(least, left) + inspecting)
        if number == 0:
            count = sum(not cell.twin for later in waiting for cell in ledger.running(later))
            progress.note(forecasts.told(count, now - began + least + inspecting, options.budget))
        group = Group(
            cells, tasks[cells[0].spec], ledger, options, progress, scratch / f"group{number}", on, forecast,
            least - leasts[0] + inspecting,
        )  # fmt: skip
        try:
            group.measure(until=now + (left * leasts[0] / least if least else 0.0))
        finally:
            shutil.rmtree(group.scratch, ignore_errors=True)  # a compiler's precompiled headers take 150 MB a cell
            worked += group.worked
            wall = time.perf_counter() - began
            ledger.spent(spent + wall, harness + wall - worked)
        ledger.save()
    progress.ends_in(forecast.inspections(pending))


def resumed(run: Run) -> tuple[Plan, Options]:
    """The plan and options of a run that was interrupted; its failed cells will be tried again.

    Raises UserError that names what changed where the rest would not be comparable with what is there.
    """
    plan = Plan({name: specs.from_mapping(record.spec, name) for name, record in run.specs.items()}, [])
    for record in run.cells:
        cell, styles = record.cell, registry.find(record.cell.framework).styles
        if cell.style not in styles or cell.input not in INPUTS or not (cell.threads == "shipped" or cell.threads.isdecimal()):
            raise UserError(
                Text(f"cannot continue this run: there is no cell {cell.id!r}", f"无法继续这次运行：没有组合 {cell.id!r}")
            )
        plan.cells.append(cell)
    now = fingerprint(plan)
    changed = [name for name in sorted(now | run.fingerprint) if now.get(name) != run.fingerprint.get(name)]
    if changed:
        was = [(name, run.fingerprint.get(name), now.get(name)) for name in changed]
        en = ", ".join(f"{name} ({before or 'nothing'}, now {after or 'nothing'})" for name, before, after in was)
        zh = "、".join(f"{name}（{before or '无'}，现为 {after or '无'}）" for name, before, after in was)
        raise UserError(
            Text(
                f"cannot continue this run, as the rest would not be comparable; changed: {en}; start a new run",
                f"无法继续这次运行，因为其余部分将不可比较；有变化的是：{zh}；请开始新的运行",
            )
        )
    for inspection in run.inspections:
        if inspection.status == "failed":
            inspection.status, inspection.reason, inspection.log = "pending", "", []
    for record in run.cells:
        if record.status == "failed":
            record.status, record.reason, record.log = "pending", "", []
            if record.group in run.finished:
                run.finished.remove(record.group)
    try:
        return plan, from_plain(Options, run.options)
    except Misfit as misfit:
        raise UserError(
            Text(f"cannot continue this run: its option {misfit}", f"无法继续这次运行，其选项有误：{misfit}")
        ) from misfit


def fingerprint(plan: Plan) -> dict[str, str]:
    """What must be the same for samples to belong together: specs, adapters, versions, machine."""
    machine = environment.of_machine()
    found = {
        "cpu": f"{machine.cpu}, {machine.cpus} usable",
        "system": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "worker": _hash(WORKER),
    }
    found |= {f"spec {name}": spec.digest for name, spec in plan.specs.items()}
    for name in dict.fromkeys(cell.framework for cell in plan.cells):
        entry = registry.find(name)
        found[name] = registry.installed_version(entry) or "not installed"
        found[f"adapter of {name}"] = _hash([entry.adapter])
        found |= {f"{file} of {name}": digest[:12] for file, digest in entry.files.items()}
    compared = {registry.find(cell.framework).name: registry.find(cell.framework) for cell in plan.cells}
    return found | environment.switches(compared.values())


def _hash(modules: Iterable[str]) -> str:
    """Of the source of these modules, as far as it is here: an adapter may come with its framework, in an environment of its own."""
    content = hashlib.sha256()
    for name in modules:
        module = None
        with contextlib.suppress(ModuleNotFoundError):
            module = importlib.util.find_spec(name)
        if module is not None and module.origin is not None:
            content.update(Path(module.origin).read_bytes())
    return content.hexdigest()[:12]


def _describe(run: Run, plan: Plan) -> None:
    """Record what a report tells beside what was measured, so that it depends on nothing that may change later."""
    run.fairfit_version = importlib.metadata.version("fairfit")
    run.cells = [_record(cell, plan) for cell in plan.cells]
    run.fingerprint = fingerprint(plan)
    compared = {cell.framework for cell in plan.cells}
    run.frameworks = {
        entry.name: FrameworkRecord(
            title=entry.title,
            colour=entry.colour,
            baseline=entry.baseline,
            levels={name: style.level for name, style in entry.styles.items()},
            steps=[] if entry.version or entry.file else steps(entry),
        )
        for entry in registry.rows()
        if entry.name in compared
    }
    run.levels = dict(registry.LEVELS)
    run.facts = facts(compared)


def _record(cell: Cell, plan: Plan) -> CellRecord:
    style = registry.find(cell.framework).styles[cell.style]
    reason = plan.impossible.get(cell.id, "")
    return CellRecord(cell, style.level, style.compiled, "unavailable" if reason else "pending", reason)
