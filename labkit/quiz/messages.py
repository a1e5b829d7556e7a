"""What a wrong answer is told, in both languages. Hints of single questions stand in the question files."""

from typing import Any

from labkit import config

MESSAGES = {
    "unanswered": {"en": "no answer yet.", "fr": "pas encore de réponse."},
    "not a number": {
        "en": "a number is expected, but this is {got}.",
        "fr": "un nombre est attendu, mais ceci est {got}.",
    },
    "not a shape": {
        "en": "a shape such as (26, 26, 32) is expected, but this is {got}.",
        "fr": "une forme telle que (26, 26, 32) est attendue, mais ceci est {got}.",
    },
    "not listed": {"en": "choose one of {choices}.", "fr": "choisissez parmi {choices}."},
    "how many numbers": {
        "en": "{wanted} numbers are expected, layers without weights left out, but there are {got}.",
        "fr": "{wanted} nombres sont attendus, sans les couches qui n'ont pas de poids, mais il y en a {got}.",
    },
    "which number": {
        "en": "number {place} is not right yet; those before it are.",
        "fr": "le nombre {place} n'est pas encore juste ; les précédents le sont.",
    },
    "not an array": {
        "en": "a NumPy array is expected, but this is {got}.",
        "fr": "un tableau NumPy est attendu, mais ceci est {got}.",
    },
    "shape": {
        "en": "the shape should be {wanted} but it is {got}.",
        "fr": "la forme devrait être {wanted} mais c'est {got}.",
    },
    "dtype": {
        "en": "the dtype should be {wanted} but it is {got}.",
        "fr": "le dtype devrait être {wanted} mais c'est {got}.",
    },
    "range": {
        "en": "the values should lie in {wanted} but they lie in {got}.",
        "fr": "les valeurs devraient être dans {wanted} mais elles sont dans {got}.",
    },
    "rows": {
        "en": "every row should sum to 1, as a one-hot label or a probability does.",
        "fr": "chaque ligne devrait avoir pour somme 1, comme un label one-hot ou une probabilité.",
    },
    "not a figure": {
        "en": "the Axes or the Figure that was drawn is expected, but this is {got}.",
        "fr": "l'Axes ou la Figure dessinée est attendue, mais ceci est {got}.",
    },
    "images": {
        "en": "{wanted} images should be shown but there are {got}.",
        "fr": "{wanted} images devraient être montrées mais il y en a {got}.",
    },
    "not a model": {
        "en": "a Keras model is expected, but this is {got}.",
        "fr": "un modèle Keras est attendu, mais ceci est {got}.",
    },
    "layers": {
        "en": "the layers should be {wanted}, but they are {got}.",
        "fr": "les couches devraient être {wanted}, mais ce sont {got}.",
    },
    "parameters": {
        "en": "it has {got:,} parameters, which is not what the description gives.",
        "fr": "il a {got:,} paramètres, ce que la description ne donne pas.",
    },
    "activation": {
        "en": "the last layer's activation should be {wanted} but it is {got}.",
        "fr": "l'activation de la dernière couche devrait être {wanted} mais c'est {got}.",
    },
    "not three": {
        "en": "three things are expected: (indices, true labels, predicted labels).",
        "fr": "trois choses sont attendues : (indices, vrais labels, labels prédits).",
    },
    "right ones": {
        "en": "{got} of these images are classified correctly: keep only those where the two labels differ.",
        "fr": "{got} de ces images sont bien classées : ne gardez que celles où les deux labels diffèrent.",
    },
    "missing ones": {
        "en": "{got} wrongly classified images are missing.",
        "fr": "il manque {got} images mal classées.",
    },
    "metric": {
        "en": "{got:.4f} is below {wanted}, which the {profile} profile asks for.",
        "fr": "{got:.4f} est sous {wanted}, ce que le profil {profile} demande.",
    },
    "text": {"en": "is read by a person.", "fr": "est lue par une personne."},
}  # fmt: skip


class WrongAnswerError(Exception):
    """A judge's way to say what is not right; caught in `judge`, never seen by a student."""

    def __init__(self, key: str = "", **facts: Any):
        super().__init__(say(key, **facts) if key else "")


def say(key: str, **facts: Any) -> str:
    """The message of that name in the chosen language."""
    return MESSAGES[key][config.language()].format(**facts)
