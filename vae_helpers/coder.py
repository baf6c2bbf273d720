"""The entropy coder under a stack of bits: constriction's, or, where that is missing, one that says so when it is used.

constriction has no wheel for every platform (docs/elsewhere.md), and nothing but bits-back coding needs it.
"""

MISSING = (
    "bits-back coding needs the package constriction, which is not installed here; where it has a wheel, "
    "`pip install constriction` brings it. All else in the course runs without it: in notebook 06, leave this cell "
    "out, click the next one and choose Run → Run Selected Cell and All Below."
)


class Absent:
    """In place of each of constriction's classes: it can be made, and the first use raises RuntimeError."""

    def __init__(self, *arguments, **options):
        pass

    def __getattr__(self, name):
        raise RuntimeError(MISSING)


try:
    from constriction import stream
except ImportError:
    AnsCoder = Bernoulli = CustomModel = Uniform = Absent
else:
    AnsCoder = stream.stack.AnsCoder
    Bernoulli, CustomModel, Uniform = stream.model.Bernoulli, stream.model.CustomModel, stream.model.Uniform

HERE = AnsCoder is not Absent
