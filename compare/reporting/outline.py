"""The sections of a report in their order, written once: Markdown, HTML, navigation and whoever checks a report loop over it.

A part of a section is the key of a table or of a figure, or the name of a block: something that the pages lay out in their
own way. What has nothing to show is left out, and so is a section without parts.
"""

from collections.abc import Collection
from dataclasses import dataclass

from fairfit.models.text import Text

BLOCKS = ("answer", "sureness", "findings", "how-to-read", "groups", "steps", "conditions")
"""What is no single table or figure: both templates have a macro for each."""


@dataclass(frozen=True)
class Section:
    """`key` is its anchor, `heading` stands above it, `short` in the navigation."""

    key: str
    heading: Text
    short: Text
    parts: tuple[str, ...]


SECTIONS = (
    Section(
        "verdict", Text("The answer", "结论"), Text("Answer", "结论"), ("answer", "comparison", "comparison-figure", "sureness")
    ),
    Section(
        "sweep",
        Text("Settings", "设置"),
        Text("Settings", "设置"),
        ("sweep-fastest", "sweep-seconds", "sweep-loss", "sweep-settings", "sweep-growth", "sweep-check"),
    ),
    Section(
        "claims", Text("The article, claim by claim", "逐条回答文章的论断"), Text("Claims", "论断"), ("findings",)
    ),
    Section(
        "reading", Text("How to read this", "如何阅读"), Text("How to read", "如何阅读"), ("how-to-read",)
    ),
    Section(
        "performance",
        Text("Performance", "性能"),
        Text("Performance", "性能"),
        ("comparison-everywhere", "levels", "groups", "solvers", "profile", "time-to-target", "at-best", "dispatch"),
    ),
    Section(
        "aspect-extensibility",
        Text("Extensibility", "可扩展性"),
        Text("Extensibility", "可扩展性"),
        ("extensibility",),
    ),
    Section("aspect-potential", Text("Potential", "潜力"), Text("Potential", "潜力"), ("potential", "facts")),
    Section(
        "concepts",
        Text("Concepts: the article's four steps in source code, and the graphs", "概念：文章的四个步骤（源码），以及计算图"),
        Text("Concepts", "概念"),
        ("steps", "graphs-softmax", "graphs"),
    ),
    Section(
        "several-workers", Text("Distributed training", "分布式训练"), Text("Workers", "多进程"), ("distributed",)
    ),
    Section("errors", Text("Errors in the article", "文章中的错误"), Text("Errors", "错误"), ("defects", "softmax-twice", "softmax-twice-curves")),
    Section("table", Text("Your table", "您的表格"), Text("Table", "表格"), ("table-columns", "table-classes")),
    Section("proofs", Text("Proof", "证明"), Text("Proof", "证明"), ("proof", "costs")),
    Section("conditions", Text("Conditions", "条件"), Text("Conditions", "条件"), ("conditions",)),
)  # fmt: skip


def shown(keys: Collection[str]) -> list[Section]:
    """The sections with those of their parts that there are."""
    kept = [
        Section(section.key, section.heading, section.short, tuple(part for part in section.parts if part in keys))
        for section in SECTIONS
    ]
    return [section for section in kept if section.parts]


def reserved() -> list[str]:
    """All keys that a table or a figure of a group may not have."""
    return [*(section.key for section in SECTIONS), *(part for section in SECTIONS for part in section.parts)]
