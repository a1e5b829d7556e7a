"""What a student is told by the grader and not by a public judge, in both languages."""

from typing import Any

from labkit import config

_WORDS = {
    "not reached": {
        "en": "the notebook did not come this far: a cell before it was stopped.",
        "fr": "le notebook n'est pas arrivé jusque-là : une cellule précédente a été arrêtée.",
    },
    "in words": {"en": "a person reads this answer.", "fr": "une personne lit cette réponse."},
    "lost": {
        "en": "the cell of this answer was not found; a person looks for it.",
        "fr": "la cellule de cette réponse n'a pas été trouvée ; une personne la cherche.",
    },
    "no trial": {
        "en": "nothing says how to try this answer out; a person looks at it.",
        "fr": "rien ne dit comment mettre cette réponse à l'épreuve ; une personne la regarde.",
    },
    "raised": {"en": "its value could not be had: {error}", "fr": "sa valeur n'a pas pu être obtenue : {error}"},
    "unclear": {
        "en": "what came out of the notebook for this question cannot be used.",
        "fr": "ce qui est sorti du notebook pour cette question est inutilisable.",
    },
    "other images": {
        "en": "{right} of {n} of its images are different images of the data set that is asked for.",
        "fr": "{right} de ses {n} images sont des images différentes des données demandées.",
    },
    "other labels": {
        "en": "{right} of {n} of its labels belong to the images that stand in {beside}.",
        "fr": "{right} de ses {n} labels correspondent aux images de {beside}.",
    },
    "not keras": {
        "en": "layer {place} is no layer of Keras: {got}.",
        "fr": "la couche {place} n'est pas une couche de Keras : {got}.",
    },
    "other weights": {
        "en": "the weights of layer {place} ({kind}) do not fit what it gives.",
        "fr": "les poids de la couche {place} ({kind}) ne vont pas avec ce qu'elle donne.",
    },
    "no answers": {
        "en": "the network gave no usable answer to a trial batch.",
        "fr": "le réseau n'a pas donné de réponse utilisable à un lot d'essai.",
    },
    "no network": {
        "en": "the network behind this result could not be tried on new images.",
        "fr": "le réseau derrière ce résultat n'a pas pu être essayé sur de nouvelles images.",
    },
    "measured": {
        "en": "on new images the network reaches {got}; this result asks for {wanted}.",
        "fr": "sur de nouvelles images le réseau atteint {got} ; ce résultat demande {wanted}.",
    },
    "disagree": {
        "en": "the notebook says {claimed}, but on new images the network reaches {got}.",
        "fr": "le notebook dit {claimed}, mais sur de nouvelles images le réseau atteint {got}.",
    },
    "other truth": {
        "en": "the true labels are not those of the test images.",
        "fr": "les vrais labels ne sont pas ceux des images de test.",
    },
    "other classes": {
        "en": "the class names are not those of the data set.",
        "fr": "les noms de classes ne sont pas ceux des données.",
    },
    "calls": {
        "en": "{right} of {n} trial calls give the right result.{error}",
        "fr": "{right} des {n} appels d'essai donnent le bon résultat.{error}",
    },
    "our fault": {
        "en": "the grader failed at this question, which is not your fault.",
        "fr": "le correcteur a échoué sur cette question ; ce n'est pas votre faute.",
    },
}  # fmt: skip


def tell(key: str, **facts: Any) -> str:
    """The sentence of that name in the chosen language."""
    return _WORDS[key][config.language()].format(**facts)
