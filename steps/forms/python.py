"""Functions in the text of a Python module."""

import ast
import re
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def function(module: str, name: str | None) -> str | None:
    """The source of a top-level function, decorators included."""
    for node in ast.parse(module).body:
        if isinstance(node, Function) and node.name == name:
            return segment(module, node)
    return None


def segment(module: str, node: Function) -> str:
    """The lines of a function, decorators included."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join(module.splitlines()[first - 1 : node.end_lineno])


def described(module: str) -> Iterator[tuple[str, str, str]]:
    """Functions with a docstring and a body of four lines or more: name, source, what the docstring says first."""
    for node in functions(module):
        source = segment(module, node)
        told = ast.get_docstring(node)
        if told and len(node.body) > 1 and (node.end_lineno or 0) - node.body[1].lineno >= 3 and module.count(source) == 1:
            yield node.name, source, " ".join(told.split("\n\n")[0].split())


def functions(module: str) -> Iterator[Function]:
    """All functions and methods of a module."""
    return (node for node in ast.walk(ast.parse(module)) if isinstance(node, Function))


def emptied(source: str) -> str:
    """A function whose body is its docstring alone."""
    node = next(functions(dedented(source)))
    lines = source.splitlines()
    kept = lines[: node.body[0].end_lineno]
    indent = re.match(r" *", kept[-1])
    return "\n".join([*kept, f"{indent[0] if indent else ''}raise NotImplementedError"])


def dedented(source: str) -> str:
    """A method as a function stands at the margin."""
    lines = source.splitlines()
    width = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[width:] if not line[:width].strip() else line for line in lines)
