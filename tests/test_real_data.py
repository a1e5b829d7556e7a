"""On the real data sets: the course's first numbers come out as they should."""

import numpy as np
import pytest

from labkit import data, metrics, models, training

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_the_first_network_learns_mnist_within_an_epoch():
    import keras

    keras.utils.set_random_seed(0)
    digits = data.load("mnist", validation=0.2).scaled()
    run = training.train(models.first_cnn(), digits.subset(12_000), epochs=2, batch_size=32)
    assert run.source == "data folder"
    assert run.last("val_accuracy") > 0.95


@pytest.mark.parametrize(
    ("name", "mean", "std"),
    [("mnist", 0.1307, 0.3081), ("fashion_mnist", 0.2860, 0.3530)],
)
def test_the_pixels_have_their_published_mean_and_deviation(name, mean, std):
    x = data.load(name).scaled().x_train
    assert (x.mean(dtype=np.float64), x.std(dtype=np.float64)) == pytest.approx((mean, std), abs=2e-4)


def test_a_linear_classifier_on_cifar10_stays_far_below_a_convolution():
    """Two passes over 5,000 photographs: the reason for the whole course, in one comparison."""
    import keras

    photos = data.load("cifar10", validation=0.2).scaled().subset(5_000, n_val=500, n_test=1_000)
    accuracies = []
    for build in (models.softmax_regression, models.small_cnn):
        keras.utils.set_random_seed(0)
        model = build()
        training.train(model, photos, epochs=4, batch_size=32)
        accuracies.append(metrics.evaluate(model, photos).accuracy)
    assert accuracies[1] > accuracies[0] + 0.05
