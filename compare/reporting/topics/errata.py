"""What is wrong in the article: each defect in each framework, as numbers and the framework's own errors turned into sentences."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fairfit.frameworks.errata.findings import (
    ConstantBatch,
    Findings,
    OneAffineMap,
    Raised,
    ShorterBatch,
    SoftmaxTwice,
    SquaredError,
    Twice,
)
from fairfit.models.text import Text, join
from fairfit.reporting.article import DEFECTS, Defect
from fairfit.reporting.drawing import Canvas, canvas, plain_axes
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.figures import epoch_ticks
from fairfit.reporting.labels import NO, NOT_TESTED, YES
from fairfit.reporting.tabular import Column, Table, Words, table
from fairfit.reporting.topics.potential import retirement

TOPIC = "errata"


class Item(NamedTuple):
    """One row: what became of a defect in a framework; `reproduced` is None where it was not or could not be tried."""

    defect: Defect
    framework: str
    reproduced: bool | None
    happens: Text | str
    instead: str


def defects(evidence: Evidence) -> Table:
    """One row for each defect and framework; one without a framework where none looked into it."""
    items = [item for defect in DEFECTS for item in _items(defect, evidence)]
    columns: list[Column[Item]] = [
        Column(Text("defect", "缺陷"), Text("its number in this report", "在本报告中的编号"), lambda item: item.defect.id, numeric=False),
        Column(Text("section", "章节"), Text("of the article", "文章的章节"), lambda item: item.defect.section, numeric=False),
        Column(Text("what", "内容"), Text("what the article says or does", "文章的说法或做法"), lambda item: item.defect.what,
               numeric=False),
        Column(Text("framework", "框架"), Text("in which it was tried", "在哪个框架中尝试"), lambda item: item.framework, numeric=False),
        Column(Text("reproduced", "重现"), Text("whether the framework shows it", "该框架是否出现"), _reproduced, numeric=False),
        Column(Text("what happens", "结果"), Text("errors are the framework's own", "报错为框架原文"), lambda item: item.happens,
               numeric=False),
        Column(Text("instead", "应写作"), Text("code that is right", "正确的代码"), lambda item: item.instead, numeric=False),
    ]  # fmt: skip
    return table("defects", Text("What is wrong in the article", "文章中的错误"), columns, items)


def _items(defect: Defect, evidence: Evidence) -> list[Item]:
    found: dict[str, Findings] = evidence.found(TOPIC)
    items = []
    for framework, findings in found.items():
        of_defect = getattr(findings, defect.id, None)
        error = findings.untried.get(defect.id)
        if of_defect is not None:
            happens = HAPPENS[type(of_defect)](of_defect)
            items.append(Item(defect, framework, of_defect.reproduced, happens, of_defect.instead))
        elif error is not None:
            items.append(Item(defect, framework, None, Text("could not be tried: ", "无法尝试：") + error, ""))
    retired = retirement(evidence) if defect.id == "X7" else []  # rests on dated facts
    if retired:
        items.append(Item(defect, retired[0].framework, True, join([fact.says for fact in retired]), ""))
    return items or [Item(defect, "", None, "", "")]


def _reproduced(item: Item) -> Words:
    return NOT_TESTED if item.reproduced is None else YES if item.reproduced else NO


# -- what happens


def _raised(found: Raised) -> Text | str:
    return found.error or Text("works here", "在此可行")


def _twice(found: SoftmaxTwice) -> Text:
    accuracies = join(
        (
            f"{name} {numbers.twice_accuracy[-1]:.4f} / {numbers.right_accuracy[-1]:.4f}"
            for name, numbers in found.exercises.items()
            if numbers.twice_accuracy and numbers.right_accuracy
        ),
        ", ",
        "，",
    )
    happens = (
        Text("test accuracy after the last epoch of plain SGD, with the second softmax / without: ",
             "普通 SGD 最后一轮后的测试准确率（有第二次 softmax / 没有）：") + accuracies
    )  # fmt: skip
    if found.warnings:
        happens += Text("; it warns: ", "；它警告：") + join(found.warnings, "; ", "；")
    if found.keeps_scores:
        return (
            Text(
                "the library takes the raw scores that it keeps behind their softmax: ", "该库会取用 softmax 之前保存的原始得分："
            )
            + happens
        )
    return happens


def _squared(found: SquaredError) -> Text:
    formula = f"{found.formula_value:g}", f"{found.formula_gradient:g}"
    loss = f"{found.loss_value:g}", f"{found.loss_gradient:g}"
    return Text(
        f"for prediction 3 and target 1 the formula gives {formula[0]} with gradient {formula[1]}, "
        f"{found.name} {loss[0]} with gradient {loss[1]}",
        f"预测为 3、目标为 1 时，公式得 {formula[0]}，梯度为 {formula[1]}；{found.name} 得 {loss[0]}，梯度为 {loss[1]}",
    )


def _constant(found: ConstantBatch) -> Text:
    return join((_shorter(name, cost) for name, cost in found.exercises.items()), "; ", "；")


def _shorter(name: str, cost: ShorterBatch) -> Text:
    right = f"{cost.true_distance:.1e}"
    if cost.constant_distance is None:
        return Text(
            f"{name}: the loss is a mean over the rows that are there; the weights end {right} from the float64 reference",
            f"{name}：损失是对实际行数取的平均；权重与 float64 参考相距 {right}",
        )
    ratio, wrong = f"{cost.last_update_ratio:.3f}", f"{cost.constant_distance:.1e}"
    return Text(
        f"{name}: the first epoch's last update is {ratio} of what it should be; the weights end {wrong} from the float64 "
        f"reference ({right} with the true size)",
        f"{name}：首轮最后一次更新为应有的 {ratio} 倍；权重与 float64 参考相距 {wrong}（按真实大小相除则为 {right}）",
    )


def _affine(found: OneAffineMap) -> Text:
    difference = f"{found.largest_difference:.1e}"
    return Text(
        f"what it predicts is one affine map of its {found.parameters} parameters, to within {difference}",
        f"其预测就是由 {found.parameters} 个参数构成的一个仿射映射，相差不超过 {difference}",
    )


HAPPENS: Mapping[type, Callable[[Any], Text | str]] = {
    Raised: _raised,
    SoftmaxTwice: _twice,
    SquaredError: _squared,
    ConstantBatch: _constant,
    OneAffineMap: _affine,
}


# -- what softmax applied twice costs


class Cost(NamedTuple):
    """One row."""

    exercise: str
    framework: str
    numbers: Twice


def twice(evidence: Evidence) -> Table | None:
    """Accuracy after the last epoch of each exercise, right and wrong."""
    items = sorted(_costs(evidence), key=lambda item: item.exercise)
    if not items:
        return None
    columns: list[Column[Cost]] = [
        Column(Text("data", "数据"), Text("what is trained", "训练什么"), lambda item: item.exercise, numeric=False),
        Column(Text("framework", "框架"), Text("the library", "所用的库"), lambda item: item.framework, numeric=False),
        Column(Text("epochs", "轮数"), Text("of plain SGD", "普通 SGD 的轮数"), lambda item: str(len(item.numbers.right_accuracy))),
        Column(Text("accuracy, softmax once", "准确率，一次 softmax"), Text("on the test rows, after the last epoch", "最后一轮后的测试准确率"),
               lambda item: f"{item.numbers.right_accuracy[-1]:.4f}"),
        Column(Text("accuracy, softmax twice", "准确率，两次 softmax"), Text("on the test rows, after the last epoch", "最后一轮后的测试准确率"),
               lambda item: f"{item.numbers.twice_accuracy[-1]:.4f}"),
        Column(Text("lost, points", "损失，百分点"), Text("the difference", "二者之差"),
               lambda item: f"{100 * (item.numbers.right_accuracy[-1] - item.numbers.twice_accuracy[-1]):.1f}"),
        Column(
            Text("epochs to catch up", "追上所需轮数"),
            Text("until twice reaches what once has after its first epoch", "两次者达到一次者首轮后的准确率所需"),
            lambda item: Text("never", "未达到") if item.numbers.epochs_to_catch_up is None else str(item.numbers.epochs_to_catch_up),
        ),
    ]  # fmt: skip
    return table("softmax-twice", Text("Softmax applied twice (X2): what it costs", "两次 softmax（X2）的代价"), columns, items)


def _costs(evidence: Evidence) -> list[Cost]:
    found: dict[str, Findings] = evidence.found(TOPIC)
    return [
        Cost(name, framework, numbers)
        for framework, findings in found.items()
        if findings.X2 is not None
        for name, numbers in findings.X2.exercises.items()
        if numbers.right_accuracy and numbers.twice_accuracy
    ]


def figure(evidence: Evidence) -> Canvas | None:
    """Test accuracy by epoch with softmax applied once and twice, in the first framework that was looked into; one panel
    for each exercise."""
    costs = _costs(evidence)
    shown = [cost for cost in costs if cost.framework == costs[0].framework]
    if not shown:
        return None
    drawn = canvas(4 * max(len(shown), 2), 3.2, left=0.75)
    drawn.figure.subplots_adjust(wspace=0.22)
    panels = drawn.figure.subplots(1, len(shown), squeeze=False)[0]
    for axes, cost in zip(panels, shown, strict=True):
        for values, marks, colour, label in (
            (cost.numbers.right_accuracy, "o-", "#333333", Text("softmax once", "一次 softmax")),
            (cost.numbers.twice_accuracy, "s--", "#CC79A7", Text("softmax twice", "两次 softmax")),
        ):
            axes.plot(range(1, len(values) + 1), values, marks, color=colour, markersize=4, label=drawn.say(label))
        axes.set_title(f"{cost.exercise}, {cost.framework}", loc="left", fontsize=11)
        axes.set_xlabel(drawn.say(Text("epoch", "轮次")))
        axes.set_xticks(epoch_ticks(len(cost.numbers.right_accuracy)))
        plain_axes(axes)
    panels[0].set_ylabel(drawn.say(Text("test accuracy", "测试准确率")))
    panels[0].legend(fontsize=8, frameon=False, loc="best")
    return drawn
