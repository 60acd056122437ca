"""What the READMEs show of the published run. `python -m tests.reporting.readme` writes it into them."""

import re
from pathlib import Path

from fairfit.models.text import Text, in_language
from fairfit.reporting import comparison, evidence, face
from fairfit.reporting.tabular import escaped, markdown
from fairfit.runfiles import RunFolder
from tests.workbench import ROOT

READMES = {"README.md": "en", "README.zh-CN.md": "zh"}
PUBLISHED = ROOT / "results" / "published" / "article"


def blocks(folder: Path, language: str) -> dict[str, str]:
    """By name: the answer with who should choose what, and the article's comparison."""
    known = evidence.read([RunFolder(folder)])

    def say(text: Text) -> str:
        return escaped(in_language(text, language))

    answer = [f"**{say(text)}**\n" for text in face.answer(known)]
    lines = [f"- **{say(choice.lead)}**{say(choice.because)}" for choice in face.choices(known)]
    table = comparison.comparison(known)
    return {"answer": "\n".join([*answer, *lines]), "comparison": markdown(table, language) if table else ""}


def filled(text: str, shown: dict[str, str]) -> str:
    """A README with these blocks between its marks."""
    for name, block in shown.items():
        marks = re.compile(f"(<!-- published: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = marks.subn(lambda match, block=block: f"{match[1]}{block}\n{match[2]}", text)  # type: ignore[misc]
        assert count == 1, name
    return text


if __name__ == "__main__":
    for name, language in READMES.items():
        path = ROOT / name
        path.write_text(filled(path.read_text(encoding="utf-8"), blocks(PUBLISHED, language)), encoding="utf-8")
