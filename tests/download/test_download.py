"""Keras cache and download: what works, what fails in one line, what recovers."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from labkit import downloads
from labkit.data import DataNotFoundError, archive, load, locate, pack, sources
from labkit.data.catalog import CATALOG


def one_line(caught):
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOG)
def test_download_then_cache(name, server, cache):
    assert locate(name) is None
    first = load(name)
    asked = len(server.asked)
    assert (first.source, load(name).source) == ("download", "Keras cache")
    assert len(server.asked) == asked == len(CATALOG[name].keras_files)
    assert locate(name) == cache / CATALOG[name].keras_files[-1]
    arrays = server.arrays[name]
    np.testing.assert_array_equal(first.x_test, arrays["x_test"])
    np.testing.assert_array_equal(first.y_test, arrays["y_test"])
    if name != "cifar10":
        np.testing.assert_array_equal(first.x_train, arrays["x_train"])
    assert first.y_train.shape == (len(first.x_train),)
    assert first.x_train.flags.writeable
    assert first.x_train.flags.c_contiguous


def test_data_folder_wins_over_the_cache_unless_asked(server, folder):
    load("mnist")
    archive.write(folder / "mnist.npz", server.arrays["mnist"])
    assert load("mnist").source == "data folder"
    assert load("mnist", source="keras").source == "Keras cache"


@pytest.mark.parametrize("name", CATALOG)
def test_no_network_and_no_copy(name, no_network, folder, capfd):
    with pytest.raises(DataNotFoundError) as caught:
        load(name)
    message = one_line(caught)
    assert str(folder / f"{name}.npz") in message
    assert 'source="sample"' in message
    assert "Connection refused" in message
    assert capfd.readouterr() == ("", "")  # under pytest nothing may be drawn


def test_data_folder_alone_is_asked_for(folder):
    with pytest.raises(
        DataNotFoundError, match=r"^MNIST is not in the data folder: put a copy at .*mnist\.npz"
    ):
        load("mnist", source="data folder")


@pytest.mark.parametrize("mode", ["cut", "404", "login page"])
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar100"])
def test_failed_download_then_recovery(mode, name, server, cache):
    server.mode = mode
    for _ in range(2):
        with pytest.raises(DataNotFoundError) as caught:
            load(name)
        one_line(caught)
    server.mode = "whole"
    assert load(name).source == "download"
    assert load(name).source == "Keras cache"
    assert not list(cache.rglob("*.broken"))


@pytest.mark.parametrize("part", [0, 0.5, 0.99])
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar100"])
def test_half_a_file_in_the_cache(name, part, server, cache):
    """What a killed download leaves. Without a network it stays and is named; with one it is replaced."""
    load(name)
    for file in CATALOG[name].keras_files:
        good = (cache / file).read_bytes()
        half = good[: int(len(good) * part)]
        (cache / file).write_bytes(half)
        server.mode = "cut"
        with pytest.raises(DataNotFoundError) as caught:
            load(name)
        assert f"the cached file {cache / file} is broken" in one_line(caught)
        assert (cache / file).read_bytes() == half
        server.mode = "whole"
        assert load(name).source == "download"
        assert (cache / file).read_bytes() == good
    assert not list(cache.rglob("*.broken"))


def test_an_interrupt_is_passed_on_and_leaves_nothing_half(server, cache, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("keras.src.utils.file_utils.urlretrieve", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load("mnist")
    assert load("mnist").source == "download"


def test_a_silent_server_is_given_up(server, monkeypatch):
    monkeypatch.setattr(downloads, "SILENCE", 0.5)
    server.mode = "silent"
    start = time.monotonic()
    with pytest.raises(DataNotFoundError, match="timed out"):
        load("mnist")
    assert time.monotonic() - start < 10
    assert socket.getdefaulttimeout() is None


def test_slow_server_is_announced_on_stderr(server, folder, monkeypatch, capfd):
    monkeypatch.setenv("LABKIT_PROGRESS", "1")
    load("cifar100")
    told = capfd.readouterr().err
    assert "169 MB" in told
    assert "about 40 minutes" in told
    assert "labkit data pack cifar100" in told
    assert str(folder / "cifar100.npz") in told
    load("cifar100")
    load("mnist")
    assert capfd.readouterr().err == ""


def test_two_threads_download_once(server):
    server.mode = "slow"
    found = []
    threads = [threading.Thread(target=lambda: found.append(load("mnist").source)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["Keras cache", "Keras cache", "download"]
    assert server.asked == ["mnist.npz"]


def test_pack_from_the_cache(server, folder):
    place = pack("fashion_mnist")
    assert place == folder / "fashion_mnist.npz"
    dataset = load("fashion_mnist")
    assert dataset.source == "data folder"
    np.testing.assert_array_equal(dataset.x_train, server.arrays["fashion_mnist"]["x_train"])


def test_keras_folder_where_home_cannot_be_written(tmp_path, monkeypatch):
    assert sources.keras_folder() == tmp_path / "keras" / "datasets"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert sources.keras_folder() == Path("/tmp/.keras/datasets")


@pytest.mark.slow
def test_kill_during_download(server, cache, load_elsewhere):
    """SIGKILL in the middle of Fashion-MNIST, whose files Keras does not check: the next load notices."""
    server.mode = "silent"
    child = load_elsewhere()
    assert server.silent.wait(300), child.communicate()
    time.sleep(0.5)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    left = cache / "fashion-mnist" / "train-labels-idx1-ubyte.gz"
    assert left.exists()
    server.mode = "whole"
    dataset = load("fashion_mnist")
    assert dataset.source == "download"
    np.testing.assert_array_equal(dataset.y_train, server.arrays["fashion_mnist"]["y_train"])


@pytest.mark.slow
def test_two_processes_download_once(server, load_elsewhere):
    server.mode = "slow"
    children = [load_elsewhere() for _ in range(2)]
    last = sorted(child.communicate(timeout=120)[0].splitlines()[-1] for child in children)
    assert last == ["Keras cache", "download"]
    assert len(server.asked) == 4
