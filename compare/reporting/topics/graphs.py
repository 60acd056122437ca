"""The graphs that each framework makes: operators in their order, and how they hang together."""

from typing import NamedTuple

from fairfit.frameworks.graphs.findings import Findings, Graph, Node
from fairfit.models.text import Text, listed
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.drawing import Canvas, canvas
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, Judgement, not_looked_into
from fairfit.reporting.tabular import Column, Table, table

TOPIC = "graphs"
DRAWN = "softmax"  # the model whose graph is drawn


class Item(NamedTuple):
    """One row."""

    model: str
    part: Text
    framework: str
    graph: Graph


def operators(evidence: Evidence) -> Table | None:
    """The operators of each graph, by model and part, framework below framework."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    parts = {"forward": Text("scores and loss", "得分与损失"), "step": Text("a whole step", "完整一步")}
    models = dict.fromkeys(model for findings in found.values() for model in sorted(findings.models))
    items = [
        Item(model, words, framework, getattr(findings.models[model], part))
        for model in models
        for part, words in parts.items()
        for framework, findings in found.items()
        if model in findings.models
    ]
    if not items:
        return None
    columns: list[Column[Item]] = [
        Column(Text("model", "模型"), Text("what is computed", "计算什么"), lambda item: item.model, numeric=False),
        Column(Text("framework", "框架"), Text("the library", "所用的库"), lambda item: item.framework, numeric=False),
        Column(Text("graph of", "图的内容"), Text("what the graph comprises", "图包含什么"), lambda item: item.part, numeric=False),
        Column(Text("operators", "算子数"), Text("without what merely flows in", "不含单纯的输入"),
               lambda item: str(len(item.graph.operators))),
        Column(Text("in order", "依次为"), Text("as the framework spells them", "按框架自己的写法"),
               lambda item: ", ".join(item.graph.operators), numeric=False),
        Column(Text("taken from", "取自"), Text("where the framework shows it", "框架在何处给出"),
               lambda item: item.graph.taken_from, numeric=False),
    ]  # fmt: skip
    return table(TOPIC, Text("The graph each framework made", "各框架得到的图"), columns, items)


def declarative(evidence: Evidence) -> Judgement:
    """S1: fewer operators than the others' graphs, and the executor runs other operators than were declared."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    if SUBJECT not in found or len(found) < 2:
        return not_looked_into(TOPIC, evidence, "concepts")
    counts = {name: sum(len(graphs.forward.operators) for graphs in findings.models.values()) for name, findings in found.items()}
    fewer = all(counts[SUBJECT] < count for name, count in counts.items() if name != SUBJECT)
    compiled = not all(set(graphs.forward.operators) <= set(graphs.step.operators) for graphs in found[SUBJECT].models.values())
    verdict = HOLDS if fewer and compiled else PARTLY if fewer or compiled else NOT
    because = Text("Operators of scores and loss, all models: ", "得分与损失的算子数（所有模型合计）：")
    because += listed(f"{evidence.title(name)} {count}" for name, count in counts.items())
    title = evidence.title(SUBJECT)
    because += (
        Text(f". What {title}'s executor runs differs from what was declared.", f"。{title} 的执行器运行的算子与声明的不同。")
        if compiled
        else Text(
            f". {title}'s executor runs the very operators that were declared, and their gradients: nothing shows a compilation "
            "to lower-level instructions.",
            f"。{title} 的执行器运行的正是所声明的算子及其梯度：看不出编译成更底层的指令。",
        )
    )
    return Judgement(verdict, because, "concepts")


# -- the figure

Place = tuple[float, float]  # x, depth


def figure(evidence: Evidence) -> Canvas | None:
    """Each framework's graph side by side: what flows in as text, operators as boxes, arrows downwards."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    graphs = {name: findings.models[DRAWN].forward for name, findings in found.items() if DRAWN in findings.models}
    placed = {name: places for name, graph in graphs.items() if (places := _places(graph.nodes))}
    if not placed:
        return None
    depth = max(y for places in placed.values() for _, y in places.values())
    drawn = canvas(3.6 * len(placed), 0.9 + 0.62 * (depth + 1), left=0.1, right=0.1, bottom=0.1)
    for axes, (name, places) in zip(drawn.figure.subplots(1, len(placed), squeeze=False)[0], placed.items(), strict=True):
        colour = evidence.colour(name)
        for node in graphs[name].nodes:
            if node.name not in places:
                continue
            x, y = places[node.name]
            for child in node.inputs:
                if child in places:
                    ends = (x, -y + 0.17), (places[child][0], -places[child][1] - 0.17)
                    axes.annotate("", *ends, arrowprops={"arrowstyle": "->", "color": "#999999", "linewidth": 1})
            box = {
                "boxstyle": "round,pad=0.3",
                "facecolor": "white" if node.op else "#f0f0f0",
                "edgecolor": colour if node.op else "none",
            }
            axes.text(x, -y, _short(node), ha="center", va="center", fontsize=7.5, bbox=box)
        width = max(abs(x) for x, _ in places.values()) + 0.75
        axes.set_xlim(-width, width)
        axes.set_ylim(-depth - 0.6, 0.6)
        axes.set_title(evidence.title(name), fontsize=11, color=colour)
        axes.axis("off")
    return drawn


def _short(node: Node) -> str:
    text = (node.op or node.name).removesuffix(".default").replace("/resource", "")
    text = text.rpartition("/")[2] if not node.op else text
    return text if len(text) <= 22 else text[:20] + "…"


def _places(nodes: list[Node]) -> dict[str, Place]:
    """A place for each node: below all its inputs; what flows in stands one above its first user."""
    users = {child for node in nodes for child in node.inputs}
    kept = [node for node in nodes if node.op or node.name in users]
    depth: dict[str, int] = {}
    for node in kept:  # in an order in which inputs come first
        depth[node.name] = 1 + max((depth.get(child, -1) for child in node.inputs), default=-1)
    for node in kept:
        below = [depth[user.name] for user in kept if node.name in user.inputs]
        if not node.inputs and below:
            depth[node.name] = min(below) - 1
    lowest = min(depth.values(), default=0)
    rows: dict[int, list[str]] = {}
    for name, level in depth.items():
        rows.setdefault(level - lowest, []).append(name)
    return {
        name: (1.35 * (number - (len(row) - 1) / 2), float(level))
        for level, row in rows.items()
        for number, name in enumerate(row)
    }
