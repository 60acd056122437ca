"""`fairfit doctor`: what works on this machine, and what to do where something does not."""

import argparse
import json

from fairfit.commands.answer import Answer, Status
from fairfit.measure import doctor
from fairfit.models.text import Text
from fairfit.reporting import terminal

EXAMPLES = "  fairfit doctor\n  fairfit doctor --json"
HEADINGS = [
    Text("framework", "框架"), Text("state", "状态"), Text("version", "版本"), Text("devices", "设备"),
    Text("styles", "写法"), Text("what to do", "处理办法"),
]  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def command(options: argparse.Namespace) -> Answer:
    checkups, machine = doctor.frameworks(), doctor.machine()

    def show() -> None:
        if options.json:
            print(json.dumps(doctor.as_json(checkups, machine), indent=1))
            return
        rows = [
            [one.title, doctor.STATES[one.state], one.version, ", ".join(one.devices), ", ".join(one.styles), one.advice]
            for one in checkups
        ]
        terminal.plain(Text("Frameworks", "框架"), HEADINGS, rows, options.language)
        parts = [[part.title, part.found] for part in machine]
        terminal.plain(Text("Machine", "机器"), [Text("what", "项目"), Text("found", "情况")], parts, options.language)

    return Answer(Status.OK if all(one.sound for one in checkups) else Status.INCOMPLETE, show)
