"""Conventions in which trainings differ though their code looks alike: each is what some library does by default, or what is
easily written by mistake. `told` completes 'it fits, if …'."""

from collections.abc import Callable
from dataclasses import dataclass

from fairfit.models.rules import Rules
from fairfit.models.spec import Spec
from fairfit.models.text import Text


def _any(spec: Spec) -> bool:
    return True


def _linear(spec: Spec) -> bool:
    return spec.model == "linear"


def _softmax(spec: Spec) -> bool:
    return spec.model == "softmax"


def _penalised(spec: Spec) -> bool:
    return spec.training.l2 > 0


def _momentum(spec: Spec) -> bool:
    return spec.training.momentum > 0


def _changing_rate(spec: Spec) -> bool:
    return len(set(spec.training.learning_rates)) > 1


def _started(spec: Spec) -> bool:
    return spec.training.start != "zeros"


@dataclass(frozen=True)
class Convention:
    """`concerns` says in which specs there is what it is about; whether it makes a difference there is computed."""

    told: Text
    rules: Rules
    concerns: Callable[[Spec], bool] = _any


_LOSS = (
    Convention(
        Text("the squared loss is taken without ½ (its gradient is twice as large)", "平方损失没有乘 ½（梯度是两倍）"),
        Rules(loss_factor=2.0),
        _linear,
    ),
    Convention(Text("the loss has ½ where it should have none", "损失多乘了 ½"), Rules(loss_factor=0.5)),
    Convention(
        Text("the last, shorter batch is divided by the full batch size", "最后较短的批次除以了完整的批量大小"),
        Rules(divide_by="nominal"),
    ),
    Convention(Text("the loss of a batch is summed, not averaged", "批次损失是求和而不是平均"), Rules(divide_by="nothing")),
    Convention(Text("the loss is averaged over the classes too", "损失还对类别取了平均"), Rules(divide_by="values"), _softmax),
    Convention(
        Text(
            "softmax is applied twice (a loss on raw scores got probabilities)",
            "softmax 用了两次（要求原始得分的损失收到了概率）",
        ),
        Rules(loss="softmax twice"),
        _softmax,
    ),
    Convention(
        Text("softmax is missing (a loss on probabilities got raw scores)", "缺少 softmax（要求概率的损失收到了原始得分）"),
        Rules(loss="chances"),
        _softmax,
    ),
    Convention(
        Text(
            "softmax is missing (a loss on logarithms of probabilities got raw scores)",
            "缺少 softmax（要求对数概率的损失收到了原始得分）",
        ),
        Rules(loss="logarithms"),
        _softmax,
    ),
    Convention(
        Text(
            "each prediction is compared with every target of the batch (shapes (batch, 1) and (batch,) broadcast)",
            "每个预测值与批次中的所有目标值相比（形状 (batch, 1) 与 (batch,) 发生广播）",
        ),
        Rules(loss="all pairs"),
        _linear,
    ),
)

_PENALTY = (
    Convention(Text("the penalty shrinks the bias too", "惩罚项也作用于偏置"), Rules(penalise_bias=True), _penalised),
    Convention(
        Text("the penalty is taken without ½ (l2 · ‖weight‖²)", "惩罚项没有乘 ½（l2 · ‖weight‖²）"),
        Rules(penalty_factor=2.0),
        _penalised,
    ),
    Convention(Text("the penalty has ½ twice", "惩罚项多乘了 ½"), Rules(penalty_factor=0.5), _penalised),
    Convention(Text("there is no penalty", "没有惩罚项"), Rules(penalty_factor=0.0), _penalised),
    Convention(
        Text(
            "the penalty is decoupled from the gradient (weight decay as in AdamW: past the momentum)",
            "惩罚项与梯度解耦（如 AdamW 的 weight decay，不经过动量）",
        ),
        Rules(decouple_penalty=True),
        _penalised,
    ),
)

_STEP = (
    Convention(
        Text(
            "the velocity holds the learning rate (v ← μv + rate · g)",
            "速度中含有学习率（v ← μv + 学习率 · g）",
        ),
        Rules(velocity_holds_rate=True),
        _momentum,
    ),
    Convention(Text("momentum is Nesterov's", "用的是 Nesterov 动量"), Rules(nesterov="yes"), _momentum),
    Convention(
        Text(
            "momentum is Nesterov's, and the velocity takes the penalty of the weights after the step",
            "用的是 Nesterov 动量，且速度中的惩罚项取自更新之后的权重",
        ),
        Rules(nesterov="late penalty"),
        lambda spec: _momentum(spec) and _penalised(spec),
    ),
    Convention(
        Text("the gradient is dampened by 1 − momentum", "梯度乘了 1 − momentum（阻尼）"), Rules(dampening="yes"), _momentum
    ),
    Convention(
        Text(
            "the gradient is dampened by 1 − momentum after the first step, whose gradient is taken whole",
            "除第一步外，梯度乘了 1 − momentum（阻尼）",
        ),
        Rules(dampening="after the first step"),
        _momentum,
    ),
    Convention(Text("there is no momentum", "没有动量"), Rules(momentum_factor=0.0), _momentum),
    Convention(
        Text("the velocity begins at zero in each epoch", "每轮开始时速度归零"), Rules(velocity_begins_anew=True), _momentum
    ),
    Convention(Text("the bias is not trained", "没有训练偏置"), Rules(train_bias=False)),
)

_SETTINGS = (
    Convention(
        Text("the learning rate of the first epoch is kept", "一直用首轮的学习率"),
        Rules(rates="of the first epoch"),
        _changing_rate,
    ),
    Convention(
        Text("each epoch has the learning rate of the next one", "每轮用的是下一轮的学习率"),
        Rules(rates="of the next epoch"),
        _changing_rate,
    ),
    Convention(
        Text("each epoch has the learning rate of the one before", "每轮用的是上一轮的学习率"),
        Rules(rates="of the epoch before"),
        _changing_rate,
    ),
    Convention(Text("the learning rate is twice that of the spec", "学习率是规格的两倍"), Rules(rate_factor=2.0)),
    Convention(Text("the learning rate is half that of the spec", "学习率是规格的一半"), Rules(rate_factor=0.5)),
    Convention(
        Text("learning rate, momentum and l2 are rounded to float32", "学习率、动量与 l2 被舍入为 float32"),
        Rules(rounded_settings=True),
        lambda spec: spec.training.dtype == "float64",
    ),
    Convention(
        Text("training starts from zeros, not from the start given", "从零开始训练，而不是从给定的初值"),
        Rules(start="zeros"),
        _started,
    ),
)

_DATA = (
    Convention(Text("the last, shorter batch is left out", "丢弃了最后较短的批次"), Rules(last_batch="left out")),
    Convention(
        Text("the last, shorter batch is filled up with the first rows of the epoch", "最后较短的批次用该轮开头的行补满"),
        Rules(last_batch="padded"),
    ),
    Convention(
        Text("rows are taken as they lie, not in the order given", "按原有顺序取行，而不是按给定的顺序"),
        Rules(order="as rows lie"),
    ),
    Convention(
        Text("every epoch has the order of the first one", "每轮都用首轮的顺序"),
        Rules(order="of the first epoch"),
        lambda spec: spec.training.epochs > 1,
    ),
    Convention(Text("features are 255 times what the spec has", "特征是规格的 255 倍"), Rules(features="times 255")),
    Convention(Text("features are divided by 255", "特征除以了 255"), Rules(features="by 255")),
    Convention(Text("features are 16 times what the spec has", "特征是规格的 16 倍"), Rules(features="times 16")),
    Convention(Text("features are divided by 16", "特征除以了 16"), Rules(features="by 16")),
    Convention(
        Text("features are standardised (each column to mean 0 and deviation 1)", "特征做了标准化（每列均值 0、标准差 1）"),
        Rules(features="standardised"),
    ),
    Convention(Text("features are scaled to 0 … 1 by column", "特征按列缩放到 0 … 1"), Rules(features="from 0 to 1")),
    Convention(Text("features are rounded to float16", "特征被舍入为 float16"), Rules(features="float16")),
    Convention(
        Text(
            "labels are shifted by one (class k is taken for k + 1, the last for 0)",
            "标签错了一位（类别 k 当作 k + 1，最后一类当作 0）",
        ),
        Rules(targets="next class"),
        _softmax,
    ),
    Convention(
        Text(
            "labels are shifted by one (class k is taken for k − 1, class 0 for the last)",
            "标签错了一位（类别 k 当作 k − 1，类别 0 当作最后一类）",
        ),
        Rules(targets="class before"),
        _softmax,
    ),
    Convention(
        Text(
            "labels are shifted by one (class k is taken for k + 1, but for the last)",
            "标签错了一位（除最后一类外，类别 k 当作 k + 1）",
        ),
        Rules(targets="next class but the last"),
        _softmax,
    ),
    Convention(
        Text(
            "labels are shifted by one (class k is taken for k − 1, but for 0)", "标签错了一位（除类别 0 外，类别 k 当作 k − 1）"
        ),
        Rules(targets="class before but the first"),
        _softmax,
    ),
    Convention(Text("each row has the target of the next row", "每行用的是下一行的目标值"), Rules(targets="of the next row")),
    Convention(Text("each row has the target of the row before", "每行用的是上一行的目标值"), Rules(targets="of the row before")),
)

CONVENTIONS = (*_LOSS, *_PENALTY, *_STEP, *_SETTINGS, *_DATA)
"""In this order: of those that mathematics cannot tell apart, the first is named first."""
