"""The official download without a network: Keras's own loaders and its own get_file, and in place of the
official servers one on this machine, with small files in the official formats."""

import collections
import gzip
import hashlib
import http.server
import inspect
import io
import os
import pickle
import socket
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from labkit import config
from labkit.data import archive
from labkit.data.catalog import CATALOG
from tests.tiny_data import tiny

ROOT = Path(archive.__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for variable in ("LABKIT_PROFILE", "LABKIT_LANGUAGE", "LABKIT_SEED", "LABKIT_PROGRESS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(config, "_chosen", config._Chosen())
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # of the lock files
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def idx(array):
    """Fashion-MNIST's format: a header of 8 bytes for labels and 16 for images, gzipped."""
    return gzip.compress(bytes(8 if array.ndim == 1 else 16) + array.tobytes())


def tar(members):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as opened:
        for name, batch in members.items():
            data = pickle.dumps(batch)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
    return content.getvalue()


def batch(images, labels, key):
    return {b"data": np.moveaxis(images, -1, 1).reshape(len(images), -1), key: labels.tolist()}


def official_files(arrays):
    """Small files in the formats of the official ones."""
    mnist = io.BytesIO()
    np.savez_compressed(mnist, **arrays["mnist"])
    fashion, ten, hundred = (arrays[name] for name in ("fashion_mnist", "cifar10", "cifar100"))
    prefix = "cifar-10-batches-py"
    ones = {
        f"{prefix}/data_batch_{i + 1}": batch(ten["x_train"][i : i + 1], ten["y_train"][i : i + 1], b"labels")
        for i in range(5)
    }
    return {
        "mnist.npz": mnist.getvalue(),
        "train-labels-idx1-ubyte.gz": idx(fashion["y_train"]),
        "train-images-idx3-ubyte.gz": idx(fashion["x_train"]),
        "t10k-labels-idx1-ubyte.gz": idx(fashion["y_test"]),
        "t10k-images-idx3-ubyte.gz": idx(fashion["x_test"]),
        # Keras expects 10,000 images in each of CIFAR-10's batches; NumPy repeats a single one.
        "cifar-10-python.tar.gz": tar(ones | {f"{prefix}/test_batch": batch(ten["x_test"], ten["y_test"], b"labels")}),
        "cifar-100-python.tar.gz": tar(
            {f"cifar-100-python/{s}": batch(hundred[f"x_{s}"], hundred[f"y_{s}"], b"fine_labels") for s in ("train", "test")}
        ),
    }  # fmt: skip


class Server(http.server.ThreadingHTTPServer):
    """Serves the files whole, or half of each: then it hangs up (`cut`) or falls silent (`silent`)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.arrays = {name: tiny(name) for name in CATALOG}
        self.files = official_files(self.arrays)
        self.hashes = {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
        self.mode, self.asked, self.silent = "whole", [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/")
        self.server.asked.append(name)
        content = self.server.files[name]
        if self.server.mode == "login page":
            content = b"<html>Please log in to the school's network</html>"
        self.send_response(404 if self.server.mode == "404" else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        whole = self.server.mode not in ("cut", "silent")
        self.wfile.write(content if whole else content[: len(content) // 2])
        if self.server.mode == "silent":
            self.wfile.flush()
            self.server.silent.set()
            time.sleep(30)
        elif self.server.mode == "slow":
            time.sleep(0.5)

    def log_message(self, *args):
        pass


def use_server(url, hashes, patch=setattr):
    """Let Keras's loaders ask the server at `url`, with the checksums of the small files."""
    import importlib

    import keras

    for name in ("mnist", "fashion_mnist", "cifar10", "cifar100"):

        def get_file(fname, origin, file_hash=None, **more):
            served = origin.split("/")[-1]
            return keras.utils.get_file(
                fname, origin=f"{url}/{served}", file_hash=file_hash and hashes[served], **more
            )

        patch(importlib.import_module(f"keras.src.datasets.{name}"), "get_file", get_file)


@pytest.fixture(scope="module")
def keras_config():
    """Imported before a test moves KERAS_HOME: Keras reads it once for all."""
    import keras.src.backend.config

    return keras.src.backend.config


@pytest.fixture
def cache(keras_config, tmp_path, monkeypatch):
    (tmp_path / "keras").mkdir()
    monkeypatch.setattr(keras_config, "_KERAS_DIR", str(tmp_path / "keras"))
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def server(cache, monkeypatch):
    server = Server()
    use_server(server.url, server.hashes, monkeypatch.setattr)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def no_network(cache, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    use_server(url, collections.defaultdict(lambda: "0" * 64), monkeypatch.setattr)


LOAD = f"""
import sys
{inspect.getsource(use_server)}
use_server(sys.argv[1], eval(sys.argv[2]))
from labkit.data import load
print(load("fashion_mnist").source)
"""


@pytest.fixture
def load_elsewhere(server, tmp_path):
    """Start another process that loads Fashion-MNIST."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", LOAD, server.url, repr(server.hashes)]
    return lambda: subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)
