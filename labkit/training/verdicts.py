"""Verdicts: the words of a diagnosis, in English and French. Numbers come in ready to print."""

from labkit import config

LABELS = {
    "learning": {"en": "learning", "fr": "apprend"},
    "at chance": {"en": "at chance", "fr": "au hasard"},
    "diverged": {"en": "diverged", "fr": "a divergé"},
    "over-fitted": {"en": "over-fitted", "fr": "sur-appris"},
    "under-fitted": {"en": "under-fitted", "fr": "sous-appris"},
}

_PIECES = {
    "loss": {"en": "loss", "fr": "perte"},
    "val_loss": {"en": "validation loss", "fr": "perte de validation"},
    "rate": {"en": " (it was {rate})", "fr": " ({rate} ici)"},
    "chance": {
        "en": "guessing among {k} classes costs ln({k}) = {chance}",
        "fr": "deviner parmi {k} classes coûte ln({k}) = {chance}",
    },
    "unequal chance": {
        "en": "answering every image with the shares of the {k} classes costs {chance}",
        "fr": "répondre à toute image par les proportions des {k} classes coûte {chance}",
    },
    "scores": {
        "en": ", accuracy {accuracy} against {guess} by guessing",
        "fr": ", exactitude {accuracy} contre {guess} en devinant",
    },
}

_REASONS = {
    "no epoch": {
        "en": "no epoch was finished, so there is nothing to judge.",
        "fr": "aucune époque n'a été achevée : il n'y a rien à juger.",
    },
    "nan": {
        "en": "the {which} became {value} in epoch {epoch}: the steps were too large. Lower the learning "
        "rate{was}, or put the images in 0..1.",
        "fr": "la {which} est devenue {value} à l'époque {epoch} : les pas étaient trop grands. Diminuez le taux "
        "d'apprentissage{was}, ou ramenez les images entre 0 et 1.",
    },
    "worse than chance": {
        "en": "the loss ended at {loss}, and {guessing}{scores}: it is worse than knowing nothing, the steps were "
        "too large. Lower the learning rate{was}, or put the images in 0..1.",
        "fr": "la perte finit à {loss}, or {guessing}{scores} : c'est pire que de ne rien savoir, les pas étaient trop "
        "grands. Diminuez le taux d'apprentissage{was}, ou ramenez les images entre 0 et 1.",
    },
    "rising": {
        "en": "the training loss was smallest in epoch {epoch} ({lowest}) and rose to {loss}: the steps are too large "
        "to stay in the valley. Lower the learning rate{was}.",
        "fr": "la perte d'apprentissage était minimale à l'époque {epoch} ({lowest}) puis remonte à {loss} : les pas "
        "sont trop grands pour rester dans la vallée. Diminuez le taux d'apprentissage{was}.",
    },
    "at chance": {
        "en": "the loss stays at {loss} and {guessing}{scores}: nothing was learnt. The learning rate{was} is so large "
        "that it killed or saturated the neurons, or so small that nothing moves; or the net is so deep that no gradient "
        "reaches its first layers (batch normalisation helps); or there were too few steps.",
        "fr": "la perte reste à {loss} et {guessing}{scores} : rien n'a été appris. Le taux d'apprentissage{was} est si "
        "grand qu'il a tué ou saturé les neurones, ou si petit que rien ne bouge ; ou le réseau est si profond qu'aucun gradient "
        "n'atteint ses premières couches (la normalisation par lots aide) ; ou il y a eu trop peu de pas.",
    },
    "jumped": {
        "en": "the loss leapt up to {highest} and then stays at {loss}; {guessing}{scores}: as if every image got the "
        "same answer. The first steps were so large that they killed or saturated the neurons: lower the learning rate{was}, or put the images in 0..1.",
        "fr": "la perte a bondi jusqu'à {highest} puis reste à {loss} ; {guessing}{scores} : comme si toute image "
        "recevait la même réponse. Les premiers pas étaient si grands qu'ils ont tué ou saturé les neurones : diminuez le taux "
        "d'apprentissage{was}, ou ramenez les images entre 0 et 1.",
    },
    "fell back": {
        "en": "it had learnt something (accuracy {peak} in epoch {epoch}) and lost it: the loss is back at {loss}, and "
        "{guessing}. A step was so large that it killed or saturated the neurons: lower the learning rate{was}.",
        "fr": "il avait appris quelque chose (exactitude {peak} à l'époque {epoch}) et l'a perdu : la perte est revenue "
        "à {loss}, or {guessing}. Un pas était si grand qu'il a tué ou saturé les neurones : diminuez le taux d'apprentissage{was}.",
    },
    "over-fitted": {
        "en": "validation loss was smallest in epoch {epoch} ({best}) and ended at {val}, while training loss went on "
        "falling to {loss}: from then on it learns its images by heart. Stop at epoch {epoch}, or add dropout, "
        "augmentation or data.",
        "fr": "la perte de validation était minimale à l'époque {epoch} ({best}) et finit à {val}, alors que la perte "
        "d'apprentissage descend jusqu'à {loss} : dès lors il apprend ses images par cœur. Arrêtez à l'époque {epoch}, "
        "ou ajoutez du dropout, de l'augmentation ou des données.",
    },
    "gap": {
        "en": "training accuracy is {accuracy} and validation only {val_accuracy}, and validation loss has not improved "
        "since epoch {epoch} ({best}): it learns its images by heart. Add dropout, augmentation or data.",
        "fr": "l'exactitude d'apprentissage est {accuracy} et celle de validation seulement {val_accuracy}, et la perte "
        "de validation ne s'améliore plus depuis l'époque {epoch} ({best}) : il apprend ses images par cœur. Ajoutez "
        "du dropout, de l'augmentation ou des données.",
    },
    "under-fitted": {
        "en": "training accuracy has stopped at {accuracy} without over-fitting: the model is too small for the "
        "task or too strongly regularised (more filters or layers, less dropout), or the learning rate{was} too large "
        "to get lower.",
        "fr": "l'exactitude d'apprentissage s'est arrêtée à {accuracy} sans sur-apprentissage : le modèle est "
        "trop petit pour la tâche ou trop régularisé (plus de filtres ou de couches, moins de dropout), ou le taux "
        "d'apprentissage{was} trop grand pour descendre plus bas.",
    },
    "few": {
        "en": "it moves (loss {loss}{scores}), but {epoch} is too few epochs for a curve: train for longer.",
        "fr": "il avance (perte {loss}{scores}), mais {epoch} est trop peu d'époques pour une courbe : entraînez plus longtemps.",
    },
    "still": {
        "en": "the loss was still falling when it ended ({loss} after {epoch} epochs): more epochs would help.",
        "fr": "la perte descendait encore à la fin ({loss} après {epoch} époques) : plus d'époques aideraient.",
    },
    "settled": {
        "en": "the loss has settled at {loss}{scores}: more epochs would change little.",
        "fr": "la perte s'est stabilisée à {loss}{scores} : plus d'époques changeraient peu.",
    },
}


def reason(name: str, facts: dict) -> str:
    """The sentence `name` in the chosen language, with the facts of the run in it."""
    language = config.language()
    facts = {key: _number(value) for key, value in facts.items()}

    def piece(key: str, there: bool = True) -> str:
        return _PIECES[key][language].format(**facts) if there else ""

    facts["was"] = piece("rate", facts["rate"] != "nan")
    facts["scores"] = piece("scores", facts["accuracy"] != "nan")
    facts["guessing"] = piece("unequal chance" if facts["unequal"] else "chance")
    facts["which"] = piece(facts.get("curve", "loss"))
    return _REASONS[name][language].format(**facts)


def _number(value):
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1e4 else f"{value:.3g}"
    return value
