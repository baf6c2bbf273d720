"""What Sphinx reads: the course's notebooks and texts, laid out as in the repository, and what they link to."""

import posixpath
import re
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from docs.running import BuildError, executed_copy, run
from docs.without_kernel import NoState, Parts, without_kernel

INDEX = "docs/site/index.md"  # the site's first page
CODE_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()([^)\s:#]+)(#[^)\s]*)?(?=\))")
PICTURES = (".png", ".jpg", ".svg")
LANGUAGES = {".py": "python", ".js": "javascript", ".css": "css", ".toml": "toml"}
HERE = (
    "*Here every explorer works as it stands, and the code has been run. "
    "To change it and to have your exercises checked, [open the course](../docs/site/index.md) on your computer.*"
)


def write_source(root: Path, source: Path, executed: Path | None) -> None:
    """Everything that Sphinx needs, written into the folder `source`."""
    (source / "_static").mkdir(parents=True)
    site = Path(__file__).parent / "site"
    shutil.copy(site / "conf.py", source)
    for name in ("host.js", "site.css"):
        shutil.copy(site / name, source / "_static")
    listed = [*sorted((root / "notebooks").glob("*.ipynb")), *sorted((root / "docs").glob("*.md"))]
    pages = Pages(root, source, executed, {INDEX, *(path.relative_to(root).as_posix() for path in listed)})
    for name in sorted(pages.listed):
        pages.add(name)


class Pages:
    """Files of the repository on their way to Sphinx, by their paths in it; `listed` are those of the table of contents."""

    def __init__(self, root: Path, source: Path, executed: Path | None, listed: set[str]):
        self.root, self.source, self.executed, self.listed = root, source, executed, listed
        self.parts = Parts(source / "_static" / "parts")
        self.known: set[str] = set()

    def add(self, name: str) -> None:
        """Put a file into the source, once, and what it links to."""
        if name in self.known:
            return
        self.known.add(name)
        path, place = self.root / name, self.source / self._in_site(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, 4)
            notebook = executed_copy(notebook, self.executed / path.name) if self.executed else run(notebook, name)
            notebook.cells.insert(1, v4.new_markdown_cell(HERE))
            self._write_notebook(notebook, name, place)
        elif path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            if place.suffix == ".ipynb":
                self._write_notebook(run(as_notebook(text), name), name, place)
            else:
                orphan = "" if name in self.listed else "---\norphan: true\n---\n\n"
                place.write_text(orphan + self._linked(text, name), encoding="utf-8")
        elif path.suffix in PICTURES:
            shutil.copy(path, place)
        else:
            language, text = LANGUAGES.get(path.suffix, "text"), path.read_text(encoding="utf-8")
            page = f"---\norphan: true\n---\n\n# {path.name}\n\n`{name}`\n\n~~~~~~~~{language}\n{text}~~~~~~~~\n"
            place.write_text(page, encoding="utf-8")

    def _in_site(self, name: str) -> str:
        """Where a file stands in the source: as in the repository, text that computes as a notebook, code as a page."""
        if name.endswith(".md"):
            computes = CODE_CELL.search((self.root / name).read_text(encoding="utf-8"))
            name = "index.md" if name == INDEX else name
            return f"{name[:-3]}.ipynb" if computes else name
        return name if Path(name).suffix in (".ipynb", *PICTURES) else f"{name}.md"

    def _write_notebook(self, notebook: NotebookNode, name: str, place: Path) -> None:
        depth = self._in_site(name).count("/")
        try:
            without_kernel(notebook, self.parts, "../" * depth + "_static/parts/")
        except NoState:
            raise BuildError(f"{name} was executed without saving the states of its widgets") from None
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = self._linked(cell.source, name)
        nbformat.write(notebook, place)

    def _linked(self, text: str, name: str) -> str:
        """Markdown with its links to the repository's files turned to their pages; those pages are added."""

        def turned(link: re.Match) -> str:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link[1]))
            if (self.root / target).is_dir():
                target += "/README.md" if (self.root / target / "README.md").exists() else "/__init__.py"
            if target.startswith("..") or not (self.root / target).is_file():
                return link[0]  # Sphinx complains where it is wrong
            self.add(target)
            fragment = slug(link[2]) if link[2] and target.endswith(".ipynb") else link[2] or ""
            return posixpath.relpath(self._in_site(target), posixpath.dirname(self._in_site(name)) or ".") + fragment

        return LINK.sub(turned, text)


def slug(fragment: str) -> str:
    """#0.5-Map-of-the-course, as JupyterLab and GitHub name the heading of a notebook, as MyST does."""
    return "#" + re.sub(r"[^\w-]", "", fragment[1:].lower())


def as_notebook(text: str) -> NotebookNode:
    """Markdown with {code-cell} fences as a notebook, which shows what its code shows and not the code."""
    cells = []
    for number, piece in enumerate(CODE_CELL.split(text)):
        if number % 2:
            cells.append(v4.new_code_cell(piece, metadata={"tags": ["remove-input"]}, id=f"code-{number // 2 + 1}"))
        elif piece.strip():
            cells.append(v4.new_markdown_cell(piece.strip()))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
