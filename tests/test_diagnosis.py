import math
import re
from types import SimpleNamespace

import numpy as np
import pytest

from labkit import config
from labkit.training.diagnosis import diagnose
from labkit.training.run import Run


def label(k=10, **history):
    return diagnose(history, num_classes=k).label


def run_of(history, **data):
    return Run(name="a", history=history, data={"num_classes": 10, **data})


# Histories of real trainings, rounded: where they come from stands in the name.
ADAM_RATE_1 = {
    "accuracy": [0.102, 0.09, 0.072, 0.084, 0.078],
    "loss": [311.443, 2.494, 2.431, 2.419, 2.426],
    "val_accuracy": [0.097, 0.101, 0.097, 0.101, 0.101],
    "val_loss": [2.542, 2.39, 2.365, 2.4, 2.411],
}
SGD_RATE_1 = {
    "accuracy": [0.088, 0.191, 0.078, 0.086, 0.08],
    "loss": [2.318, 2.203, 2.32, 2.315, 2.313],
    "val_accuracy": [0.319, 0.101, 0.101, 0.101, 0.101],
    "val_loss": [2.244, 2.311, 2.304, 2.303, 2.303],
}
SGD_RATE_1000 = {
    "accuracy": [0.1, 0.098, 0.096, 0.096, 0.105],
    "loss": [302630305792.0, 513.068, 432.408, 453.32, 494.295],
    "val_accuracy": [0.101, 0.101, 0.101, 0.101, 0.097],
    "val_loss": [508.686, 172.142, 718.343, 353.09, 576.458],
}
SGD_RATE_SMALL = {
    "accuracy": [0.096, 0.113, 0.131, 0.141, 0.15],
    "loss": [2.306, 2.294, 2.286, 2.279, 2.272],
    "val_accuracy": [0.111, 0.139, 0.135, 0.146, 0.17],
    "val_loss": [2.288, 2.28, 2.274, 2.268, 2.262],
}
RAW_PIXELS_ONE_EPOCH = {"accuracy": [0.147], "loss": [10.578], "val_accuracy": [0.226], "val_loss": [3.151]}
ONE_FILTER = {
    "accuracy": [0.167, 0.273, 0.367, 0.421, 0.46, 0.488, 0.518, 0.529, 0.539, 0.55]
    + [0.554, 0.558, 0.567, 0.57, 0.571, 0.574, 0.579, 0.583, 0.585, 0.583],
    "loss": [2.232, 2.035, 1.812, 1.638, 1.521, 1.439, 1.376, 1.333, 1.301, 1.274]
    + [1.253, 1.234, 1.219, 1.207, 1.196, 1.185, 1.176, 1.169, 1.161, 1.156],
    "val_accuracy": [0.205, 0.295, 0.357, 0.41, 0.445, 0.482, 0.49, 0.498, 0.515, 0.522]
    + [0.52, 0.533, 0.53, 0.53, 0.535, 0.53, 0.538, 0.535, 0.527, 0.53],
    "val_loss": [2.138, 1.953, 1.774, 1.647, 1.561, 1.5, 1.459, 1.434, 1.417, 1.407]
    + [1.401, 1.396, 1.393, 1.39, 1.387, 1.386, 1.385, 1.383, 1.381, 1.381],
}


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (ADAM_RATE_1, "at chance"),
        (SGD_RATE_1, "at chance"),
        (SGD_RATE_1000, "diverged"),
        (SGD_RATE_SMALL, "learning"),
        (RAW_PIXELS_ONE_EPOCH, "learning"),
        (ONE_FILTER, "under-fitted"),
    ],
)
def test_real_histories(history, expected):
    assert diagnose(history, num_classes=10).label == expected


@pytest.mark.parametrize("shift", [-0.02, 0.0, 0.02])
def test_vgg_at_learning_rate_a_tenth_stays_at_ln_100(shift):
    stuck = math.log(100) + shift
    found = diagnose({"loss": [stuck + 0.01] + [stuck] * 9, "accuracy": [0.0095] * 10}, num_classes=100)
    assert found.label == "at chance"
    assert "ln(100) = 4.605" in found.reason


def test_thousands_in_the_first_epoch_and_then_ln_k_is_at_chance_and_not_diverged():
    found = diagnose({"loss": [8312.0, 4.62, 4.61], "accuracy": [0.0101, 0.0099, 0.01]}, num_classes=100)
    assert found.label == "at chance"
    assert "8312" in found.reason
    one = {"loss": [8312.0], "accuracy": [0.0101], "val_loss": [4.61], "val_accuracy": [0.01]}
    assert diagnose(one, num_classes=100).label == "at chance"


def test_the_number_of_classes_decides_what_chance_is():
    history = {"loss": [2.303, 2.303], "accuracy": [0.1, 0.1]}
    assert label(k=10, **history) == "at chance"
    assert label(k=100, **history) == "learning"


def test_two_classes():
    assert label(k=2, loss=[0.70, 0.694], accuracy=[0.49, 0.52]) == "at chance"
    assert label(k=2, loss=[0.70, 0.69], accuracy=[0.55, 0.64]) == "learning"
    assert label(k=2, loss=[0.65, 0.5], accuracy=[0.6, 0.75]) == "learning"


def test_accuracy_that_rises_slowly_at_a_loss_near_chance_is_learning():
    history = {"loss": [2.302, 2.300, 2.298, 2.295], "accuracy": [0.10, 0.11, 0.12, 0.13]}
    assert label(**history) == "learning"
    assert label(**(history | {"accuracy": [0.10, 0.13, 0.09, 0.13]})) == "at chance"
    assert label(loss=[2.302, 2.300], accuracy=[0.12, 0.21]) == "learning"


def test_a_loss_that_never_leaves_ln_k_is_at_chance_whatever_the_accuracy():
    history = {"loss": [1.0986, 1.0986, 1.0986], "accuracy": [0.54, 0.61, 0.54]}  # real: SGD at 1e-12
    assert label(k=3, **history) == "at chance"
    assert label(k=3, **(history | {"loss": [1.0986, 1.05, 1.0]})) == "learning"


def test_few_images_make_a_lucky_accuracy_no_news():
    history = {"loss": [2.31, 2.303], "accuracy": [0.1, 0.16]}
    assert diagnose(run_of(history, train=100)).label == "at chance"
    assert diagnose(run_of(history, train=40_000)).label == "learning"


def test_unequal_classes_have_a_chance_of_their_own():
    majority = {"loss": [0.40, 0.327, 0.326], "accuracy": [0.88, 0.9, 0.9]}
    unequal = {"num_classes": 2, "majority": 0.9, "entropy": 0.3251}
    found = diagnose(run_of(majority, **unequal))
    assert found.label == "at chance"
    assert "0.325" in found.reason
    assert "ln(" not in found.reason
    better = {"loss": [0.40, 0.25, 0.15], "accuracy": [0.88, 0.93, 0.96]}
    assert diagnose(run_of(better, **unequal)).label == "learning"
    uniform = {"loss": [0.693, 0.693], "accuracy": [0.5, 0.5]}
    assert diagnose(run_of(uniform, **unequal)).label == "at chance"


def test_back_at_chance_after_having_learnt():
    found = diagnose({"loss": [1.5, 1.2, 2.31, 2.303], "accuracy": [0.4, 0.6, 0.12, 0.1]}, num_classes=10)
    assert (found.label, found.epoch) == ("at chance", 2)
    assert "0.600" in found.reason


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("before", [[], [2.3, 2.1]])
def test_a_loss_that_is_no_number_is_diverged_from_that_epoch_on(bad, before):
    found = diagnose({"loss": [*before, bad]}, num_classes=10)
    assert (found.label, found.epoch) == ("diverged", len(before) + 1)
    assert {math.nan: "NaN", math.inf: "∞"}[bad] in found.reason


def test_a_validation_loss_that_is_no_number_is_diverged_too():
    found = diagnose(
        {"loss": [2.3, 2.2], "val_loss": [2.2, math.nan], "accuracy": [0.3, 0.4]}, num_classes=10
    )
    assert (found.label, found.epoch) == ("diverged", 2)
    assert "validation loss" in found.reason


def test_training_loss_that_rises_and_stays_up_is_diverged():
    rising = {"loss": [1.0, 0.5, 1.1, 1.3], "accuracy": [0.6, 0.8, 0.7, 0.6]}
    assert diagnose(rising, num_classes=10).epoch == 2
    assert label(**rising) == "diverged"
    assert label(loss=[1.0, 0.5, 1.3, 0.5], accuracy=[0.6, 0.8, 0.6, 0.8]) == "learning"
    assert label(loss=[0.1, 0.001, 0.004, 0.004], accuracy=[0.9, 1.0, 1.0, 1.0]) == "learning"


def test_a_large_loss_with_much_right_is_no_divergence():
    assert label(loss=[40.0, 12.0, 8.0], accuracy=[0.5, 0.7, 0.75]) == "learning"


FALLING = [1.5, 1.0, 0.6, 0.4, 0.25, 0.15]
FITS = [0.5, 0.7, 0.8, 0.85, 0.9, 0.95]


def test_over_fitting_begins_where_validation_loss_was_smallest():
    found = diagnose({"loss": FALLING, "val_loss": [1.4, 1.1, 0.9, 0.95, 1.05, 1.2]}, num_classes=10)
    assert (found.label, found.epoch) == ("over-fitted", 3)


def test_one_bad_last_epoch_is_noise():
    history = {"loss": FALLING, "accuracy": FITS, "val_accuracy": FITS}
    assert label(**history, val_loss=[1.4, 1.0, 0.7, 0.5, 0.4, 0.9]) == "learning"
    assert label(**history, val_loss=[1.4, 1.0, 0.7, 0.5, 0.8, 0.9]) == "over-fitted"


def test_a_rise_of_less_than_five_percent_is_noise():
    history = {"loss": FALLING, "accuracy": FITS, "val_accuracy": [0.5, 0.7, 0.8, 0.85, 0.87, 0.87]}
    assert label(**history, val_loss=[1.4, 1.0, 0.7, 0.5, 0.51, 0.52]) == "learning"
    assert label(**history, val_loss=[1.4, 1.0, 0.7, 0.5, 0.53, 0.53]) == "over-fitted"


def test_validation_that_rises_while_training_does_not_fall_is_no_over_fitting():
    history = {"loss": [1.0, 0.5, 0.52, 0.51, 0.52], "accuracy": [0.6, 0.85, 0.85, 0.85, 0.85]}
    assert label(**history, val_loss=[1.0, 0.6, 0.7, 0.7, 0.7]) == "learning"


def test_a_wide_gap_with_a_flat_validation_loss_is_over_fitting():
    history = {"loss": FALLING, "accuracy": FITS, "val_loss": [1.4, 1.2, 1.1, 1.08, 1.1, 1.1]}
    found = diagnose({**history, "val_accuracy": [0.5, 0.6, 0.62, 0.63, 0.63, 0.62]}, num_classes=10)
    assert (found.label, found.epoch) == ("over-fitted", 4)
    assert label(**history, val_accuracy=[0.5, 0.7, 0.8, 0.85, 0.88, 0.9]) == "learning"


def test_two_epochs_are_too_few_for_over_and_under_fitting():
    history = {"loss": [1.0, 0.5], "val_loss": [1.0, 1.5], "accuracy": [0.5, 0.9], "val_accuracy": [0.5, 0.4]}
    assert label(**history) == "learning"
    assert label(loss=[1.5, 1.5], accuracy=[0.5, 0.5]) == "learning"


def test_validation_in_every_second_epoch_counts_epochs_and_not_entries():
    loss = [1.5, 1.2, 1.0, 0.8, 0.6, 0.4, 0.3, 0.2]
    assert diagnose({"loss": loss, "val_loss": [1.3, 0.9, 1.1, 1.3]}, num_classes=10).epoch == 4


def test_flat_and_poor_is_under_fitted_and_flat_and_good_is_not():
    loss = [1.8, 1.2, 1.01, 1.0, 1.0, 1.0]
    assert label(loss=loss, accuracy=[0.3, 0.5, 0.6, 0.6, 0.6, 0.6]) == "under-fitted"
    assert label(loss=loss, accuracy=[0.3, 0.6, 0.85, 0.85, 0.85, 0.85]) == "learning"
    assert label(loss=loss) == "learning"  # without accuracy nobody knows how poor it is


def test_a_slow_and_steady_fall_is_learning_and_not_under_fitting():
    loss = [2.20, 2.19, 2.18, 2.17, 2.16, 2.15, 2.14, 2.13, 2.12, 2.11]
    found = diagnose({"loss": loss, "accuracy": [0.2 + 0.01 * i for i in range(10)]}, num_classes=10)
    assert found.label == "learning"
    assert "still falling" in found.reason


def test_more_epochs_are_advised_only_where_the_loss_still_falls():
    fast = diagnose({"loss": [2.0, 1.5, 1.0], "accuracy": [0.3, 0.5, 0.7]}, num_classes=10)
    done = diagnose(
        {"loss": [1.0, 0.2, 0.1, 0.1, 0.1], "accuracy": [0.7, 0.9, 0.97, 0.97, 0.97]}, num_classes=10
    )
    assert "still falling" in fast.reason
    assert "settled" in done.reason


def test_no_epoch():
    assert diagnose(run_of({})).label == "learning"
    assert "no epoch" in diagnose({"loss": []}, num_classes=10).reason


def test_the_same_verdict_from_run_dict_arrays_and_keras_history():
    model = SimpleNamespace(output_shape=(None, 10), optimizer=SimpleNamespace(learning_rate=np.float32(0.5)))
    keras_like = SimpleNamespace(history=ADAM_RATE_1, model=model)
    arrays = {key: np.array(values) for key, values in ADAM_RATE_1.items()}
    found = [diagnose(run_of(ADAM_RATE_1)), diagnose(keras_like), diagnose(arrays, num_classes=10)]
    assert [d.label for d in found] == ["at chance"] * 3
    assert "(it was 0.5)" in found[1].reason
    assert "it was" not in found[2].reason


def test_accuracy_under_its_other_names():
    assert label(loss=[2.303, 2.303], acc=[0.1, 0.1]) == "at chance"
    assert label(loss=[2.303, 2.303], acc=[0.1, 0.4], val_acc=[0.1, 0.4]) == "learning"
    assert label(loss=[2.303, 2.303], sparse_categorical_accuracy=[0.1, 0.4]) == "learning"


def test_a_binary_keras_history_has_two_classes():
    model = SimpleNamespace(output_shape=(None, 1), optimizer=None)
    history = {"loss": [0.694, 0.693], "accuracy": [0.5, 0.5]}
    assert diagnose(SimpleNamespace(history=history, model=model)).label == "at chance"


@pytest.mark.parametrize("wrong", [None, 3, [1.0], {"accuracy": [0.1]}, SimpleNamespace(history=None)])
def test_what_has_no_loss_is_refused(wrong):
    with pytest.raises(ValueError, match="a dict with a 'loss' list"):
        diagnose(wrong, num_classes=10)


def test_the_number_of_classes_must_be_known_and_sensible():
    with pytest.raises(ValueError, match="num_classes=10"):
        diagnose({"loss": [1.0]})
    with pytest.raises(ValueError, match="2 or more"):
        diagnose({"loss": [1.0]}, num_classes=1)


REASONS = {
    "no epoch": {"loss": []},
    "nan": {"loss": [math.nan], "val_loss": [math.nan]},
    "worse than chance": SGD_RATE_1000,
    "rising": {"loss": [1.0, 0.5, 1.1, 1.3], "accuracy": [0.6, 0.8, 0.7, 0.6]},
    "at chance": {"loss": [2.3, 2.3], "accuracy": [0.1, 0.1]},
    "jumped": ADAM_RATE_1,
    "fell back": SGD_RATE_1,
    "over-fitted": {"loss": FALLING, "val_loss": [1.4, 1.1, 0.9, 0.95, 1.05, 1.2]},
    "gap": {
        "loss": FALLING, "accuracy": FITS, "val_loss": [1.4, 1.2, 1.1, 1.08, 1.1, 1.1], "val_accuracy": [0.6] * 6
    },
    "under-fitted": ONE_FILTER,
    "few": RAW_PIXELS_ONE_EPOCH,
    "still": SGD_RATE_SMALL,
    "settled": {"loss": [1.0, 0.2, 0.1, 0.1, 0.1], "accuracy": [0.7, 0.9, 0.97, 0.97, 0.97]},
}  # fmt: skip


def test_the_cases_reach_every_reason():
    from labkit.training.verdicts import _REASONS

    assert set(REASONS) == set(_REASONS)


@pytest.mark.parametrize("name", REASONS)
def test_every_reason_is_one_line_without_gaps_in_both_languages(name):
    said = {}
    for language in ("en", "fr"):
        config.choose(language=language)
        said[language] = str(diagnose(REASONS[name], num_classes=10))
        assert not re.search(r"[{}\n]|\bnan\b", said[language])
        assert "\n" not in said[language]
        assert said[language].endswith(".")
    assert said["en"] != said["fr"]
    assert diagnose(REASONS[name], num_classes=10).label.isascii()  # the label stays English


def test_one_epoch_that_leapt_and_ended_at_chance_is_told_as_such():
    """The training loss is an average over the epoch, the leap included; validation shows where it ended."""
    found = diagnose(
        {"loss": [2.8e28], "accuracy": [0.1], "val_loss": [2.31], "val_accuracy": [0.1]}, num_classes=10
    )
    assert found.label == "at chance"
    assert "leapt up to 2.8e+28 and then stays at 2.310" in found.reason
