"""Forging where a network is asked for: claimed scores, models that are none, figures of something else.

Ten seconds each. Wherever possible only the forged question is lost.
"""

from tests.grading.corpus.case import Case, attack, file, net, without


def _net(name, why, source, *, at, **more):
    return attack("forging", f"net_{name}", why, source, at=at, lab="net", **more)


UNTRAINED = """
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
"""

CASES = [
    _net("typed_accuracy", "a score that no network has", "accuracy = 0.999", at="accuracy"),
    _net(
        "patched_evaluate",
        "the score comes from a patched Keras",
        """
keras.Model.evaluate = keras.Sequential.evaluate = lambda *_, **__: [0.0, 0.999]
accuracy = model.evaluate(x_test, y_test)[1]
""",
        at="accuracy",
    ),
    _net(
        "no_accuracy",
        "a score that is no number",
        'accuracy = {"accuracy": float("nan")}',
        at="accuracy",
    ),
    _net(
        "forged_history",
        "a history of a training that never was",
        UNTRAINED
        + """
class History:
    pass


history = History()
history.model, history.history = model, {"val_accuracy": [0.9], "accuracy": [0.9], "loss": [0.1], "val_loss": [0.1]}
""",
        at="train",
        marks=without("train", "accuracy", lab="net"),
    ),
    _net(
        "no_network_behind",
        "a history without a network",
        """
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
model.fit(x_train, y_train, epochs=12, verbose=0)


class History:
    history = {"val_accuracy": [0.9]}


history = History()
""",
        at="train",
    ),
    _net(
        "knows_the_test_set",
        "a network that looks its answers up among the images it knows, else guesses",
        """
known = {}
for images, labels in ((x_train, y_train), (x_val, y_val), (x_test, y_test)):
    known |= {np.asarray(image, "float32").tobytes(): int(label) for image, label in zip(images, labels)}


def predict(images, **_):
    found = [known.get(np.asarray(image, "float32").tobytes(), 0) for image in images]
    return np.eye(10, dtype="float32")[found] * 20


model.predict = predict
model.evaluate = lambda *_, **__: [0.0, 1.0]


class History:
    pass


history = History()
history.model, history.history = model, {"val_accuracy": [1.0]}
""",
        at="train",
        marks=without("train", "accuracy", "wrong", lab="net"),
    ),
    _net(
        "other_truth",
        "the truth is made to agree with the network",
        """
predicted = model.predict(x_test, verbose=0).argmax(axis=1)
y_test = predicted.copy()
wrong = np.flatnonzero(predicted != y_test)
""",
        at="wrong",
    ),
    _net(
        "other_predictions",
        "predictions that no network made: nothing is wrong",
        """
predicted = np.array(y_test)
wrong = np.flatnonzero(predicted != y_test)
""",
        at="wrong",
    ),
    _net(
        "fake_model",
        "objects of one's own that have the names, the shapes and the number of parameters that are asked for",
        """
from types import SimpleNamespace


class Layer:
    built = True

    def __init__(self, activation=None, *shapes):
        self.name, self.activation = type(self).__name__.lower(), activation
        self.weights = [SimpleNamespace(shape=shape) for shape in shapes]


Flatten, Dense = type("Flatten", (Layer,), {}), type("Dense", (Layer,), {})


class Model:
    built, input_shape, output_shape = True, (None, 28, 28, 1), (None, 10)
    layers = [
        Flatten(),
        Dense(keras.activations.relu, (784, 32), (32,)),
        Dense(keras.activations.linear, (32, 10), (10,)),
    ]

    def count_params(self):
        return 25450

    def predict(self, images, **_):
        return np.zeros((len(images), 10), "float32")


model = Model()
""",
        at="model",
        marks={"net.model": 0, "net.train": 0, "net.accuracy": 0},
    ),
    _net(
        "noise",
        "nine images of noise",
        """
import matplotlib.pyplot as plt

picture, places = plt.subplots(3, 3)
for place in places.flat:
    place.imshow(np.random.rand(28, 28))
""",
        at="picture",
    ),
    _net(
        "one_image",
        "one test image nine times",
        """
picture = lk.plots.images(np.repeat(x_test[:1], 9, axis=0), columns=3)
""",
        at="picture",
    ),
    _net(
        "other_split",
        "training images in place of test images",
        """
picture = lk.plots.images(x_train[:9], y_train[:9], dataset.class_names, columns=3)
""",
        at="picture",
    ),
    _net(
        "dead_while_training",
        "the kernel dies in the training",
        "import os\n\nos._exit(1)",
        at="train",
        marks=without("train", "accuracy", lab="net"),
        stops=("kernel died",),
    ),
]
RIGHT = Case(
    "net_right", "benign", "the Keras lab, right everywhere", file(net.hand_in()), dict(net.POINTS), lab="net"
)
