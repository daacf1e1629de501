"""The metrics folder is in shared memory, belongs to one user and one DATA folder, and is removed at stop."""

from pathlib import Path

import pytest

from tracker.base.settings import Settings, load
from tracker.cli import metrics_dir


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"DATA": str(tmp_path / "var")}, tmp_path / "none.toml")


@pytest.fixture
def mounts(tmp_path: Path) -> str:
    return f"tmpfs {tmp_path} tmpfs rw,nosuid 0 0\n"


def test_the_folder_is_private_and_stays_the_same(settings: Settings, tmp_path: Path, mounts: str) -> None:
    """A restart after a kill finds the folder again and removes the files of the processes before."""
    found = metrics_dir.in_memory(settings, tmp_path, mounts)
    assert found is not None
    assert (found.parent, found.stat().st_mode & 0o777) == (tmp_path, 0o700)
    (found / "counter_1.db").touch()

    assert metrics_dir.in_memory(settings, tmp_path, mounts) == found
    assert list(metrics_dir.empty(found).iterdir()) == []
    other = load({"DATA": str(tmp_path / "other")}, tmp_path / "none.toml")
    assert metrics_dir.in_memory(other, tmp_path, mounts) != found
    metrics_dir.remove(settings, tmp_path)
    metrics_dir.remove(settings, tmp_path)
    assert not found.exists()


def test_without_a_tmpfs_there_is_no_folder(settings: Settings, tmp_path: Path) -> None:
    """The caller then uses DATA/run."""
    assert metrics_dir.in_memory(settings, tmp_path, f"/dev/sda1 {tmp_path} ext4 rw 0 0\n") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "file", "open to others"])
def test_a_folder_of_another_user_is_neither_used_nor_removed(settings: Settings, tmp_path: Path, mounts: str, kind: str) -> None:
    """Every user of the machine may create names in shared memory."""
    place = metrics_dir.in_memory(settings, tmp_path, mounts)
    assert place is not None
    place.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    if kind == "link":
        place.symlink_to(elsewhere)
    elif kind == "file":
        place.touch(mode=0o600)
    else:
        place.mkdir()
        place.chmod(0o755)

    assert metrics_dir.in_memory(settings, tmp_path, mounts) is None
    metrics_dir.remove(settings, tmp_path)
    assert place.exists()
    assert elsewhere.exists()
