"""Offline samples: small stand-ins with the real shapes, types and class names, for runs without the data."""

import numpy as np


def sample(name: str) -> dict[str, np.ndarray]:
    """The offline sample of a data set as `x_train, y_train, x_test, y_test`, uint8.

    MNIST's is scikit-learn's bundled handwritten digits (Alpaydin and Kaynak, UCI) enlarged from
    8x8 to 28x28; the others are drawn by labkit. The same arrays every time.
    """
    raise NotImplementedError(name)
