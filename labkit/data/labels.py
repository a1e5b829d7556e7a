"""Labels: which class a folder's or a file's name means, in English or French, however it is written."""

import re
import unicodedata
from collections.abc import Sequence

from labkit.data.catalog import CATALOG
from labkit.data.photos import PHOTOS

# What people write who have not seen the data set's list.
ALSO = {
    "airplane": ("plane", "aeroplane", "aircraft"),
    "automobile": ("car", "auto"),
    "deer": ("cerf",),
    "ship": ("boat",),
    "T-shirt/top": ("top",),
    "Trouser": ("pants",),
    "Pullover": ("sweater",),
    "Ankle boot": ("boot", "botte"),
}


def names_of(class_names: Sequence[str], name: str = "") -> dict[str, int]:
    """Label by the plain form of every name of a class.

    Args:
        class_names: of the data set, in label order.
        name: of the data set; where labkit knows it, names in both languages count, and a few others.

    Example:
        >>> names = names_of(["Avion", "Voiture", "Oiseau", "Chat", "Biche", "Chien", "Grenouille",
        ...                   "Cheval", "Bateau", "Camion"], "cifar10")
        >>> names["chat"], names["cat"], names[plain("Cars")]
        (3, 3, 1)
    """
    found = {plain(text): label for label, text in enumerate(class_names)}
    for names in _lists(name):
        if len(names) == len(class_names):
            for label, text in enumerate(names):
                for word in (text, *ALSO.get(text, ())):
                    found.setdefault(plain(word), label)
    return found


def plain(text: str) -> str:
    """A name without capitals, accents, signs and plural, so that its spellings are one.

    Example:
        >>> plain("T-Shirts"), plain("Été_2"), plain("ankle boot")
        ('t shirt', 'ete 2', 'ankle boot')
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c)))
    return " ".join(word.removesuffix("s") if len(word) > 3 else word for word in words)


def label_in(text: str, names: dict[str, int]) -> int | None:
    """The label that a file's name begins with, as in `cat_02.jpg`, or None.

    Example:
        >>> label_in("ankle boot 3", {"ankle boot": 9}), label_in("catalogue", {"cat": 3})
        (9, None)
    """
    words = plain(text).split()
    for end in range(len(words), 0, -1):
        if " ".join(words[:end]) in names:
            return names[" ".join(words[:end])]
    return None


def _lists(name: str) -> list[Sequence[str]]:
    """The class names of a data set that labkit knows, in both languages."""
    known = CATALOG.get(name) or PHOTOS.get(name)
    if known is None:
        return []
    coarse = getattr(known, "superclass_names", None) or {}
    return [*known.class_names.values(), *coarse.values()]
