"""What all pictures share: colours, words in both languages, the note about the offline sample."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from labkit import config

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#1f4e79", "#d9822b", "#2a9d8f", "#b23a48", "#6a4c93", "#6b7280"
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, GREY)


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
    config.OFFLINE_SAMPLE: "échantillon hors ligne",
}


def new(figsize: tuple[float, float]) -> Axes:
    """Axes of a new figure, `figsize` in inches."""
    return plt.subplots(figsize=figsize, layout="constrained")[1]


def word(text: str) -> str:
    """A word of an axis or a legend in the chosen language."""
    return _WORDS.get(text, text) if config.language() == "fr" else text


def sign(ax: Axes, source: str) -> Axes:
    """Note in the corner where the picture was made from the offline sample."""
    if source == config.OFFLINE_SAMPLE or (not source and config.profile() == "smoke"):
        note = word(config.OFFLINE_SAMPLE)
        ax.text(1, 1.005, note, transform=ax.transAxes, ha="right", va="bottom", fontsize=8, color=GREY)
    return ax
