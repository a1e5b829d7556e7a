"""What a student wrote in an answer cell beyond the stub that stood there, in either language."""

import re

from labkit.notebooks import editions

_NOTHING = re.compile(r"(?:pass|\.\.\.|raiseNotImplementedError\b.*)?;?(?:#.*)?", re.DOTALL)
_PLACEHOLDER = re.compile(r"(.*:)\s*(\*[^*]+\*)", re.DOTALL)
_PICTURE = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=\s]{200,}")
_MARKUP = re.compile(r"[\s*_`>#:.\-]+")


def key(source: str) -> str:
    """A text without its white space and pictures: what an editor reformats is still the same."""
    return "".join(without_pictures(source).split())


def without_pictures(source: str) -> str:
    """A text in which embedded pictures, up to megabytes of base64, are the word `picture`."""
    return _PICTURE.sub("picture", source) if "base64," in source else source


def is_code_stub(source: str, stub: str) -> bool:
    """Whether nothing but the stub is left of an answer cell, or less: comments, `pass`, `...`, given lines.

    Args:
        stub: the answer cell as it was handed out; the lines around the stub's error are given to students.

    Example:
        >>> stub = 'x = 1\\n# YOUR CODE HERE\\nraise NotImplementedError("mnist.data: ...")'
        >>> is_code_stub('x  = 1\\n# later\\npass', stub), is_code_stub("x = 1\\ny = 2", stub)
        (True, False)
    """
    return not _written(source) - _written(stub)


def has_given_lines(source: str) -> bool:
    """Whether lines stand there that would run to their end: of a stub, those that were given without its error.

    Example:
        >>> has_given_lines("x = 1"), has_given_lines('x = 1\\nraise NotImplementedError("mnist.data: ...")')
        (True, False)
    """
    return bool(_written(source)) and "raiseNotImplementedError(" not in key(source)


def _written(source: str) -> set[str]:
    lines = {key(line) for line in source.splitlines()}
    return {line for line in lines if not _NOTHING.fullmatch(line)}


def words(source: str, question: str) -> str:
    """The words of an answer, without the stub's label and its "write here"; "" if there are no others.

    Example:
        >>> words("**Your answer** (`mnist.smaller`): *write here.*", "mnist.smaller")
        ''
        >>> words("**Your answer** (`mnist.smaller`): fewer weights", "mnist.smaller")
        'fewer weights'
    """
    for label, placeholder in _stubs(question):
        for piece in (label, placeholder):
            loose = r"\s*".join(re.escape(word) for word in piece.split())
            source = re.sub(loose, "", source, count=1)
    return source.strip() if _MARKUP.sub("", source) else ""


def is_prose_stub(source: str, stub: str, question: str) -> bool:
    """Whether an answer in words is still the one that was handed out."""
    return key(source) == key(stub) or not words(source, question)


def _stubs(question: str) -> list[tuple[str, str]]:
    """Label and placeholder in each language."""
    texts = [text["answer"].format(question=question) for text in editions.WORDS.values()]
    return [_PLACEHOLDER.fullmatch(text).groups() for text in texts]
