"""What a student is told about a hand-in, in both languages."""

from collections.abc import Sequence
from typing import Any

from labkit import config
from labkit.grading.clean import one_line

_SHOWN = 3  # cells in a sentence

CHECKS = {
    "file": {"en": "file", "fr": "fichier"},
    "lab": {"en": "lab", "fr": "TP"},
    "order": {"en": "run in order", "fr": "exécuté dans l'ordre"},
    "errors": {"en": "no errors", "fr": "sans erreur"},
    "questions": {"en": "questions", "fr": "questions"},
    "checks": {"en": "checks", "fr": "vérifications"},
    "fresh run": {"en": "fresh run", "fr": "nouvelle exécution"},
    "widgets": {"en": "widgets", "fr": "widgets"},
    "pictures": {"en": "pictures", "fr": "images"},
    "size": {"en": "size", "fr": "taille"},
    "paths": {"en": "paths", "fr": "chemins"},
    "versions": {"en": "versions", "fr": "versions"},
}

_WORDS = {
    # How it ends.
    "passed": {"en": "It can be handed in.", "fr": "Il peut être rendu."},
    "failed": {
        "en": "Something is missing: see the lines with ✗. The copy is written all the same.",
        "fr": "Il manque quelque chose : voyez les lignes avec ✗. La copie est écrite quand même.",
    },
    "refused": {
        "en": "{path} cannot be handed in: {reason}.",
        "fr": "{path} ne peut pas être rendu : {reason}.",
    },
    "found": {"en": "what was found", "fr": "ce qui a été trouvé"},
    # What cannot be read at all.
    "old format": {
        "en": "it is in the old notebook format {version}: open it in Jupyter, save it, and hand that in",
        "fr": "il est dans l'ancien format {version} : ouvrez-le dans Jupyter, enregistrez-le et rendez cela",
    },
    "future format": {
        "en": "it is in notebook format {version}, which this labkit does not know: save it as format 4",
        "fr": "il est au format {version}, que ce labkit ne connaît pas : enregistrez-le au format 4",
    },
    "kernel": {
        "en": "it is not a Python notebook ({detail}): choose the Python 3 kernel, run it, save it",
        "fr": "ce n'est pas un notebook Python ({detail}) : choisissez le noyau Python 3, exécutez, enregistrez",
    },
    # file
    "file": {"en": "A notebook of format {version}.", "fr": "Un notebook au format {version}."},
    "file mended": {"en": "Put right in the copy: {what}.", "fr": "Corrigé dans la copie : {what}."},
    "upgraded": {
        "en": "format {version} is now {now}, with cell ids",
        "fr": "le format {version} devient {now}, avec des ids de cellules",
    },
    "ids": {"en": "cell ids that were missing or double", "fr": "des ids de cellules absents ou en double"},
    "outputs": {"en": "{n} outputs that no viewer can read", "fr": "{n} sorties que rien ne peut lire"},
    "metadata": {
        "en": "metadata that no notebook may have",
        "fr": "des métadonnées qu'un notebook ne peut pas avoir",
    },
    # lab
    "lab": {"en": "{lab}.", "fr": "{lab}."},
    "no lab": {
        "en": "This is no lab of labkit's: no questions are known, so only the general checks are made.",
        "fr": "Ce n'est pas un TP de labkit : ses questions sont inconnues, seul le cas général est vérifié.",
    },
    "solution": {
        "en": "{lab}, made from the solution edition: a teacher will see that.",
        "fr": "{lab}, fait à partir de la solution : un enseignant le verra.",
    },
    # order
    "in order": {
        "en": "All {n} cells were run, from top to bottom.",
        "fr": "Les {n} cellules ont été exécutées, de haut en bas.",
    },
    "no code": {"en": "There is no code in it.", "fr": "Il ne contient pas de code."},
    "nothing run": {
        "en": "No cell has been run: {again}.",
        "fr": "Aucune cellule n'a été exécutée : {again}.",
    },
    "not run": {"en": "Not run: {cells}: {again}.", "fr": "Non exécuté : {cells} : {again}."},
    "backwards": {
        "en": "{second} was run before {first}: {again}.",
        "fr": "{second} a été exécutée avant {first} : {again}.",
    },
    "same count": {
        "en": "{second} and {first} carry the same number [{count}]: {again}.",
        "fr": "{second} et {first} portent le même numéro [{count}] : {again}.",
    },
    "hole": {
        "en": "{cell} is numbered [{count}], not [{wanted}]: cells were run twice, or taken away; {again}.",
        "fr": "{cell} est numérotée [{count}] et non [{wanted}] : cellules exécutées deux fois ou enlevées ; {again}.",
    },
    "again": {
        "en": "use Restart and Run All, then save",
        "fr": "faites Redémarrer et tout exécuter, puis enregistrez",
    },
    # errors
    "no errors": {
        "en": "No cell stopped with an error.",
        "fr": "Aucune cellule ne s'est arrêtée sur une erreur.",
    },
    "stopped": {"en": "{cell} stopped with {error}", "fr": "{cell} s'est arrêtée sur {error}"},
    # questions
    "answered": {"en": "All {n} questions are answered.", "fr": "Les {n} questions ont une réponse."},
    "unanswered": {
        "en": "{n} of {all} questions have no answer yet: {names}.",
        "fr": "{n} questions sur {all} n'ont pas encore de réponse : {names}.",
    },
    "gone": {"en": "{name} (its cell is gone)", "fr": "{name} (sa cellule a disparu)"},
    # checks
    "all pass": {
        "en": "All {n} checks say PASS in the stored outputs.",
        "fr": "Les {n} vérifications disent PASS dans les sorties enregistrées.",
    },
    "not all pass": {
        "en": "{n} of {all} checks do not say PASS: {names}. You may hand in all the same.",
        "fr": "{n} vérifications sur {all} ne disent pas PASS : {names}. Vous pouvez rendre quand même.",
    },
    "no line": {"en": "{name} (no result)", "fr": "{name} (pas de résultat)"},
    # fresh run
    "left out": {
        "en": "Left out, as you wished: nobody knows whether the outputs come again.",
        "fr": "Omise à votre demande : on ne sait pas si les sorties reviennent.",
    },
    "not a lab": {
        "en": "Left out: without checks there is nothing to compare.",
        "fr": "Omise : sans vérifications, il n'y a rien à comparer.",
    },
    "no nbval": {
        "en": "Left out: {what} is not installed here (pip install {what}), or give --no-run.",
        "fr": "Omise : {what} n'est pas installé ici (pip install {what}), ou donnez --no-run.",
    },
    "same again": {
        "en": "Run again in smoke: every cell ran, and all {n} checks say the same.",
        "fr": "Nouvelle exécution en smoke : toutes les cellules passent, les {n} vérifications disent la même chose.",
    },
    "stops again": {
        "en": "Run again (smoke, an empty folder), {cell} stops with {error}",
        "fr": "Nouvelle exécution (smoke, dossier vide) : {cell} s'arrête sur {error}",
    },
    "differs": {
        "en": "Run again, other results than stored: {names}. Run all cells and save.",
        "fr": "Nouvelle exécution : d'autres résultats que ceux enregistrés : {names}. Tout exécuter, enregistrer.",
    },
    "differs by data": {
        "en": "Run again in smoke, these figures judge otherwise: {names}. Smoke has other data, so this may be right.",
        "fr": "En smoke, ces chiffres donnent un autre verdict : {names}. Les données y diffèrent : ce peut être normal.",
    },
    "difference": {
        "en": "{name} (stored: {old}; now: {new})",
        "fr": "{name} (enregistré : {old} ; ici : {new})",
    },
    "nothing": {"en": "nothing", "fr": "rien"},
    "too slow": {
        "en": "Not finished after {minutes:g} minutes and stopped: give it more time (--minutes), or --no-run.",
        "fr": "Pas finie après {minutes:g} minutes, arrêtée : donnez-lui plus de temps (--minutes), ou --no-run.",
    },
    "no run": {"en": "It could not be run here: {error}", "fr": "Exécution impossible ici : {error}"},
    # widgets
    "no widgets": {"en": "None.", "fr": "Aucun."},
    "widgets": {
        "en": "Taken out of the copy ({n}): no viewer draws them, and GitHub may refuse the whole file for them.",
        "fr": "Retirés de la copie ({n}) : rien ne les affiche, et GitHub peut refuser tout le fichier pour eux.",
    },
    # pictures
    "no pictures": {"en": "None.", "fr": "Aucune."},
    "pictures": {"en": "{n}, {size} in all.", "fr": "{n}, {size} en tout."},
    "smaller": {
        "en": "{n}, made smaller in the copy: {before} are now {size}.",
        "fr": "{n}, réduites dans la copie : de {before} à {size}.",
    },
    "large picture": {
        "en": "The picture of {cell} has {size}: draw it smaller (figsize, dpi) or show fewer images.",
        "fr": "L'image de {cell} pèse {size} : dessinez-la plus petite (figsize, dpi) ou montrez moins d'images.",
    },
    # size
    "size": {"en": "{size}.", "fr": "{size}."},
    "large": {
        "en": "{size}: above {limit} GitHub may not draw it. Largest outputs: {cells}.",
        "fr": "{size} : au-delà de {limit}, GitHub peut ne pas l'afficher. Plus grandes sorties : {cells}.",
    },
    "too large": {
        "en": "{size}: above {limit} GitLab no longer draws it by itself. Make these outputs smaller: {cells}.",
        "fr": "{size} : au-delà de {limit}, GitLab ne l'affiche plus de lui-même. Réduisez ces sorties : {cells}.",
    },
    "with size": {"en": "{cell} with {size}", "fr": "{cell} avec {size}"},
    # paths
    "no paths": {"en": "None of your own computer.", "fr": "Aucun de votre propre ordinateur."},
    "paths": {
        "en": "A folder of your own computer ({path}) stands in {cells}: nobody else has it; use a relative path.",
        "fr": "Un dossier de votre ordinateur ({path}) figure dans {cells} : personne d'autre ne l'a ; "
        "utilisez un chemin relatif.",
    },
    # versions
    "versions": {"en": "Written to {file}.", "fr": "Écrites dans {file}."},
    "other versions": {
        "en": "The stored outputs come from {theirs}, here is {ours}: {file} has both.",
        "fr": "Les sorties enregistrées viennent de {theirs}, ici : {ours} ; {file} a les deux.",
    },
    # pieces
    "cell": {"en": "cell {number}", "fr": "cellule {number}"},
    "The cell": {"en": "Cell {number}", "fr": "La cellule {number}"},
    "more": {"en": "and {n} more", "fr": "et {n} de plus"},
}


def say(key: str, **facts: Any) -> str:
    """The words of that name in the chosen language."""
    return _WORDS[key][config.language()].format(**facts)


def say_of(language: str, key: str, **facts: Any) -> str:
    """The same in a language that is named."""
    return _WORDS[key][language].format(**facts)


def cell_name(number: int, source: str, *, begins: bool = False) -> str:
    """How a cell is called: its number among all cells, from 1, and how its code begins; no editor shows numbers.

    Args:
        begins: whether the sentence begins with it.

    Example:
        >>> cell_name(12, "# the data\\nx = x / 255\\n")
        'cell 12 (x = x / 255)'
    """
    lines = [line.strip() for line in source.splitlines()]
    shown = next((line for line in lines if line and not line.startswith("#")), next(iter(lines), ""))
    name = say("The cell" if begins else "cell", number=number)
    return f"{name} ({one_line(shown, 40)})" if shown else name


def listed(items: Sequence[str], most: int = _SHOWN) -> str:
    """The first few of a list, and how many more there are.

    Example:
        >>> listed(["a", "b", "c", "d", "e"])
        'a, b, c and 2 more'
    """
    more = f" {say('more', n=len(items) - most)}" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def megabytes(size: int) -> str:
    """A number of bytes as people say it.

    Example:
        >>> megabytes(2_340_000), megabytes(900)
        ('2.3 MB', '1 kB')
    """
    unit = {"en": "B", "fr": "o"}[config.language()]
    text = f"{size / 1e6:.1f} M{unit}" if size >= 1e5 else f"{max(1, round(size / 1e3))} k{unit}"
    return text.replace(".", ",") if config.language() == "fr" else text
