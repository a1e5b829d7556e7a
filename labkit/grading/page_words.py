"""What the feedback pages say, in both languages."""

from collections.abc import Mapping

from labkit.grading.records import Flag

PAGE: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Feedback",
        "points": "points",
        "of": "of",
        "open": "still to be read by a person",
        "sample": "Graded on the <strong>offline sample</strong>, small stand-ins for the real data sets: accuracies "
        "here say nothing about MNIST or CIFAR-10.",
        "rejected": "This hand-in could not be graded.",
        "error": "This hand-in is not fully graded yet: the fault is the grader's, not yours. Nothing is lost.",
        "unfinished": "Not final: a person has still to read some of the answers.",
        "overview": "Overview",
        "question": "question",
        "section": "section",
        "status": "result",
        "read again": "Read again:",
        "task": "task",
        "your answer": "Your answer",
        "stopped": "The run:",
        "pictures left out": "Pictures that are too large or no PNG are left out.",
        "noticed": "What was noticed",
        "by a person": "read by a person",
        "how": "How this was graded",
        "run": "Your notebook was run again from its first cell",
        "marks": "Marks come from the values that your code computed there, not from the outputs that were saved in "
        "the file.",
        "twice": "More than one notebook was handed in: a person decides which one counts.",
        "not final": "Not finished: some answers are not marked yet.",
    },
    "fr": {
        "title": "Commentaires",
        "points": "points",
        "of": "sur",
        "open": "encore à lire par une personne",
        "sample": "Corrigé avec l'<strong>échantillon hors ligne</strong>, de petits substituts des vraies données : "
        "les exactitudes ne disent rien de MNIST ou de CIFAR-10.",
        "rejected": "Ce travail n'a pas pu être corrigé.",
        "error": "La correction n'est pas encore complète : la faute est celle du correcteur, pas la vôtre. Rien n'est "
        "perdu.",
        "unfinished": "Provisoire : une personne doit encore lire certaines réponses.",
        "overview": "Vue d'ensemble",
        "question": "question",
        "section": "section",
        "status": "résultat",
        "read again": "À relire :",
        "task": "exercice",
        "your answer": "Votre réponse",
        "stopped": "L'exécution :",
        "pictures left out": "Les images trop grandes ou qui ne sont pas des PNG sont omises.",
        "noticed": "Ce qui a été remarqué",
        "by a person": "lu par une personne",
        "how": "Comment ce travail a été corrigé",
        "run": "Votre notebook a été réexécuté depuis la première cellule",
        "marks": "Les points viennent des valeurs que votre code y a calculées, non des sorties enregistrées dans le "
        "fichier.",
        "twice": "Plusieurs notebooks ont été rendus : une personne décide lequel compte.",
        "not final": "Pas terminé : certaines réponses ne sont pas encore notées.",
    },
}

STATUS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "right": "right",
        "partly": "partly right",
        "wrong": "not right",
        "unanswered": "no answer",
        "not reached": "not reached",
        "to read": "to be read",
        "error": "not marked yet",
    },
    "fr": {
        "right": "juste",
        "partly": "en partie juste",
        "wrong": "pas juste",
        "unanswered": "sans réponse",
        "not reached": "pas atteint",
        "to read": "à lire",
        "error": "pas encore noté",
    },
}

LEVEL: Mapping[str, Mapping[str, str]] = {
    "en": {
        "full": "in a sandbox of its own without network (isolation: full)",
        "partial": "in a confined process without network (isolation: partial)",
        "none": "without a sandbox (isolation: none)",
    },
    "fr": {
        "full": "dans son propre bac à sable, sans réseau (isolation : complète)",
        "partial": "dans un processus confiné, sans réseau (isolation : partielle)",
        "none": "sans bac à sable (isolation : aucune)",
    },
}

STOP: Mapping[str, Mapping[str, str]] = {
    "en": {
        "cell time": "the cell took too long and was stopped.",
        "notebook time": "the time for the whole notebook was over.",
        "output": "the cell printed far too much and was stopped.",
        "kernel died": "the kernel died here, most often for want of memory.",
        "disk": "the cell wrote too much to the disk and was stopped.",
        "not reached": "the run had ended before this cell.",
    },
    "fr": {
        "cell time": "la cellule a duré trop longtemps et a été arrêtée.",
        "notebook time": "le temps prévu pour tout le notebook était écoulé.",
        "output": "la cellule a affiché beaucoup trop de texte et a été arrêtée.",
        "kernel died": "le noyau s'est arrêté ici, le plus souvent faute de mémoire.",
        "disk": "la cellule a trop écrit sur le disque et a été arrêtée.",
        "not reached": "l'exécution était finie avant cette cellule.",
    },
}

# Only these are told to students; the others are for the instructor, who may ask.
FLAG: Mapping[str, Mapping[str, str]] = {
    "en": {
        "locked cell changed": "A cell that belongs to the lab was changed; the original one was run.",
        "locked cell deleted": "A cell that belongs to the lab was missing; the original one was run.",
        "locked cell copied": "A cell that belongs to the lab was there twice; it was run once.",
        "cell added": "A cell of your own was run where it stands.",
        "several answers": "There were several answers to one question; all were run, in your order.",
        "answer deleted": "The cell for the answer was missing.",
        "answer in another cell": "The cell for the answer was not where it belongs; your answer was found beside it.",
        "picture in an answer": "A picture in a text answer is not shown here; the person who reads it sees it.",
        "answer that is no code": "A cell for code had been made a text cell; it could not be run.",
        "shell or cell magic": "Lines with ! or % do not work in the sandbox as they do on your machine.",
        "cell too long": "A cell is too long to be graded.",
        "encoding": "The file was not written in UTF-8; it was read all the same.",
        "several notebooks": "More than one notebook was handed in.",
    },
    "fr": {
        "locked cell changed": "Une cellule du TP a été modifiée ; l'original a été exécuté.",
        "locked cell deleted": "Une cellule du TP manquait ; l'original a été exécuté.",
        "locked cell copied": "Une cellule du TP s'y trouvait deux fois ; elle a été exécutée une fois.",
        "cell added": "Une cellule que vous avez ajoutée a été exécutée là où elle se trouve.",
        "several answers": "Une question avait plusieurs réponses ; toutes ont été exécutées, dans votre ordre.",
        "answer deleted": "La cellule de la réponse manquait.",
        "answer in another cell": "La cellule de la réponse n'était pas à sa place ; votre réponse a été trouvée à côté.",
        "picture in an answer": "Une image dans une réponse rédigée n'est pas montrée ici ; la personne qui la lit la voit.",
        "answer that is no code": "Une cellule de code était devenue une cellule de texte ; elle n'a pas pu être exécutée.",
        "shell or cell magic": "Les lignes avec ! ou % ne fonctionnent pas dans le bac à sable comme chez vous.",
        "cell too long": "Une cellule est trop longue pour être corrigée.",
        "encoding": "Le fichier n'était pas écrit en UTF-8 ; il a été lu quand même.",
        "several notebooks": "Plusieurs notebooks ont été rendus.",
    },
}


def known(language: str) -> str:
    """A language that the pages speak.

    Example:
        >>> known("fr"), known("xx")
        ('fr', 'en')
    """
    return language if language in PAGE else "en"


def for_student(flags: list[Flag], language: str) -> list[str]:
    """The flags that concern the student, each sentence once, with the questions it is about."""
    found: dict[str, list[str]] = {}
    for flag in flags:
        if flag.kind in FLAG[language]:
            places = found.setdefault(FLAG[language][flag.kind], [])
            places += [flag.question] if flag.question and flag.question not in places else []
    return [f"{sentence} ({', '.join(places)})" if places else sentence for sentence, places in found.items()]
