"""Slips of a whole answer: a parameter read as something else throughout, the result turned, statements in another order."""

import ast
import copy
from collections.abc import Iterator

from vae_helpers.exercises.engine.slips.calls import GUARDS
from vae_helpers.exercises.engine.slips.naming import size_name
from vae_helpers.exercises.engine.slips.source import Slip, Source, fill
from vae_helpers.exercises.engine.slips.variables import alike

READINGS = (  # how a parameter may be read, what is said of it, and the beginnings of names that make it likely
    ("_root({p})", "`{p}` is taken for its square: its root stands everywhere", ("sigma", "sd", "scale")),
    ("{p} ** 2", "the square of `{p}` stands everywhere in its place", ("sigma", "sd", "scale")),
    ("_exp({p})", "the exponential of `{p}` stands everywhere in its place", ("log",)),
    ("_log({p})", "the logarithm of `{p}` stands everywhere in its place", ()),
    ("2 * {p}", "twice `{p}` stands everywhere in its place", ("log",)),
    ("{p} / 2", "half of `{p}` stands everywhere in its place", ("log",)),
    ("1 / {p}", "`{p}` is upside down everywhere", ("sigma", "rate", "scale")),
    ("-{p}", "`{p}` has the wrong sign everywhere", ()),
    ("{p}.clamp(-10, 10)", "`{p}` is clamped to −10 … 10", ()),
    ("{p}.clamp(-5, 5)", "`{p}` is clamped to −5 … 5", ()),
    *((f"_above({{p}}, {guard})", f"`{{p}}` is kept above {guard}", ()) for guard in GUARDS),
    *((f"{{p}} + {guard}", f"{guard} is added to `{{p}}`", ()) for guard in GUARDS),
    ("{p} * 0", "`{p}` has no effect, as if it were 0", ("",)),
    ("{p} * 0 + 1", "`{p}` has no effect, as if it were 1", ("",)),
)


OF_TENSORS = (  # the same of tensors with rows
    ("{p} - {p}.mean(dim=0)", "the mean over the rows is taken off `{p}`"),
    ("{p}.mean(dim=0, keepdim=True).expand_as({p})", "every row of `{p}` is replaced by the average of all rows"),
    ("{p}.mean(dim=-1, keepdim=True).expand_as({p})", "the numbers in each row of `{p}` are replaced by their average"),
    ("{p}.flip(0)", "the rows of `{p}` are taken in reverse order"),
    ("{p}.flip(-1)", "the columns of `{p}` are taken in reverse order"),
    ("{p}.roll(1, 0)", "the rows of `{p}` are shifted by one"),
    ("{p}.abs()", "the absolute value of `{p}` stands everywhere in its place"),
    ("{p}.sort(dim=0).values", "each column of `{p}` is sorted"),
    ("{p}.sort(dim=-1).values", "each row of `{p}` is sorted"),
    ("{p}.round()", "`{p}` is rounded"),
    ("torch.sigmoid({p})", "the sigmoid of `{p}` stands everywhere in its place"),
    ("{p}.softmax(dim=-1)", "a softmax along the rows is applied to `{p}`"),
    ("{p}.cumsum(dim=0)", "`{p}` is added up along dimension 0"),
)


def parameters(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A parameter that is read as something else throughout, or two that are exchanged."""
    if node is not source.tree:
        return
    names = [name for name, kind in source.kinds.items() if kind != "other"]
    for name in names:
        for expression, words, likely in READINGS:
            if "_exp" in expression and source.kinds[name] == "count":
                continue  # a tensor with exp(20) numbers would fill the memory
            rank = 1 if any(name.startswith(start) for start in likely) else 2
            yield Slip(words.format(p=name), 0, _first(name, expression.format(p=name)), rank)
        if source.kinds[name] == "tensor":
            if any(len(shape) for shape in source.shapes[name]):
                for expression, words in OF_TENSORS:
                    yield Slip(words.format(p=name), 0, _first(name, expression.format(p=name)), 3)
            yield Slip(f"no gradient reaches `{name}`", 0, _first(name, f"{name}.detach()"), 1)
            if all(len(shape) == 2 for shape in source.shapes[name]):
                words = f"the first row of `{name}` is used for all rows"
                yield Slip(words, 0, _first(name, f"{name}[:1].expand_as({name})"), 1)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            if alike(a, b, source):
                yield Slip(f"`{a}` and `{b}` are exchanged", 0, _first(f"{a}, {b}", f"{b}, {a}"), 1)


def _first(target: str, value: str):
    """An assignment put before everything else."""

    def make(definition: ast.FunctionDef) -> ast.FunctionDef:
        fresh = copy.copy(definition)
        fresh.body = [*ast.parse(f"{target} = {value}").body, *definition.body]
        return fresh

    return make


ENDS = (  # what may be done to a result: expression, words, rank
    ("-A", "the sign of {it} is turned", 1),
    ("_exp(A)", "the exponential of {it} is returned", 1),
    ("_log(A)", "the logarithm of {it} is returned", 1),
    ("_root(A)", "the root of {it} is returned", 1),
    ("A ** 2", "the square of {it} is returned", 1),
    ("1 / A", "{it} is upside down", 1),
    ("2 * A", "{it} is twice what it should be", 2),
    ("A / 2", "{it} is half of what it should be", 2),
    ("A / math.log(2)", "{it} is in bits instead of nats (divided by log 2)", 2),
    ("A * math.log(2)", "{it} is multiplied by log 2", 2),
    ("A - A.mean(dim=0)", "the mean over dimension 0 is taken off {it}", 3),
    ("A / A.sum()", "{it} is divided by its sum over everything", 3),
    ("A / A.norm()", "{it} is divided by its length", 3),
    ("A.flip(0)", "{it} is in reverse order along dimension 0", 3),
    ("A.cumsum(dim=0)", "{it} is added up along dimension 0, with what is between kept", 3),
    ("A.sort(dim=0).values", "{it} is sorted along dimension 0", 3),
    ("A.clamp(min=0)", "{it} is kept from going below 0", 3),
    ("A.clamp(max=0)", "{it} is kept from going above 0", 3),
    ("torch.sigmoid(A)", "the sigmoid of {it} is returned", 3),
    ("A.softmax(dim=-1)", "a softmax of {it} is returned", 3),
    ("A.log1p()", "log(1 + ·) of {it} is returned", 3),
    ("A.amax(dim=0)", "the largest along dimension 0 of {it} is returned", 3),
    ("A.amax()", "the largest number of {it} is returned", 3),
    ("A.mean(dim=0, keepdim=True).expand_as(A)", "{it} is replaced by its average along dimension 0", 3),
    ("A.round()", "{it} is rounded", 3),
    ("1 - A", "1 minus {it} is returned", 3),
    ("A * 100", "{it} is in percent", 3),
    ("A.mean()", "the mean of {it} over everything is returned", 2),
    ("A.sum()", "the sum of {it} over everything is returned", 2),
    ("A.sum(dim=0)", "{it} is added up over dimension 0", 2),
    ("A.mean(dim=0)", "{it} is averaged over dimension 0", 2),
    ("abs(A)", "the absolute value of {it} is returned", 3),
)


def results(node: ast.AST, source: Source) -> Iterator[Slip]:
    """Something done to the whole result, or to one of a tuple."""
    if not isinstance(node, ast.Return) or node.parent is not source.tree:
        return
    at = node.first
    if isinstance(node.value, ast.Tuple):
        for i, part in enumerate(node.value.elts):
            it = f"the {('first', 'second', 'third')[i]} of the results" if i < 3 else "the last of the results"
            yield from _ends(part.first, it, source, whole=False)
        if len(node.value.elts) == 2:
            yield Slip("the two results are in the wrong order", at, _reversed, 1)
    else:
        yield from _ends(at, "the whole", source, whole=True)


def _ends(at: int, it: str, source: Source, whole: bool) -> Iterator[Slip]:
    for template, words, rank in ENDS:
        yield Slip(words.format(it=it), at, _ended(template, whole), rank)
    seen = set()
    for name, shapes in source.shapes.items():
        for axis in range(min((len(shape) for shape in shapes), default=0)):
            letter = size_name(name, axis, source)
            if letter not in seen:
                seen.add(letter)
                yield Slip(f"{it} is divided by {letter}", at, _ended(f"A / {name}.shape[{axis}]", whole), 2)
                yield Slip(f"{it} is multiplied by {letter}", at, _ended(f"A * {name}.shape[{axis}]", whole), 2)


def _ended(template: str, whole: bool):
    def make(node):
        return ast.Return(fill(template, A=node.value)) if whole else fill(template, A=node)

    return make


def _reversed(node: ast.Return) -> ast.Return:
    return ast.Return(ast.Tuple(node.value.elts[::-1], ast.Load()))


def statements(node: ast.AST, source: Source) -> Iterator[Slip]:
    """A call that stands for itself, such as optimizer.step(): left out, done twice, or before the statement before it."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.parent is source.tree):
        return
    said = f"{ast.unparse(node.value.func)}()"
    yield Slip(f"{said} is missing", node.first, lambda n: ast.Pass())
    yield Slip(f"{said} is called twice", node.first, lambda n: [n, n])
    body = source.tree.body
    place = body.index(node)
    for other in body[place + 1 :]:
        if isinstance(other, ast.Expr) and isinstance(other.value, ast.Call):
            after = f"{ast.unparse(other.value.func)}()"
            yield Slip(f"{said} comes after {after} instead of before it", 0, _moved(node.first, other.first))


def _moved(number: int, behind: int):
    def make(definition: ast.FunctionDef) -> ast.FunctionDef:
        fresh, numbers = copy.copy(definition), [getattr(line, "first", None) for line in definition.body]
        if number not in numbers or behind not in numbers:
            return definition
        line = definition.body[numbers.index(number)]
        rest = [other for other in definition.body if other is not line]
        place = [getattr(other, "first", None) for other in rest].index(behind)
        fresh.body = [*rest[: place + 1], line, *rest[place + 1 :]]
        return fresh

    return make


MAKERS = (parameters, results, statements)
