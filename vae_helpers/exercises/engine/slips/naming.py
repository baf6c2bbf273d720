"""Words for a part of a formula: by its variables, never by its code, so that naming a slip doesn't print the solution."""

import ast
import math

from vae_helpers.exercises.engine.slips.source import Source

SAID = {
    "exp": "the exponential of", "log": "the logarithm of", "sqrt": "the root of", "square": "the square of",
    "abs": "the absolute value of", "sigmoid": "the sigmoid of", "softplus": "softplus of", "ndtr": "Φ of",
    "ndtri": "Φ⁻¹ of", "norm": "the length of", "sin": "the sine of", "cos": "the cosine of", "arccos": "the arccosine of",
    "sum": "the sum of", "mean": "the mean of", "logsumexp": "the log-sum-exp of", "max": "the largest of",
    "min": "the smallest of", "var": "the variance of", "std": "the standard deviation of", "quantile": "a quantile of",
    "cholesky": "the Cholesky factor of", "logsigmoid": "log sigmoid of", "log_softmax": "the log-softmax of",
    "softmax": "the softmax of", "diagonal": "the diagonal of", "argmax": "the place of the largest of",
}  # fmt: skip
NUMBERS = {
    0.5: "½", 0.25: "¼", math.pi: "π", 2 * math.pi: "2π", math.log(2 * math.pi): "log 2π", 0.5 * math.log(2 * math.pi): "½ log 2π",
    math.log(2): "log 2", math.sqrt(2 * math.pi): "√(2π)", math.sqrt(2): "√2", 1 / math.log(2): "1/log 2", math.log(math.pi): "log π",
    math.log(10): "log 10", 1 / math.log(10): "1/log 10",
}  # fmt: skip
NOUNS = {  # locals that a learner understands by these words
    **{name: f"the {name}" for name in ("angle", "direction", "distance", "loss", "precision", "probability", "ratio", "score",
                                        "threshold", "trace", "variance", "gradient", "logits")},
    "mu": "the mean", "logvar": "the log-variance", "prior_mu": "the prior's mean", "prior_logvar": "the prior's log-variance",
    "z": "the draw z", "mu1": "the mean of z₁", "logvar1": "the log-variance of z₁", "mu2": "the mean of z₂",
    "logvar2": "the log-variance of z₂", "z2": "the draw z₂",
}  # fmt: skip
DIMENSIONED = {"sum", "mean", "logsumexp", "max", "amax", "min", "amin", "norm", "var", "std", "prod", "size", "flip"}


def number(value: float) -> str:
    """A number as the pages write it: ½, π, log 2π, otherwise four digits."""
    known = next((name for size, name in NUMBERS.items() if math.isclose(abs(value), size, rel_tol=1e-9)), None)
    return ("−" if value < 0 else "") + (known or f"{abs(value):.4g}")


def constant(node: ast.AST) -> float | None:
    """The value of an expression without variables."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    if not names <= {"math"} or not isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Call, ast.Attribute)):
        return None
    value = eval(compile(ast.Expression(node), "<constant>", "eval"), {"math": math})
    return value if isinstance(value, (int, float)) else None


def function_name(call: ast.AST) -> str:
    """ "exp", for torch.exp(x), x.exp() and math.exp(x)."""
    function = call.func if isinstance(call, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))


def is_method(call: ast.Call, source: Source) -> bool:
    """Whether a call is x.f(...), not module.f(...) and not f(...)."""
    if not isinstance(call.func, ast.Attribute):
        return False
    root = call.func.value
    while isinstance(root, ast.Attribute):
        root = root.value
    return not (isinstance(root, ast.Name) and root.id in ("torch", "math"))


def operand(call: ast.Call, source: Source) -> ast.AST | None:
    """What a function of one tensor is applied to."""
    return call.func.value if is_method(call, source) else next(iter(call.args), None)


def size(node: ast.AST, source: Source) -> str | None:
    """The name of a size, for x.shape[1], x.size(1) and len(x): "D" where the docstring says so."""
    tensor, axis = None, 0
    if isinstance(node, ast.Call) and function_name(node) == "len" and node.args:
        tensor = node.args[0]
    elif isinstance(node, ast.Call) and function_name(node) == "size" and node.args:
        tensor, axis = node.func.value, constant(node.args[0])
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        tensor, axis = node.value.value, constant(node.slice)
    if not isinstance(tensor, ast.Name) or not isinstance(axis, int):
        return None
    return size_name(tensor.id, axis, source)


def size_name(tensor: str, axis: int, source: Source) -> str:
    """Such as D, or, if the docstring has no letter for it, the number of columns of `x`."""
    seen = variables(ast.Name(tensor), source) or [tensor]
    letters = source.letters.get(tensor) or source.letters.get(seen[0].strip("`"), ())
    if -len(letters) <= axis < len(letters):
        return letters[axis]
    what = {0: "number of rows", 1: "number of columns", -1: "number of columns"}.get(axis, "size")
    return f"the {what} of {seen[0]}"


def variables(node: ast.AST, source: Source) -> list[str]:
    """The parameters and sizes that an expression is made of, in the order in which they occur, seen through locals."""
    found: list[str] = []
    if (letter := size(node, source)) is not None:
        return [letter]
    if isinstance(node, ast.Name):
        if node.id in source.kinds:
            return [f"`{node.id}`"]
        if node.id in source.unpacked:
            return [NOUNS.get(node.id, node.id)]
        return variables(source.locals[node.id], source) if node.id in source.locals else []
    for child in ast.iter_child_nodes(node):
        found += [name for name in variables(child, source) if name not in found]
    return found


def listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def describe(node: ast.AST, source: Source) -> str:
    """An expression in a few words."""
    if (value := constant(node)) is not None:
        return number(value)
    if (letter := size(node, source)) is not None:
        return letter
    if isinstance(node, ast.Name) and node.id in NOUNS and node.id in {*source.locals, *source.unpacked}:
        return NOUNS[node.id]
    if isinstance(node, ast.Name) and node.id in source.locals:
        return describe(source.locals[node.id], source)
    if isinstance(node, ast.Name):
        return f"`{node.id}`" if node.id in source.kinds else node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"minus {describe(node.operand, source)}"
    if isinstance(node, ast.Subscript):
        return describe(node.value, source)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and constant(node.right) in (2, 0.5):
        word = "square" if constant(node.right) == 2 else "root"
        return _of(f"the {word} of", node.left, source)
    if isinstance(node, ast.Call) and variables(operand(node, source) or node, source):
        if function_name(node) in SAID:
            return _of(SAID[function_name(node)], operand(node, source), source)
        if is_method(node, source):  # reshapes and the like
            return describe(operand(node, source), source)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        word = "times" if isinstance(node.op, ast.Mult) else "divided by"
        parts = describe(node.left, source), describe(node.right, source)
        if not any(" times " in part or " divided " in part or "the term" in part or len(part) > 28 for part in parts):
            return f"{parts[0]} {word} {parts[1]}"
    names = variables(node, source)
    return f"the term with {listed(names)}" if names else "a number"


def _of(words: str, inner: ast.AST, source: Source) -> str:
    """ "the square of `mu`"; for what is itself long, only its variables."""
    text = describe(inner, source)
    if len(text) > 45 or text.count(" of ") > 1:
        text = f"the term with {listed(variables(inner, source))}" if variables(inner, source) else "a number"
    return f"{words} {text}"


def aside(node: ast.AST) -> bool:
    """Whether a node stands in an index, or is the dimension of a call: no part of the formula."""
    while node.parent is not None:
        parent = node.parent
        if isinstance(parent, ast.Subscript) and node is parent.slice:
            return True
        if isinstance(parent, ast.keyword) and parent.arg in ("dim", "keepdim"):
            return True
        if isinstance(parent, ast.Call) and node in parent.args and function_name(parent) in DIMENSIONED:
            return node is not parent.args[0] or isinstance(constant(node), int)
        node = parent
    return False


def place(node: ast.Name, source: Source) -> str:
    """Where a variable stands, if it stands in several places: " under the exponential", or " in one place"."""
    same = [other for other in source.nodes() if isinstance(other, ast.Name) and other.id == node.id]
    if len([other for other in same if isinstance(other.ctx, ast.Load)]) < 2:
        return ""
    above = node.parent
    while isinstance(above, (ast.BinOp, ast.UnaryOp)):
        if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Pow):
            return " in the square" if constant(above.right) == 2 else " in the power"
        above = above.parent
    if isinstance(above, ast.Attribute):  # x.exp()
        above = above.parent
    word = SAID.get(function_name(above), "").removesuffix(" of")
    return f" under {word}" if word and word not in ("the sum", "the mean") else " in one place"
