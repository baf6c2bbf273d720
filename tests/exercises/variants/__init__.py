"""Right answers written otherwise, and answers with two mistakes at once, for every exercise: a file a notebook."""

from variants import nb00, nb01, nb02, nb03, nb04, nb05, nb06, nb07, nb08_a, nb08_b  # noqa: F401
from variants.registry import RIGHT, TWO_MISTAKES

__all__ = ["RIGHT", "TWO_MISTAKES"]
