import pytest

from labkit import config


def test_defaults():
    assert (config.profile(), config.language(), config.seed()) == ("course", "en", 0)


def test_the_environment_chooses(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "full")
    monkeypatch.setenv("LABKIT_LANGUAGE", "fr")
    monkeypatch.setenv("LABKIT_SEED", "7")
    assert (config.profile(), config.language(), config.seed()) == ("full", "fr", 7)


def test_a_choice_in_the_program_wins(monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "full")
    config.choose(profile="smoke", seed=3)
    assert (config.profile(), config.seed()) == ("smoke", 3)


@pytest.mark.parametrize("profile", config.PROFILES)
def test_by_profile(profile):
    config.choose(profile=profile)
    assert config.by_profile(smoke="smoke", course="course", full="full") == profile


@pytest.mark.parametrize(
    ("name", "value", "ask"),
    [
        ("LABKIT_PROFILE", "fast", config.profile),
        ("LABKIT_LANGUAGE", "de", config.language),
        ("LABKIT_SEED", "one", config.seed),
    ],
)
def test_a_bad_variable_is_named(monkeypatch, name, value, ask):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"{name}.*{value}") as caught:
        ask()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", ["x", -1, 2**32, 1.5, True])
def test_a_bad_seed_is_one_line(seed):
    with pytest.raises(ValueError, match="seed must be a whole number"):
        config.choose(seed=seed)


def test_the_backend_is_the_one_that_keras_will_take(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert config.keras_backend() == "tensorflow"
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    assert config.keras_backend() == "jax"
    (tmp_path / "keras.json").write_text("[broken")
    assert config.keras_backend() == "tensorflow"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert config.keras_backend() == "torch"


def test_no_progress_where_pytest_compares(monkeypatch):
    assert not config.shows_progress()
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert config.shows_progress()
    monkeypatch.setenv("LABKIT_PROGRESS", "0")
    assert not config.shows_progress()


def test_another_language_for_a_while_and_in_this_thread_only():
    from threading import Thread

    config.choose(language="fr", profile="full")
    seen = []
    with config.choosing(language="en"):
        assert (config.language(), config.profile()) == ("en", "full")
        with config.choosing(profile="smoke"):
            assert (config.language(), config.profile()) == ("en", "smoke")
            other = Thread(target=lambda: seen.append((config.language(), config.profile())))
            other.start()
            other.join()
    assert seen == [("fr", "full")]
    assert (config.language(), config.profile()) == ("fr", "full")
    with pytest.raises(ValueError, match="unknown language 'de'"), config.choosing(language="de"):
        pass


def test_networks_are_kept_where_the_grader_asks(monkeypatch):
    assert not config.keeps_networks()
    monkeypatch.setenv("LABKIT_KEEP_NETWORKS", "1")
    assert config.keeps_networks()
