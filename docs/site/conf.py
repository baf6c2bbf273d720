"""Sphinx's settings; `python -m docs.build` copies them beside what it has prepared."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes

project = html_title = "Variational autoencoders, understood"
language = "en"
extensions = ["myst_nb"]
nb_execution_mode = "off"  # the notebooks have been run
nb_render_markdown_format = "myst"  # hints hold maths
myst_enable_extensions = ["dollarmath", "amsmath", "html_image"]
myst_dmath_double_inline = True  # $$ within a paragraph
myst_heading_anchors = 4
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("host.js", {"defer": "defer"})]
html_copy_source = False
html_show_copyright = html_show_sphinx = False
html_show_search_summary = False  # would fetch, which a page from disk may not
# MathJax in one file with its fonts, from a wheel: nothing comes from elsewhere when a page is read.
mathjax_path = "tex-svg.js"
mathjax3_config = {"tex": {"inlineMath": [["\\(", "\\)"], ["$", "$"]]}}  # outputs of cells hold dollars


def setup(app):
    mathjax = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax" / mathjax_path
    shutil.copy(mathjax, Path(app.srcdir, "_static"))
    app.connect("doctree-read", formulas_as_written)


def formulas_as_written(_, doctree):
    """Sphinx would put formulas of several lines into a split environment, which forbids the numbers that they have."""
    for node in doctree.findall(nodes.math_block):
        if not node.get("no-wrap", node.get("nowrap")):
            node["no-wrap"] = node["nowrap"] = True
            node[:] = [nodes.Text(f"\\[{node.astext()}\\]")]
