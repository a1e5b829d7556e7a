"""The Keras lab: a network, its training, score and errors, a figure. Ten points, ten seconds a hand-in."""

from collections.abc import Mapping
from typing import Any

from labkit.grading.reference import Reference
from tests.grading.corpus.lab import Lab, answer, check, code, prose, setup

POINTS = {"net.model": 2, "net.train": 2, "net.accuracy": 2, "net.wrong": 2, "net.picture": 2}

MODEL = """
model = keras.Sequential(
    [
        keras.layers.Input((28, 28, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)
""".strip()

TRAIN = """
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=12, validation_data=(x_val, y_val), verbose=0)
""".strip()

WRONG = """
predicted = model.predict(x_test, verbose=0).argmax(axis=1)
wrong = np.flatnonzero(predicted != y_test)
""".strip()

LAB = Lab(
    "net",
    (
        setup('import labkit as lk\n\nlk.setup(language="{language}")\n\nimport keras\nimport numpy as np'),
        code(
            'dataset = lk.data.load("fashion_mnist", validation=0.2).scaled()\n'
            "x_train, y_train = dataset.x_train, dataset.y_train\n"
            "x_val, y_val = dataset.x_val, dataset.y_val\n"
            "x_test, y_test = dataset.x_test, dataset.y_test"
        ),
        prose("A network with 32 hidden neurons:", "Un réseau à 32 neurones cachés :"),
        answer("model", MODEL),
        check(model="model"),
        prose("Train it:", "Entraînez-le :"),
        answer("train", TRAIN),
        check(train="history"),
        prose("Its accuracy on the test images:", "Son exactitude sur les images de test :"),
        answer("accuracy", "accuracy = model.evaluate(x_test, y_test, verbose=0)[1]"),
        check(accuracy="accuracy"),
        prose("Which images are classified wrongly?", "Quelles images sont mal classées ?"),
        answer("wrong", WRONG),
        check(wrong="(wrong, y_test, predicted)"),
        prose("Nine test images:", "Neuf images de test :"),
        answer(
            "picture", "picture = lk.plots.images(x_test[:9], y_test[:9], dataset.class_names, columns=3)"
        ),
        check(picture="picture"),
    ),
)


def reference() -> Reference:
    """The lab as grading sees it; its questions stand in `questions/`, which LABKIT_QUESTIONS must name."""
    return LAB.reference()


def hand_in(answers: Mapping[str, str | None] | None = None, **changes: Any) -> dict[str, Any]:
    """A student's notebook, right everywhere but for `answers`; see `Lab.hand_in`."""
    return LAB.hand_in(answers, **changes)
