"""The house stays one that a newcomer can live in: small rooms, arrows one way, nothing twice in the page's modules."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "vae_helpers"
# From the ground up: a room imports only from rooms before it. Folders are one room each.
ROOMS = (
    "checks storage stops strokes mnist data pictures contract one_dimension models objective grid likelihood gap coder buckets stack bits_back "
    "history checkpoint measure themes plots live training ranks course weights conditional beyond figures patients notebook kernel "
    "widgets exercises pages train checkup"
).split()
MODULE, FUNCTION = 200, 60  # lines, at most
LONGER = {
    # path, or path:function -> why it is one idea all the same
    "strokes.py": "a quarter of it is the table of ten digits' control points",
}


def python_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def page_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.js"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """The rooms that a module imports, also inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "vae_helpers":
            names = node.module.split(".")[1:2] or [alias.name for alias in node.names]
            found |= set(names)
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("vae_helpers.")}
    return found


def functions(path: Path) -> list[tuple[str, int]]:
    """Each function of a file and its length in lines."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [(n.name, n.end_lineno - n.lineno + 1) for n in ast.walk(ast.parse(text)) if isinstance(n, kinds)]
    return javascript_functions(text)


def javascript_functions(text: str) -> list[tuple[str, int]]:
    """By counting braces from each line that opens a function, with strings and comments taken out."""
    plain = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", "", text, flags=re.DOTALL).splitlines()
    found = []
    for first, line in enumerate(plain):
        if not re.search(r"\bfunction\b|=>\s*\(?\{", line):
            continue
        depth = 0
        for last in range(first, len(plain)):
            depth += plain[last].count("{") - plain[last].count("}")
            if depth <= 0:
                break
        found.append((line.strip()[:60], last - first + 1))
    return found


def test_javascript_functions_are_measured():
    assert javascript_functions("function f() {\n  const a = '}';\n}\nconst g = () => {\n};\n")[0] == (
        "function f() {",
        2,
    )
    assert javascript_functions("function f() {\n  g(() => {\n  });\n}\n") == [("function f() {", 4), ("g(() => {", 2)]


@pytest.mark.parametrize("path", python_files() + page_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_are_read_in_one_sitting(path):
    name = str(path.relative_to(PACKAGE))
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MODULE or name in LONGER, f"{name} has {lines} lines: it has become two ideas"
    long = {f"{name}:{f}": n for f, n in functions(path) if n > FUNCTION and f"{name}:{f}" not in LONGER}
    assert not long, f"functions of more than {FUNCTION} lines: {long}"


def test_every_exception_is_still_needed():
    sizes = {str(p.relative_to(PACKAGE)): p for p in python_files() + page_files()}
    for name in LONGER:
        path, _, function = name.partition(":")
        found = dict(functions(sizes[path])) if function else {"": len(sizes[path].read_text().splitlines())}
        assert found[function] > (FUNCTION if function else MODULE), f"{name} is short enough now"


def test_every_room_has_its_place():
    assert {room(path) for path in python_files()} - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_run_one_way(path):
    if room(path) == "__init__":
        assert imports(path) == set()
        return
    here = ROOMS.index(room(path))
    upward = {name for name in imports(path) if name in ROOMS and ROOMS.index(name) > here}
    assert not upward, f"{room(path)} may not import {', '.join(sorted(upward))}: they stand above it"


def test_explorers_and_exercises_do_not_know_each_other():
    for path in python_files():
        if room(path) in ("widgets", "exercises"):
            assert not imports(path) & ({"widgets", "exercises"} - {room(path)})
