"""What a rule says of a claim: its verdict, the numbers behind it, and where they stand."""

from typing import NamedTuple

from fairfit.models.text import Text
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import NOT_TESTED

HOLDS, NOT, PARTLY, UNSHOWN, UNTESTED = "holds", "does not hold", "partly", "not shown here", "not tested here"
WORDS = {
    HOLDS: Text("holds", "成立"),
    NOT: Text("does not hold", "不成立"),
    PARTLY: Text("partly", "部分成立"),
    UNSHOWN: Text("not shown here", "此处未能证明"),  # of a claim that something may be, and was not seen
    UNTESTED: NOT_TESTED,
}


class Judgement(NamedTuple):
    """`link` is the key of the section or table that has more."""

    verdict: str
    because: Text
    link: str


def not_looked_into(topic: str, evidence: Evidence, link: str) -> Judgement:
    """The judgement where a run found nothing under a topic."""
    reason = evidence.why_not(topic, SUBJECT)
    because = Text("This run has not looked into it: ", "本次运行没有查看：") + reason + Text(".", "。")
    return Judgement(UNTESTED, because, link)
