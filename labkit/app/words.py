"""The words of the page, in both languages."""

from labkit import config
from labkit.decoding import MOST_PIXELS

MOST_MEGABYTES = 20

_WORDS = {
    "en": {
        "about": "Show it a picture: a photo by the webcam, a file, or an example. It knows {n} classes: {classes}.",
        "and more": "{classes} and {more} more",
        "kept": "Pictures are looked at and deleted within seconds; nothing is kept or sent elsewhere.",
        "shared": "This page is on a public link: pictures pass through gradio.live on their way. They are deleted "
        "within seconds.",
        "sample": "This network has learnt from labkit's **offline sample**, not from real data.",
        "picture": "Picture",
        "placeholder": "# Choose a picture\nor drop one here; the webcam is below",
        "examples": "Examples",
        "answer": "Answer",
        "seen": "What the network saw",
        "heatmap": "Where it looked (Grad-CAM++)",
        "no heatmap": "No heatmap: this network cannot be explained by Grad-CAM++.",
        "latency": "Answer in {answer} ms on {device}",
        "and heatmap": ", heatmap in {heatmap} ms",
        "empty": "**This file is empty.** Choose a picture.",
        "unknown": "**This is no picture**, whatever its name says. Choose a JPEG, PNG, WebP, GIF, BMP or TIFF file.",
        "damaged": "**This picture is damaged.** Copy it again or choose another.",
        "too large": "**This picture is too large**: at most {millions} million pixels are looked at. Make it smaller.",
        "gone": "**The picture did not arrive.** Try again.",
    },
    "fr": {
        "about": "Montrez-lui une image : une photo par la webcam, un fichier ou un exemple. Il connaît {n} classes : "
        "{classes}.",
        "and more": "{classes} et {more} autres",
        "kept": "Les images sont regardées puis effacées en quelques secondes ; rien n'est gardé ni envoyé ailleurs.",
        "shared": "Cette page est sur un lien public : les images passent par gradio.live. Elles sont effacées "
        "en quelques secondes.",
        "sample": "Ce réseau a appris sur l'**échantillon hors ligne** de labkit, non sur de vraies données.",
        "picture": "Image",
        "placeholder": "# Choisir une image\nou la déposer ici ; la webcam est dessous",
        "examples": "Exemples",
        "answer": "Réponse",
        "seen": "Ce que le réseau a vu",
        "heatmap": "Où il a regardé (Grad-CAM++)",
        "no heatmap": "Pas de carte : Grad-CAM++ ne peut pas expliquer ce réseau.",
        "latency": "Réponse en {answer} ms sur {device}",
        "and heatmap": ", carte en {heatmap} ms",
        "empty": "**Ce fichier est vide.** Choisissez une image.",
        "unknown": "**Ce n'est pas une image**, quel que soit son nom. Choisissez un fichier JPEG, PNG, WebP, GIF, "
        "BMP ou TIFF.",
        "damaged": "**Cette image est abîmée.** Copiez-la à nouveau ou choisissez-en une autre.",
        "too large": "**Cette image est trop grande** : au plus {millions} millions de pixels sont regardés. "
        "Réduisez-la.",
        "gone": "**L'image n'est pas arrivée.** Réessayez.",
    },
}
_NAMED_CLASSES = 12


def word(key: str, **values) -> str:
    """A text of the page in the chosen language, its gaps filled."""
    return _WORDS[config.language()][key].format(millions=MOST_PIXELS // 1_000_000, **values)


def listed(class_names: list[str]) -> str:
    """The names of the classes in a sentence; the first ones where there are many."""
    classes = ", ".join(class_names[:_NAMED_CLASSES])
    more = len(class_names) - _NAMED_CLASSES
    return word("and more", classes=classes, more=more) if more > 0 else classes
