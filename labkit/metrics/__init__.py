"""What a trained network gets right and wrong: accuracy, confusions, worst classes. NumPy and scikit-learn only."""

from labkit.metrics.evaluation import Evaluation, evaluate
from labkit.metrics.outputs import to_labels, to_probabilities
from labkit.metrics.tables import confusion, most_confused, per_class, worst_classes

__all__ = [
    "Evaluation",
    "confusion",
    "evaluate",
    "most_confused",
    "per_class",
    "to_labels",
    "to_probabilities",
    "worst_classes",
]
