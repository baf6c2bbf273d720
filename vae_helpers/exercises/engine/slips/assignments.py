"""What the names that are assigned inside a function stand for."""

import ast


def assigned(target: ast.AST, value: ast.AST) -> dict[str, ast.AST]:
    """The names that get an expression of their own."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = [assigned(name, part) for name, part in zip(target.elts, value.elts, strict=True)]
        return {name: part for pair in pairs for name, part in pair.items()}
    return {}


def unpacked(target: ast.AST, value: ast.AST) -> set[str]:
    """The names that get a part of what a call gives."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return set().union(*(unpacked(name, part) for name, part in zip(target.elts, value.elts, strict=True)))
    return {name.id for name in target.elts if isinstance(name, ast.Name)} if isinstance(target, ast.Tuple) else set()


def made_of(name: str, locals: dict[str, ast.AST]) -> set[str]:
    """The locals that occur in a local's expression, in theirs, and so on."""
    found, waiting = set(), [name]
    while waiting:
        for node in ast.walk(locals[waiting.pop()]):
            if isinstance(node, ast.Name) and node.id in locals and node.id not in found:
                found.add(node.id)
                waiting.append(node.id)
    return found
