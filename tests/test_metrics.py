import numpy as np
import pytest

from labkit import config, metrics
from labkit.data import Dataset

NAMES = ["cat", "dog", "ship"]
Y_TRUE = np.array([0, 0, 0, 0, 1, 1, 2, 2])
Y_PRED = np.array([0, 1, 1, 2, 1, 1, 2, 0])


def evaluation():
    rng = np.random.default_rng(0)
    logits = rng.random((8, 3)) * 0.1
    logits[np.arange(8), Y_PRED] += np.arange(1, 9)
    return metrics.Evaluation.of(Y_TRUE, logits, NAMES)


def test_accuracy_and_loss_from_their_definitions():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    result = metrics.Evaluation.of(np.array([0, 1]), probabilities, NAMES)
    assert result.accuracy == 0.5
    assert result.loss == pytest.approx(-(np.log(0.7) + np.log(0.3)) / 2)


def test_logits_and_probabilities_give_the_same_evaluation():
    logits = np.array([[2.0, -1.0, 0.5], [900.0, -900.0, 0.0]])
    from_logits = metrics.Evaluation.of([0, 1], logits, NAMES)
    from_probabilities = metrics.Evaluation.of([0, 1], metrics.to_probabilities(logits), NAMES)
    assert np.isfinite(from_logits.loss)
    assert from_logits.loss == pytest.approx(from_probabilities.loss)
    assert from_logits.probabilities.sum(axis=1) == pytest.approx(1)


def test_confusion_counts_by_hand():
    counts = metrics.confusion(Y_TRUE, Y_PRED, NAMES)
    assert counts.to_numpy().tolist() == [[1, 2, 1], [0, 2, 0], [1, 0, 1]]
    assert list(counts.index) == list(counts.columns) == NAMES


def test_per_class_has_the_worst_first():
    table = metrics.per_class(Y_TRUE, Y_PRED, NAMES)
    assert list(table.index) == ["cat", "ship", "dog"]
    assert table.loc["cat", ["images", "accuracy", "mistaken for"]].tolist() == [4, 0.25, "dog"]
    assert metrics.worst_classes(Y_TRUE, Y_PRED, NAMES, n=2) == ["cat", "ship"]


def test_most_confused_leaves_out_what_never_happened():
    pairs = metrics.most_confused(Y_TRUE, Y_PRED, NAMES, n=10)
    assert pairs.iloc[0].tolist() == ["cat", "dog", 2, 0.5]
    assert pairs["count"].sum() == 4


def test_groups_add_up_the_probabilities_of_their_classes():
    answers = np.array([[0.4, 0.35, 0.25], [0.1, 0.3, 0.6], [0.45, 0.0, 0.55]])
    fine = metrics.Evaluation.of([1, 0, 2], answers, ["cat", "ship", "boat"], split="val", source="made here")
    result = fine.grouped({"vessels": ["ship", "boat"], "animals": ["cat"]})
    np.testing.assert_allclose(result.probabilities, [[0.6, 0.4], [0.9, 0.1], [0.55, 0.45]])
    assert result.y_true.tolist() == [0, 1, 0]
    assert (result.accuracy, fine.accuracy) == (2 / 3, 1 / 3)
    assert (result.class_names, result.split, result.source) == (["vessels", "animals"], "val", "made here")


@pytest.mark.parametrize(
    ("groups", "odd"),
    [
        ({"all": ["cat", "dog"]}, "ship"),
        ({"all": ["cat", "dog", "ship", "horse"]}, "horse"),
        ({"land": ["cat", "dog"], "water": ["ship", "dog"]}, "dog"),
    ],
)
def test_each_class_stands_in_exactly_one_group(groups, odd):
    with pytest.raises(
        ValueError, match=f"^each class must stand in exactly one group, but '{odd}' does not"
    ):
        metrics.Evaluation.of([0], np.eye(3)[[0]], ["cat", "dog", "ship"]).grouped(groups)


def test_top_k_counts_the_k_most_probable():
    answers = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
    result = metrics.Evaluation.of([0, 1, 2], answers, ["cat", "dog", "ship"])
    assert [result.top(k) for k in (1, 2, 3)] == [1 / 3, 2 / 3, 1.0]
    assert result.top(1) == result.accuracy
    with pytest.raises(ValueError, match="from 1 to 3 classes, not 5"):
        result.top()


def test_errors_are_those_and_the_surest_come_first():
    result = evaluation()
    assert sorted(result.errors()) == [1, 2, 3, 7]
    confidence = result.probabilities[result.errors()].max(axis=1)
    assert (np.diff(confidence) <= 0).all()
    assert sorted(result.errors(true=0, predicted=1)) == [1, 2]


def test_one_hot_and_columns_are_labels():
    assert metrics.to_labels(np.eye(3)[[2, 0]]).tolist() == [2, 0]
    assert metrics.to_labels(np.array([[2], [0]])).tolist() == [2, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.confusion([0, 1], [0], NAMES), "2 true labels but 1 predictions"),
        (lambda: metrics.confusion([0, 3], [0, 1], NAMES), "only 3 class names"),
        (lambda: metrics.to_labels(np.zeros((2, 2, 2))), "labels"),
        (lambda: metrics.to_probabilities(np.zeros(3)), "num_classes"),
        (lambda: metrics.confusion([], [], NAMES), "at least one image"),
        (lambda: metrics.confusion([0, -1], [0, 1], NAMES), "class numbers 0, 1, 2, ..., not -1"),
        (lambda: metrics.to_labels([0, 1.5]), r"not 1\.5"),
        (lambda: metrics.to_labels([0, np.nan]), "not nan"),
        (lambda: metrics.to_labels(["cat", "dog"]), "not cat"),
        (
            lambda: metrics.Evaluation.of([0, 3], np.eye(3)[:2], NAMES),
            "a label is 3 but there are only 3 class",
        ),
        (
            lambda: metrics.Evaluation.of([0, 1], [[0.2], [0.9]], NAMES[:2]),
            "1 numbers an image but there are 2",
        ),
        (lambda: evaluation().errors(true="cat"), "no class 'cat'"),
        (lambda: metrics.evaluate(Oracle(None), (Y_TRUE, Y_PRED)), "needs a Dataset second, not tuple"),
    ],
)
def test_what_does_not_fit_is_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


class Oracle:
    """Predicts what it was told, with Keras's `predict`."""

    def __init__(self, outputs):
        self.outputs = outputs

    def predict(self, x, **_):
        return self.outputs[: len(x)]


def test_evaluate_takes_the_split_and_the_source():
    x = np.zeros((3, 8, 8, 1), np.float32)
    empty = np.zeros((0, 8, 8, 1), np.float32)
    none = np.zeros(0, np.uint8)
    data = Dataset(
        "toy", x, np.array([0, 1, 1]), empty, none, x[:2], np.array([1, 1]), NAMES[:2], "data folder"
    )
    result = metrics.evaluate(Oracle(np.array([[0.9, 0.1], [0.2, 0.8]])), data)
    assert (result.accuracy, result.source, result.split) == (0.5, "data folder", "test")
    with pytest.raises(ValueError, match="val split is empty"):
        metrics.evaluate(Oracle(None), data, split="val")
    with pytest.raises(ValueError, match="unknown split 'validation': choose one of train, val, test"):
        metrics.evaluate(Oracle(None), data, split="validation")


def test_an_evaluation_speaks_the_chosen_language():
    result = metrics.Evaluation.of(np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]]), ["cat", "dog"])
    assert repr(result) == "test: accuracy 0.5000, loss 0.8574 on 2 images"
    config.choose(language="fr")
    assert repr(result) == "test : exactitude 0,5000, perte 0,8574 sur 2 images"
