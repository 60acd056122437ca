"""How many lines of code an extension takes, and where they stand."""

import ast
import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FRAMEWORKS = Path(__file__).resolve().parents[1]

LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where a piece of source stands; `lines` counts those that are neither blank nor only comment or docstring."""

    file: str
    first_line: int
    last_line: int
    lines: int


def source(path: Path, definitions: Sequence[str]) -> Source:
    """From the first to the last of these top-level definitions of a file, decorators included; they must be neighbours."""
    text = path.read_text(encoding="utf-8")
    all_nodes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    names = [node.name for node in all_nodes]
    begin = names.index(definitions[0]) if definitions[0] in names else len(names)
    if names[begin : begin + len(definitions)] != list(definitions):
        raise ValueError(f"{path.name} does not define {', '.join(definitions)} one after the other")
    nodes = all_nodes[begin : begin + len(definitions)]
    first = min([nodes[0].lineno, *(decorator.lineno for decorator in nodes[0].decorator_list)])
    last = max(node.end_lineno or node.lineno for node in nodes)
    code = code_lines(text) & set(range(first, last + 1))
    return Source((Path("frameworks") / path.resolve().relative_to(FRAMEWORKS)).as_posix(), first, last, len(code))


def code_lines(text: str) -> set[int]:
    """The numbers of the lines that are neither blank nor only comment or docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines -= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines
