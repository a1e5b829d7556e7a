"""Tables of what was predicted for what: confusions, accuracy by class, most frequent errors (NumPy, scikit-learn)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from labkit.metrics.outputs import check_same_length, to_labels


def confusion(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Confusion matrix as a table of counts: rows true, columns predicted.

    Example:
        >>> confusion([0, 0, 1], [0, 1, 1], ["cat", "dog"]).loc["cat", "dog"]
        np.int64(1)
    """
    from sklearn.metrics import confusion_matrix

    y_true, y_pred, names = _prepared(y_true, y_pred, class_names)
    counts = confusion_matrix(y_true, y_pred, labels=np.arange(len(names)))
    return pd.DataFrame(counts, index=pd.Index(names, name="true"), columns=pd.Index(names, name="predicted"))


def per_class(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row a class, the hardest first: images, accuracy (recall), precision, most frequent wrong answer.

    A class without images has the accuracy NaN and stands last; one that was never predicted has the precision NaN.

    Example:
        >>> per_class([0, 0, 1, 1], [0, 0, 1, 0], ["cat", "dog"])["mistaken for"].to_dict()
        {'dog': 'cat', 'cat': ''}
    """
    table = confusion(y_true, y_pred, class_names)
    counts = table.to_numpy()
    right = counts.diagonal()
    wrong = counts - np.diag(right)
    with np.errstate(invalid="ignore"):
        rows = pd.DataFrame(
            {
                "images": counts.sum(axis=1),
                "accuracy": right / counts.sum(axis=1),
                "precision": right / counts.sum(axis=0),
                "mistaken for": [table.columns[row.argmax()] if row.any() else "" for row in wrong],
            },
            index=table.index.rename("class"),
        )
    return rows.sort_values("accuracy", kind="stable")


def worst_classes(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None, n: int = 2
) -> list[str]:
    """Names of the `n` classes with the lowest accuracy, the worst first.

    Example:
        >>> worst_classes([0, 0, 1, 1], [0, 0, 1, 0], ["cat", "dog"], n=1)
        ['dog']
    """
    return list(per_class(y_true, y_pred, class_names).index[:n])


def most_confused(
    y_true: np.ndarray, y_pred: np.ndarray, class_names: Sequence[str] | None = None, n: int = 3
) -> pd.DataFrame:
    """The `n` most frequent confusions, each direction on its own: true, predicted, count, share of the class.

    Example:
        >>> most_confused([0, 0, 1, 1], [0, 0, 1, 0], ["cat", "dog"]).to_numpy().tolist()
        [['dog', 'cat', 1, 0.5]]
    """
    table = confusion(y_true, y_pred, class_names)
    counts = table.to_numpy() - np.diag(table.to_numpy().diagonal())
    order = np.argsort(-counts, axis=None, kind="stable")[:n]
    true, predicted = np.unravel_index(order, counts.shape)
    rows = pd.DataFrame(
        {
            "true": table.index[true],
            "predicted": table.columns[predicted],
            "count": counts[true, predicted],
            "share": counts[true, predicted] / np.maximum(1, table.to_numpy().sum(axis=1)[true]),
        }
    )
    return rows[rows["count"] > 0]


def _prepared(y_true, y_pred, class_names) -> tuple[np.ndarray, np.ndarray, list[str]]:
    y_true, y_pred = to_labels(y_true, "y_true"), to_labels(y_pred, "y_pred")
    check_same_length(y_true, y_pred)
    largest = int(max(y_true.max(initial=0), y_pred.max(initial=0)))
    names = [str(i) for i in range(largest + 1)] if class_names is None else list(class_names)
    if largest >= len(names):
        raise ValueError(
            f"a label is {largest} but there are only {len(names)} class names: give one name a class."
        )
    return y_true, y_pred, names
