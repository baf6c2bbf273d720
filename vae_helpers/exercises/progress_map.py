"""The learner's progress as a map of the course: pages in order, a bar each, where to go on."""

import html

from vae_helpers import course, plots
from vae_helpers.exercises import ledger


class Progress:
    """Exercises done and open, by notebook; shows itself as a map with links.

    Args:
        by_notebook: names of the exercises of each notebook, in the order of the page.
        here: number of the notebook that shows it; its summary then stands first.
    """

    def __init__(self, by_notebook: dict[str, list[str]], here: str | None = None):
        solved = ledger.done()
        self.here = here
        self.rows = [
            (number, [name for name in names if name in solved], [name for name in names if name not in solved])
            for number, names in by_notebook.items()
        ]

    @property
    def counts(self) -> tuple[int, int]:
        """Exercises done, and all of them."""
        return sum(len(ready) for _, ready, _ in self.rows), sum(len(r) + len(o) for _, r, o in self.rows)

    @property
    def next(self) -> tuple[str, str] | None:
        """Notebook and name of the first open exercise, from this page on and then from the beginning."""
        start = next((i for i, (number, *_) in enumerate(self.rows) if number == self.here), 0)
        for number, _, still in self.rows[start:] + self.rows[:start]:
            if still:
                return number, still[0]
        return None

    def summary(self) -> str:
        """One line: what was achieved here and in all, and where to go on."""
        ready, whole = self.counts
        own = next(((r, o) for number, r, o in self.rows if number == self.here), None)
        parts = [f"Notebook {self.here}: {len(own[0])} of {len(own[0]) + len(own[1])} exercises solved."] if own else []
        parts.append(f"The course: {ready} of {whole}.")
        if self.next is None:
            parts.append("All of them. You have derived, checked, dragged and written a variational autoencoder.")
        else:
            parts.append(f"Go on with {self.next[1]} in notebook {self.next[0]}.")
        return " ".join(parts)

    def __str__(self) -> str:
        lines = [self.summary()]
        for number, ready, still in self.rows:
            lines.append(f"notebook {number}: {len(ready)} of {len(ready) + len(still)} done")
            lines += [f"    ✓ done  {name}" for name in ready] + [f"    ○ open  {name}" for name in still]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_):
        rows = "".join(self._row(*row) for row in self.rows)
        page = (
            f"<div class='vae-map'>{STYLE}<p>{html.escape(self.summary())}</p>"
            f"<table><thead><tr><th>notebook</th><th>exercises done</th><th>✓ done, ○ open</th></tr></thead>"
            f"<tbody>{rows}</tbody></table></div>"
        )
        return {"text/plain": str(self), "text/html": page}

    def _row(self, number: str, ready: list[str], still: list[str]) -> str:
        place, whole = course.page(number), len(ready) + len(still)
        share = round(100 * len(ready) / whole) if whole else 100
        marks = [_link("✓", place.file, name) for name in ready] + [_link("○", place.file, name) for name in still]
        here = " class='vae-here'" if number == self.here else ""
        bar = f"<span class='vae-bar' aria-hidden='true'><i style='width:{share}%'></i></span>"
        return (
            f"<tr{here}><td><a href='{place.file}'>{html.escape(place.name)}</a></td>"
            f"<td>{bar} {len(ready)} of {whole}</td><td>{', '.join(marks)}</td></tr>"
        )


def _link(mark: str, file: str, name: str) -> str:
    """A mark, and on its line a link to the heading of an exercise, as JupyterLab names the places of headings."""
    name = html.escape(name)
    return f"<span>{mark} <a href='{file}#Exercise:-{name}'>{name}</a></span>"


STYLE = f"""<style>
.vae-map table {{ table-layout: auto; margin: 4px 0; }}
.vae-map th, .vae-map td {{ text-align: left !important; vertical-align: top; padding: 4px 14px 4px 0; }}
.vae-map td:first-child, .vae-map td:nth-child(2), .vae-map td > span {{ white-space: nowrap; }}
.vae-map .vae-here td:first-child {{ font-weight: bold; }}
.vae-map .vae-bar {{ display: inline-block; width: 70px; height: 8px; border-radius: 4px; vertical-align: middle;
  background: rgba(128, 128, 128, 0.3); margin-right: 6px; }}
.vae-map .vae-bar i {{ display: block; height: 100%; border-radius: 4px; background: {plots.COLORS["green"]}; }}
</style>"""
