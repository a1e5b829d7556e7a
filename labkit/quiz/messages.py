"""What a wrong answer is told, in both languages. Hints of single questions stand in the question files."""

from typing import Any

from labkit import config

MESSAGES = {
    "unanswered": {"en": "no answer yet.", "fr": "pas encore de réponse."},
    "unreadable": {
        "en": "this answer cannot be read: it is {got}.",
        "fr": "cette réponse ne peut pas être lue : c'est {got}.",
    },
    "text": {
        "en": "this answer is read by a person: write it in the text cell.",
        "fr": "cette réponse est lue par une personne : écrivez-la dans la cellule de texte.",
    },
    "not a number": {
        "en": "a number is expected, but this is {got}.",
        "fr": "un nombre est attendu, mais ceci est {got}.",
    },
    "nan": {
        "en": "this is NaN, which is no number: a 0/0 or a loss that blew up made it.",
        "fr": "ceci est NaN, qui n'est pas un nombre : un 0/0 ou une perte qui a explosé l'a produit.",
    },
    "not a shape": {
        "en": "a shape such as (height, width, maps) is expected, but this is {got}.",
        "fr": "une forme telle que (hauteur, largeur, cartes) est attendue, mais ceci est {got}.",
    },
    "not listed": {"en": "choose one of {choices}.", "fr": "choisissez parmi {choices}."},
    "how many numbers": {
        "en": "{wanted} numbers are expected (layers without weights left out), not {got}.",
        "fr": "{wanted} nombres sont attendus (sans les couches qui n'ont pas de poids), et non {got}.",
    },
    "not numbers": {
        "en": "a list of {wanted} numbers is expected, but this is {got}.",
        "fr": "une liste de {wanted} nombres est attendue, mais ceci est {got}.",
    },
    "first number": {"en": "number 1 is not right yet.", "fr": "le nombre 1 n'est pas encore juste."},
    "which number": {
        "en": "number {place} is not right yet; what stands before it is.",
        "fr": "le nombre {place} n'est pas encore juste ; ce qui le précède l'est.",
    },
    "not an array": {
        "en": "a NumPy array of numbers is expected, but this is {got}.",
        "fr": "un tableau NumPy de nombres est attendu, mais ceci est {got}.",
    },
    "shape": {
        "en": "the shape should be {wanted}, but it is {got}.",
        "fr": "la forme devrait être {wanted}, mais c'est {got}.",
    },
    "empty": {"en": "the array is empty.", "fr": "le tableau est vide."},
    "dtype": {
        "en": "the dtype should be {wanted}, but it is {got}.",
        "fr": "le dtype devrait être {wanted}, mais c'est {got}.",
    },
    "nan inside": {
        "en": "there are NaN among the values: was something divided by 0?",
        "fr": "il y a des NaN parmi les valeurs : a-t-on divisé par 0 ?",
    },
    "range": {
        "en": "the values should lie between {low} and {high}, but they lie between {least} and {most}.",
        "fr": "les valeurs devraient être entre {low} et {high}, mais elles sont entre {least} et {most}.",
    },
    "too small": {
        "en": "the values are too small: the largest is {most}.",
        "fr": "les valeurs sont trop petites : la plus grande est {most}.",
    },
    "one-hot": {
        "en": "every row should have one 1 and otherwise 0.",
        "fr": "chaque ligne devrait avoir un seul 1, et des 0 ailleurs.",
    },
    "not a figure": {
        "en": "what was drawn is expected (the Axes or the Figure), but this is {got}.",
        "fr": "on attend ce qui a été dessiné (l'Axes ou la Figure), mais ceci est {got}.",
    },
    "images": {
        "en": "{wanted} images should be shown, but their number is {got}.",
        "fr": "{wanted} images devraient être montrées, mais leur nombre est {got}.",
    },
    "not a model": {
        "en": "a Keras model is expected, but this is {got}.",
        "fr": "un modèle Keras est attendu, mais ceci est {got}.",
    },
    "not built": {
        "en": "the model does not know the size of its images yet: begin it with keras.Input(...).",
        "fr": "le modèle ne connaît pas encore la taille de ses images : commencez-le par keras.Input(...).",
    },
    "no layers": {"en": "the model has no layers yet.", "fr": "le modèle n'a pas encore de couches."},
    "layer differs": {
        "en": "layer {place} (the input is not counted) should be {wanted}, but it is {got}.",
        "fr": "la couche {place} (sans compter l'entrée) devrait être {wanted}, mais c'est {got}.",
    },
    "layer missing": {
        "en": "layer {place} (the input is not counted) is missing: it should be {wanted}.",
        "fr": "la couche {place} (sans compter l'entrée) manque : ce devrait être {wanted}.",
    },
    "layer too many": {
        "en": "the model should end with layer {place} (the input is not counted), but then comes {got}.",
        "fr": "le modèle devrait finir par la couche {place} (sans compter l'entrée), mais ensuite vient {got}.",
    },
    "parameters": {
        "en": "it has {got} parameters, which is not what the description gives.",
        "fr": "il a {got} paramètres, ce qui n'est pas ce que donne la description.",
    },
    "output": {
        "en": "its output should have the shape {wanted}, but it has {got}: look at padding and pooling.",
        "fr": "sa sortie devrait avoir la forme {wanted}, mais elle a {got} : voyez le padding et le pooling.",
    },
    "hidden activation": {
        "en": "layer {place} ({kind}) should have the activation {wanted}, but it has {got}.",
        "fr": "la couche {place} ({kind}) devrait avoir l'activation {wanted}, mais elle a {got}.",
    },
    "activation": {
        "en": "the last layer's activation should be {wanted}, but it is {got}.",
        "fr": "l'activation de la dernière couche devrait être {wanted}, mais c'est {got}.",
    },
    "dropout rate": {
        "en": "the dropout rate should be {wanted}, but it is {got}.",
        "fr": "le taux de dropout devrait être {wanted}, mais c'est {got}.",
    },
    "not three": {
        "en": "three things are expected: (indices, true labels, predicted labels).",
        "fr": "trois choses sont attendues : (indices, vrais labels, labels prédits).",
    },
    "not two": {
        "en": "two things are expected: (one number a class, the evaluation), as in (class_accuracy, result).",
        "fr": "deux choses sont attendues : (un nombre par classe, l'évaluation), comme (class_accuracy, result).",
    },
    "no evaluation": {
        "en": "two things are expected: (the names, the evaluation), as in (worst, result).",
        "fr": "deux choses sont attendues : (les noms, l'évaluation), comme (worst, result).",
    },
    "how many names": {
        "en": "the number of different names asked for is {wanted}, but it is {got}.",
        "fr": "le nombre de noms différents demandé est {wanted}, mais c'est {got}.",
    },
    "no such class": {"en": "{got} is no class of this data set.", "fr": "{got} n'est pas une classe de ces données."},
    "not a pair": {
        "en": "a confusion is a pair (true class, predicted class), but this is {got}.",
        "fr": "une confusion est une paire (classe vraie, classe prédite), mais ceci est {got}.",
    },
    "other names": {
        "en": "there are worse ones in this evaluation.",
        "fr": "il y a pire dans cette évaluation.",
    },
    "precision": {
        "en": "these are the last of the columns (precision). Rows are the true classes: what share of each was found?",
        "fr": "ce sont les dernières des colonnes (précision). Les lignes sont les classes vraies : quelle part de chacune "
        "a été trouvée ?",
    },
    "reversed": {
        "en": "the right pairs, but the true class comes first, then what it was taken for.",
        "fr": "les bonnes paires, mais la classe vraie vient d'abord, puis ce pour quoi on l'a prise.",
    },
    "one a class": {
        "en": "{wanted} numbers are expected, one a class, but there are {got}.",
        "fr": "on attend {wanted} nombres, un par classe, mais il y en a {got}.",
    },
    "columns": {
        "en": "these are the shares of the columns: of what was called a cat, how much is a cat (precision). "
        "Rows are the true classes.",
        "fr": "ce sont les parts des colonnes : de ce qui a été appelé chat, combien sont des chats (précision). "
        "Les lignes sont les classes vraies.",
    },
    "other shares": {
        "en": "these are not the shares of this evaluation's classes.",
        "fr": "ce ne sont pas les parts des classes de cette évaluation.",
    },
    "no validation": {
        "en": "there is no validation accuracy in it: compile with metrics=['accuracy'] and fit with validation_data.",
        "fr": "il n'y a pas d'exactitude de validation : compilez avec metrics=['accuracy'], et fit avec validation_data.",
    },
    "not labels": {
        "en": "the true and the predicted labels should be two rows of whole numbers of the same length.",
        "fr": "les vrais labels et les labels prédits devraient être deux rangées de nombres entiers de même longueur.",
    },
    "not indices": {
        "en": "the indices should be whole numbers, each once, or a mask with one truth value an image.",
        "fr": "les indices devraient être des nombres entiers, chacun une fois, ou un masque d'un booléen par image.",
    },
    "right ones": {
        "en": "correctly classified images among these: {got}. Keep only those where the two labels differ.",
        "fr": "images bien classées parmi celles-ci : {got}. Ne gardez que celles où les deux labels diffèrent.",
    },
    "missing ones": {
        "en": "wrongly classified images that are missing: {got}.",
        "fr": "images mal classées qui manquent : {got}.",
    },
    "no test": {
        "en": "this run has no test score yet: run.record(lk.evaluate(model, dataset)).",
        "fr": "cet entraînement n'a pas encore de score de test : run.record(lk.evaluate(model, dataset)).",
    },
    "not a share": {
        "en": "an accuracy lies between 0 and 1, but this is {got}.",
        "fr": "une exactitude est entre 0 et 1, mais ceci est {got}.",
    },
    "metric": {
        "en": "{got} is below {wanted}, which the profile '{profile}' asks for.",
        "fr": "{got} est au-dessous de {wanted}, que demande le profil '{profile}'.",
    },
    "metric above": {
        "en": "{got} is above {wanted}, and this training is meant to fail (profile '{profile}').",
        "fr": "{got} est au-dessus de {wanted}, et cet apprentissage est censé échouer (profil '{profile}').",
    },
    "not callable": {
        "en": "a function is expected, but this is {got}.",
        "fr": "une fonction est attendue, mais ceci est {got}.",
    },
    "call failed": {
        "en": "{call} raised {error}.",
        "fr": "{call} a levé {error}.",
    },
    "other result": {
        "en": "{call} should be {wanted}, but it is {got}.",
        "fr": "{call} devrait être {wanted}, mais c'est {got}.",
    },
    "guess right": {"en": "{got} is right", "fr": "{got} est juste"},
    "guess high": {"en": "{got} is too high", "fr": "{got} est trop grand"},
    "guess low": {"en": "{got} is too low", "fr": "{got} est trop petit"},
    "guess wrong": {"en": "{got} is not it", "fr": "{got} n'est pas cela"},
    "unknown question": {
        "en": "there is no question {asked}: {advice}",
        "fr": "il n'y a pas de question {asked} : {advice}",
    },
    "did you mean": {"en": "did you mean '{known}'?", "fr": "vouliez-vous dire '{known}' ?"},
    "lab has": {"en": "the questions of {lab} are {known}.", "fr": "les questions de {lab} sont {known}."},
    "labs are": {
        "en": "a question is named like 'lab.name', and the labs are {known}.",
        "fr": "une question se nomme comme 'lab.nom', et les labs sont {known}.",
    },
    "not an id": {
        "en": "the first thing to give is the name of a question, such as 'mnist.flatten_size', not {got}.",
        "fr": "la première chose à donner est le nom d'une question, tel que 'mnist.flatten_size', et non {got}.",
    },
    "a text": {"en": "the text {got}", "fr": "le texte {got}"},
    "a class": {"en": "the class {got}", "fr": "la classe {got}"},
    "a function": {"en": "the function {got}", "fr": "la fonction {got}"},
    "a number": {"en": "the number {got}", "fr": "le nombre {got}"},
    "a value": {"en": "a value of type {got}", "fr": "une valeur de type {got}"},
    "or": {"en": "or", "fr": "ou"},
}  # fmt: skip


class WrongAnswerError(Exception):
    """A judge's way to say what is not right; caught in `judge`, never seen by a student."""

    def __init__(self, key: str = "", **facts: Any):
        super().__init__(say(key, **facts) if key else "")


def say(key: str, **facts: Any) -> str:
    """The message of that name in the chosen language."""
    return MESSAGES[key][config.language()].format(**facts)
