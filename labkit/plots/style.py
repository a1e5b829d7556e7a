"""What all pictures share: colours, words in both languages, the note about the offline sample."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from labkit import config

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#1f4e79", "#d9822b", "#2a9d8f", "#b23a48", "#6a4c93", "#6b7280"
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, GREY)
# For many methods; none is grey.
MANY = (*COLOURS[:-1], "#c9a227", "#3a9bc1", "#7a5c3e", "#c2587f")


_WORDS = {
    "accuracy": "exactitude",
    "loss": "perte",
    "val_accuracy": "exactitude de validation",
    "val_loss": "perte de validation",
    "minutes of training": "minutes d'apprentissage",
    "gap: train - val": "écart : train - val",
    "epoch": "époque",
    "training": "apprentissage",
    "validation": "validation",
    "true class": "classe vraie",
    "predicted class": "classe prédite",
    "images": "images",
    "training images": "images d'apprentissage",
    "train accuracy": "exactitude d'apprentissage",
    "val accuracy": "exactitude de validation",
    "test accuracy": "exactitude de test",
    "cells": "cellules",
    "no positive evidence": "aucun indice positif",
    "share of the class": "part de la classe",
    "width in pixels": "largeur en pixels",
    "height in pixels": "hauteur en pixels",
    "in the data set": "dans le jeu de données",
    "as it is": "telle quelle",
    "lower is better": "petit = bon",
    "higher is better": "grand = bon",
    "deletion: lower is better": "suppression : petit = bon",
    "insertion: higher is better": "insertion : grand = bon",
    "deletion": "suppression",
    "insertion": "insertion",
    "pointing": "pointage",
    "energy": "énergie dans l'objet",
    "agreement": "accord avec la référence",
    "share of the pixels deleted": "part des pixels supprimés",
    "share of the pixels inserted": "part des pixels rendus",
    "probability of the class": "probabilité de la classe",
    "randomised from the output down to": "poids tirés au sort, de la sortie jusqu'à",
    "rank correlation with the first map": "corrélation de rang avec la première carte",
    "ssim with the first map": "SSIM avec la première carte",
    "trained": "entraîné",
    "image": "image",
    "silent": "muet",
    "filters": "filtres",
    "share of dead filters": "part des filtres morts",
    "class selectivity": "sélectivité de classe",
    "response, share of the largest": "réponse, part de la plus grande",
    "accuracy of a linear probe": "exactitude d'une sonde linéaire",
    "chance": "hasard",
    "distance to the training images": "distance aux images d'apprentissage",
    "share of the images farther away": "part des images plus éloignées",
    "{} of them are nearer": "{} d'entre elles sont plus proches",
    "{} beyond": "{} au-delà",
    "AUROC of the distance": "AUROC de la distance",
    "not told apart": "indiscernables",
    "original": "originale",
    "turned upright": "redressée",
    "crop": "recadrage",
    "crop by hand": "recadrage à la main",
    "range": "valeurs",
    "divided by 255": "divisée par 255",
    "resized": "réduite",
    "grey": "gris",
    "trimmed": "bords coupés",
    "inverted": "inversée",
    "ground made black": "fond noirci",
    "centred": "centrée",
    config.OFFLINE_SAMPLE: "échantillon hors ligne",
}


def new(figsize: tuple[float, float]) -> Axes:
    """Axes of a new figure, `figsize` in inches."""
    return plt.subplots(figsize=figsize, layout="constrained")[1]


def plain(ax: Axes, *, outside: bool = False) -> Axes:
    """A faint grid, no frame at the top and the right, and a legend without one where something has a name.

    Args:
        outside: whether the legend stands to the right of the Axes, where curves leave it no room.
    """
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)} if outside else {}
    if any(ax.get_legend_handles_labels()[1]):
        ax.legend(frameon=False, fontsize=9, **place)
    return ax


def word(text: str) -> str:
    """A word of an axis or a legend in the chosen language."""
    return _WORDS.get(text, text) if config.language() == "fr" else text


def sign(ax: Axes, source: str) -> Axes:
    """Note in the corner where the picture was made from the offline sample."""
    if source == config.OFFLINE_SAMPLE or (not source and config.profile() == "smoke"):
        note = word(config.OFFLINE_SAMPLE)
        ax.text(1, 1.005, note, transform=ax.transAxes, ha="right", va="bottom", fontsize=8, color=GREY)
    return ax
