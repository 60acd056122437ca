from fairfit.assertions import assert_same_training as assert_same_training
from fairfit.commands.answer import Status as Status
from fairfit.commands.bisect import bisect as bisect
from fairfit.commands.check import check as check
from fairfit.commands.diff import diff as diff
from fairfit.commands.port import port as port
from fairfit.commands.prove import prove as prove
from fairfit.commands.report import read as read
from fairfit.commands.report import report as report
from fairfit.commands.result import Result as Result
from fairfit.commands.run import run as run
from fairfit.commands.sweep import sweep as sweep
from fairfit.commands.verify import verify as verify
from fairfit.models.errors import UserError as UserError

__all__: list[str]
