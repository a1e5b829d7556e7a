"""What a machine offers: really tried, explained where it does not work, the same in the doctor's words."""

import sys
from pathlib import Path

import pytest

from labkit.grading import levels, sandbox
from labkit.grading.records import LEVELS


@pytest.fixture(autouse=True)
def afresh():
    """No answer of one test is another's."""
    tried, found = levels.examine, sandbox.bubblewrap
    tried.cache_clear()
    found.cache_clear()
    yield
    tried.cache_clear()
    found.cache_clear()


def test_every_level_has_an_answer():
    offers = levels.examine()
    assert [offer.level for offer in offers] == list(LEVELS)
    assert offers[-1].available
    for offer in offers:
        assert offer.available or offer.why_not
    assert levels.best() == next(offer.level for offer in offers if offer.available)
    assert "network" in " ".join(offers[-1].gaps)


def test_the_doctor_says_the_same():
    for offer, finding in zip(levels.examine(), levels.findings(), strict=True):
        assert finding.good is offer.available
        assert finding.what == f"isolation {offer.level}"
        assert offer.available or offer.why_not in finding.state


def test_an_unknown_level_is_refused_in_words():
    with pytest.raises(ValueError, match="unknown level 'most': choose one of full, partial, none"):
        levels.offer("most")


def test_other_systems_get_none_and_the_reason(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    full, partial, none = levels.examine()
    assert (full.available, partial.available, none.available) == (False, False, True)
    assert "needs Linux; this is darwin" in full.why_not
    assert levels.best() == "none"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_plain_user_without_landlock_has_no_sandbox_but_bubblewrap(monkeypatch):
    monkeypatch.setattr(levels.confine, "landlock_abi", lambda: 0)
    monkeypatch.setattr(levels.os, "getuid", lambda: 1000)
    found = levels.examine()[1]
    assert not found.available
    assert "no Landlock here" in found.why_not


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_without_bubblewrap_the_remedy_installs_it(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda *_, **__: None)
    assert levels.examine()[0].remedy == "apt-get install bubblewrap"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        (
            "kernel/apparmor_restrict_unprivileged_userns=1",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("user/max_user_namespaces=0", "sysctl -w user.max_user_namespaces=15000"),
        ("", "docker run --security-opt seccomp=unconfined"),
    ],
)
def test_a_bubblewrap_that_may_not_start_is_explained(monkeypatch, tmp_path, setting, remedy):
    """As in a container or on Ubuntu 24.04: the real command line, and a bwrap that says what it says there."""
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n")
    refusing.chmod(0o755)
    file, _, value = setting.partition("=")
    if file:
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text(value + "\n")
    monkeypatch.setattr(levels, "SYSCTL", tmp_path)
    monkeypatch.setattr(levels.os, "getuid", lambda: 1000)
    monkeypatch.setattr(sandbox, "bubblewrap", lambda: str(refusing))
    found = levels._full()
    assert not found.available
    assert "setting up uid map" in found.why_not
    assert remedy in found.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_level_that_does_not_hold_is_not_offered(monkeypatch):
    """The probe's word counts, not the flags: a sandbox with a way out is refused."""
    if levels.offer("partial").available:
        levels.examine.cache_clear()
        command = sandbox.command

        def leaky(settings, program):
            return command(sandbox.Sandbox("none", settings.folder, settings.limits), program)

        monkeypatch.setattr(sandbox, "command", leaky)
        assert "could be re" in levels._partial().why_not
        assert not levels._partial().available


def test_nothing_is_left_of_trying(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    levels.examine()
    assert list(Path(tmp_path).iterdir()) == []
