"""Students' text made harmless: what cannot be seen is shown, pictures are checked, file names are made here."""

import base64
import binascii
import hashlib
import re
import struct
import unicodedata

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_JOINERS = "\u200c\u200d"  # they belong to the spelling of Persian and Hindi names, and to emoji
_CONTROL_PICTURES = 0x2400
_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">I4sII")  # of a PNG: length of the chunk, IHDR, width, height
_LARGEST_SIDE = 4000  # pixels: a small file can unfold to gigabytes in the browser
_LARGEST_PICTURE = 1_000_000  # bytes


def visible(text: str) -> str:
    """`text` without terminal colours, and with every control or bidi character shown as its code.

    A right-to-left override would show `gpj.exe` as `exe.jpg`; a NUL or half a surrogate pair breaks the
    page. Line ends and tabs stay.

    Example:
        >>> visible("\\x1b[31mred\\x1b[0m a\\u202eb\\x00")
        'red a⟨U+202E⟩b␀'
    """
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def one_line(text: str, longest: int = 200) -> str:
    """`text` as one visible line, shortened with an ellipsis.

    Example:
        >>> one_line("a\\n  b\\tc", longest=4)
        'a b…'
    """
    text = " ".join(visible(text).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def shortened(text: str, longest: int) -> str:
    """The first `longest` characters, and how many more there are."""
    return text if len(text) <= longest else f"{text[:longest]}\n[… {len(text) - longest} more characters]"


def file_name(name: str, shown: str = "") -> str:
    """A file name without ending that only ASCII letters, figures and hyphens stand in.

    A hash of `name` makes it unique: two names that differ only in case or accents do not meet on a disk
    that sees no difference.

    Args:
        name: what it is made for; two names never give the same file name.
        shown: what a person should recognise in it, if not `name` itself.

    Example:
        >>> file_name("Épine/lab.ipynb", "Rose Épine")
        'rose-epine-2184659a09'
    """
    plain = unicodedata.normalize("NFKD", shown or name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{slug}-{digest(name)}" if slug else digest(name)


def digest(text: str) -> str:
    """Ten hexadecimal digits of the SHA-256 of `text`; half surrogates are let through."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def picture(text: str) -> str | None:
    """The base64 text of a PNG, written anew, or None if it is no PNG or too large.

    Example:
        >>> picture("PHN2Zz4=") is None  # <svg>
        True
    """
    try:
        data = base64.b64decode(text.replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) > _LARGEST_PICTURE or not data.startswith(_PNG) or len(data) < len(_PNG) + _HEADER.size:
        return None
    _, chunk, width, height = _HEADER.unpack_from(data, len(_PNG))
    if chunk != b"IHDR" or not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
        return None
    return base64.b64encode(data).decode()


def _shown(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return character
    if code < 0x20 or code == 0x7F:
        return chr(_CONTROL_PICTURES + (code if code < 0x20 else 0x21))
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return f"⟨U+{code:04X}⟩" if hidden and character not in _JOINERS else character
