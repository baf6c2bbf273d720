"""How the pages are set: one title, lines of code that fit, formulas in TeX, also in hints."""

import re

import nbformat
import pytest

from vae_helpers.exercises import NOTEBOOKS, cells

PAGES = sorted(cells.FOLDER.glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name[:2])

# What only a formula has: an index or a power on a letter, an operator with one, sums, transposes, norms.
RAW = re.compile(r"\w_\{|[A-Zα-ωΑ-Ω]_\w|[a-z]_[θφ]|[₀-₉ᵢⱼₖₘ]|[²³⁻ᵀ]|[∼∇∫∂√‖]|Σ[_(]|~ ?[NPQ]\(|\w·\w")
# What the fonts of prose set well, and what no reader takes for a formula.
PROSE = re.compile(r"D\[[\w(|)]+‖[\w(|)]+\]|\d+ ?·")


def prose(text):
    """Markdown without its code, formulas, links, tables' bars and tags."""
    for pattern in (r"```.*?```", r"\$\$.*?\$\$", r"\$[^$\n]+\$", r"`[^`]+`", r"<summary.*?</summary>", r"\]\([^)]*\)"):
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    return PROSE.sub(" ", text)


def raw(text):
    return [text[max(0, m.start() - 20) : m.end() + 20] for m in RAW.finditer(text)]


def read(path):
    return nbformat.read(path, as_version=4).cells


@EACH
def test_a_page_has_one_title(path):
    markdown = "\n".join(cell.source for cell in read(path) if cell.cell_type == "markdown")
    assert len(re.findall(r"^# ", markdown, flags=re.MULTILINE)) == 1 and "<h1" not in markdown


@EACH
def test_lines_of_code_fit(path):
    lines = [line for cell in read(path) if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert lines and [line for line in lines if len(line) > cells.WIDTH] == []


@EACH
def test_formulas_are_tex(path):
    texts = [(cell.id, cell.source) for cell in read(path) if cell.cell_type == "markdown"]
    for cell in read(path):
        texts += [(cell.id, output.data["text/markdown"]) for output in cell.get("outputs", [])]
    assert [(key, found) for key, text in texts if (found := raw(prose(text)))] == []


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_formulas_of_predictions_are_tex(number):
    for question in NOTEBOOKS[number].PREDICTIONS:
        for text in (question.question, *(part for choice in question.choices for part in (choice.text, choice.reply))):
            assert raw(prose(text)) == [], question.name


def test_raw_formulas_are_noticed():
    for text in ("E_{z∼Q}", "p_θ(x)", "σ_k²", "z₁ and z₂", "D = ½‖μ‖", "z ~ N(0, I)", "w·w", "μ_j", "∂D"):
        assert raw(prose(f"Here {text} stands.")), text
        assert not raw(prose(f"Here ${text}$ and `{text}` stand.")), text
    assert not raw(prose("log P(X), D[Q‖P(z|X)] nats, z = ½, 28×28 pixels, σ and Σ"))
