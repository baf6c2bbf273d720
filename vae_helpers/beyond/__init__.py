"""What notebook 08 works with: one idea a module, each of which changes one term of (5) and leaves the others as they are."""

from pathlib import Path

FOLDER = Path(__file__).parent
