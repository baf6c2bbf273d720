"""The pages of the course, in order: the one list from which the map, the links and the README's table come."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A notebook of the course.

    Attributes:
        number: "00" and on.
        file: its name without the folder.
        title: as its first heading has it, without the number.
        question: that it answers.
        minutes: a learner's time, exercises included.
    """

    number: str
    file: str
    title: str
    question: str
    minutes: int

    @property
    def name(self) -> str:
        """Number and title, as links show them."""
        return f"{self.number} {self.title}"


PAGES = (
    Page("00", "00_start_here.ipynb", "Start here", "what does it feel like?", 15),
    Page("01", "01_latent_variable_models.ipynb", "Latent variable models",
         "why model P(X), and why with a hidden z?", 80),
    Page("02", "02_the_objective.ipynb", "The objective",
         "log P(X) cannot be computed: what is maximized instead?", 80),
    Page("03", "03_the_kl_divergence.ipynb", "The KL divergence", "how far is one Gaussian from another?", 75),
    Page("04", "04_the_reparameterization_trick.ipynb", "The reparameterization trick",
         "how does a gradient pass through a random draw? Then a VAE of your own", 150),
    Page("05", "05_using_the_model.ipynb", "Using the model",
         "new digits, edited digits, and how probable is this one?", 120),
    Page("06", "06_interpreting_the_model.ipynb", "Interpreting the model",
         "what does each term of the objective mean, in bits?", 145),
    Page("07", "07_conditional_vaes.ipynb", "Conditional VAEs", "what if there are many right answers?", 70),
    Page("08", "08_where_to_go_next.ipynb", "Where to go next", "what came after, and which term of (5) does it change?", 180),
)  # fmt: skip

# Whether solutions unfold under the hints. A teacher's release has False here: `python -m tools.release`.
SOLUTIONS = True

# The course's public address, "https://github.com/OWNER/NAME", once it has one. After setting it, run
# python -m vae_helpers.exercises.cells: each notebook then links to itself in Colab, in Binder and on the course's site.
REPOSITORY = ""


def elsewhere(page: Page) -> list[tuple[str, str]]:
    """Where else a page can be opened, name and address each; nowhere while the course has no public address."""
    if not REPOSITORY:
        return []
    owner, name = REPOSITORY.rstrip("/").split("/")[-2:]
    path = f"notebooks/{page.file}"
    return [
        ("open in Colab", f"https://colab.research.google.com/github/{owner}/{name}/blob/main/{path}"),
        ("open in Binder", f"https://mybinder.org/v2/gh/{owner}/{name}/main?urlpath=lab/tree/{path}"),
        ("read without a kernel", f"https://{owner}.github.io/{name}/{path.removesuffix('.ipynb')}.html"),
    ]


def page(number: str) -> Page:
    """The page of that number.

    Raises:
        ValueError: for a number that no page has.
    """
    for each in PAGES:
        if each.number == number:
            return each
    raise ValueError(f"there is no notebook {number!r}; there are: {', '.join(each.number for each in PAGES)}")


def neighbors(number: str) -> tuple[Page | None, Page | None]:
    """The pages before and after, None at either end."""
    at = PAGES.index(page(number))
    return PAGES[at - 1] if at else None, PAGES[at + 1] if at + 1 < len(PAGES) else None
