"""One form for all answers that say the same: names, comments and layout do not count."""

import ast
import builtins
import io
import re
import tokenize
import unicodedata
import warnings

_LONGEST = 20_000  # characters: longer code is compared as text, longer prose by its beginning
_DEEPEST = 600  # tokens in one logical line: no expression is nested deeper than it is long
_BRANCHES = 60  # every elif nests one level deeper
_MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)
_COMMENT = re.compile(r"#.*$", re.MULTILINE)
_HEADER = re.compile(r"^\W*(?:your answer|votre réponse)\W*\([^)\n]*\)\W*")  # of a text cell, see the stub


def code(source: str) -> str:
    """Python without comments, docstrings, layout and the names that it chose itself.

    Code that is not Python (yet) loses its comments and all white space.

    Example:
        >>> code("n = 13  # maps\\nsize = n * n") == code("side=13\\nx = side*side")
        True
        >>> code("size = 12 * 12") == code("size = 13 * 13")
        False
    """
    source = _MAGIC.sub("", source)
    try:
        if not _flat(source):
            raise ValueError("nested too deeply to parse without danger")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        return ast.unparse(_Renamed(_own_names(tree)).visit(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "".join(_COMMENT.sub("", source).split())


def prose(text: str) -> str:
    """The words of a text in lower case; the heading of the answer cell is left out.

    Example:
        >>> prose("**Your answer** (`mnist.why`): Far  fewer *weights*.")
        'far fewer weights'
    """
    # Its normal form takes time by the square of accents upon accents, and one letter can become eighteen.
    text = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    return " ".join(re.findall(r"\w+", _HEADER.sub("", text)))


def _flat(source: str) -> bool:
    """Whether parsing is safe: very deep nesting can end the whole interpreter, and the grader with it."""
    if len(source) > _LONGEST:
        return False
    length = branches = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            length = 0 if token.type == tokenize.NEWLINE else length + 1
            branches += token.string == "elif"
            if length > _DEEPEST or branches > _BRANCHES:
                return False
    except (tokenize.TokenError, SyntaxError):
        return False
    return True


def _own_names(tree: ast.AST) -> set[str]:
    """Names that the code binds; those it only uses belong to a library or to another cell."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or "")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
            found.add(node.name or "")
    return found - {""} - set(dir(builtins))


class _Renamed(ast.NodeTransformer):
    """Own names become v0, v1, ... in the order in which they are met; strings that do nothing go."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.given: dict[str, str] = {}

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "arg", "asname", "name"):
            name = getattr(node, field, None)
            if isinstance(name, str) and name in self.names and self._is_own(node, field):
                setattr(node, field, self.given.setdefault(name, f"v{len(self.given)}"))
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            self._without_strings(node, field)
        return node

    def _is_own(self, node: ast.AST, field: str) -> bool:
        """Not the argument of a library's function, nor what is imported from it."""
        return not isinstance(node, ast.keyword) and not (isinstance(node, ast.alias) and field == "name")

    def _without_strings(self, node: ast.AST, field: str) -> None:
        block = getattr(node, field, None)
        if isinstance(block, list):
            kept = [statement for statement in block if not _is_text(statement)]
            setattr(node, field, kept or ([] if isinstance(node, ast.Module) else block))


def _is_text(statement: ast.AST) -> bool:
    value = getattr(statement, "value", None) if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
