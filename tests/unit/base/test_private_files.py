"""Modes: what is written is for its owner alone, and what an older version left readable is closed."""

import os
import socket
import stat

from tracker.base.private_files import restrict_permissions


def test_everything_is_closed_and_no_link_is_followed(tmp_path):
    """Folders, files, sockets; what a link leads to stays as it is."""
    outside = tmp_path / "outside"
    outside.write_text("")
    outside.chmod(0o666)
    data = tmp_path / "data"
    (data / "spool").mkdir(parents=True)
    (data / "spool" / "one").write_text("")
    (data / "private").touch(0o600)
    (data / "link").symlink_to(outside)
    (data / "gone").symlink_to(tmp_path / "nowhere")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(data / "s.sock"))
        os.mkfifo(data / "pipe")
        for path in (data, data / "spool", data / "spool" / "one", data / "s.sock", data / "pipe"):
            path.chmod(0o777)

        assert restrict_permissions(data) == 5
    modes = [stat.S_IMODE(os.lstat(p).st_mode) & 0o077 for p in (data, *data.rglob("*")) if not p.is_symlink()]
    assert (modes, stat.S_IMODE(outside.stat().st_mode), restrict_permissions(data)) == ([0] * 6, 0o666, 0)
    assert restrict_permissions(tmp_path / "nowhere") == 0
