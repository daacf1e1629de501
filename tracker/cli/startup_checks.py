"""Checks of the machine and the settings, by `leadlight up` before it starts and by `leadlight doctor`."""

import contextlib
import errno
import importlib.util
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tracker.actions.ops.unfinished_restore import marker_path
from tracker.base.settings import Settings
from tracker.cli.checks.check import Check
from tracker.cli.checks.operator_files import operator_files
from tracker.embedded.binaries import NoServer, mongod_binary, valkey_binary

_MIN_FREE_BYTES = 300 * 2**20
_LOW_FREE_BYTES = 2 * 2**30
_FULL_SHARE = 0.80
_NETWORK_FILESYSTEMS = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "coda", "davfs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"),
    *("orangefs", "pvfs2", "moosefs", "mfs", "lizardfs", "seaweedfs", "juicefs", "hdfs", "sshfs", "curlftpfs", "smbnetfs", "davfs2"),
    *("ceph-fuse", "s3fs", "s3ql", "mount-s3", "mountpoint-s3", "goofys", "rclone", "gcsfuse", "blobfuse", "blobfuse2", "gvfsd-fuse"),
}
"""Names as in /proc/mounts, without the prefix `fuse.`."""
_MIN_PYTHON = (3, 11)


def machine_checks(settings: Settings) -> Iterator[Check]:
    """Checks that need no running process; they only create the DATA folder."""
    yield _python()
    yield _parser()
    yield _data(settings.data)
    if (marker := marker_path(settings)).exists():
        yield Check(
            "Restore",
            "fail",
            "A restore has failed and the data are incomplete",
            f"Repeat it, or remove {marker} to start with incomplete data.",
        )
    yield _disk(settings.data)
    mounts = _mounts()
    yield filesystem("DATA", settings.data, mounts)
    if (spool := settings.spool_dir.resolve()) != settings.spool_dir:
        yield filesystem("DATA/spool", spool, mounts)
        yield _disk(spool)
    yield from operator_files(settings)
    if settings.is_mongo_embedded:
        yield _mongod()
    if settings.is_redis_embedded:
        yield _valkey()


def port_checks(settings: Settings) -> Iterator[Check]:
    """Whether each port is free and used only once."""
    ports = {
        "PORT": settings.port,
        "EDGE_PORT": settings.edge_port,
        "DEMO_PORT": settings.demo_port,
        "RELAY_PORT": settings.relay_port,
        "METRICS_PORT": settings.metrics_port,
        "DEMO_SMTP_PORT": settings.demo_smtp_port,
        "RELAY_TLS_PORT": settings.relay_tls_port,
    }
    names: dict[int, str] = {}
    for name, port in ports.items():
        if port in names:
            yield Check(name, "fail", f"{names[port]} and {name} are both {port}", f"Set {name} to another port.")
        names.setdefault(port, name)
    for port, name in names.items():
        yield _port(name, settings.host if name not in {"DEMO_PORT", "DEMO_SMTP_PORT"} else "127.0.0.1", port)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _MIN_PYTHON:
        return Check("Python", "fail", f"Python {version} is too old", "Leadlight needs 3.11 or newer.")
    return Check("Python", "ok", f"Python {version}")


def _parser() -> Check:
    if importlib.util.find_spec("gunicorn_h1c"):
        return Check("HTTP parser", "ok", "fast parser (C)")
    todo = "Install a C compiler and Python's headers (Debian: apt-get install gcc python3-dev), then run `make up` again."
    return Check("HTTP parser", "warn", "The edge uses the slower parser because the fast one could not be built", todo)


def _data(data: Path) -> Check:
    todo = "Set DATA to a writable folder."
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = data / ".probe"
        probe.write_text("write test")
        probe.unlink()
    except OSError as error:
        return Check("DATA", "fail", f"The DATA folder {data} is not writable ({error.strerror})", todo)
    return Check("DATA", "ok", f"{data} is writable")


def _disk(data: Path) -> Check:
    with contextlib.suppress(OSError):
        usage = shutil.disk_usage(data)
        text = f"{usage.free / 2**30:.1f} GB free of {usage.total / 2**30:.0f} GB under {data}"
        if usage.free < _MIN_FREE_BYTES:
            return Check("Disk", "fail", f"Only {text}", "Free some space, or set DATA to another disk.")
        if usage.free < _LOW_FREE_BYTES or usage.used / usage.total > _FULL_SHARE:
            return Check("Disk", "warn", f"The disk is filling up: {text}", "Free some space soon: a full disk loses events.")
        return Check("Disk", "ok", text)
    return Check("Disk", "warn", f"The free space under {data} is unknown")


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text("utf-8")
    except OSError:
        return ""


def filesystem(name: str, folder: Path, mounts: str) -> Check:
    """Whether the folder is on a local file system; `mounts` is the text of /proc/mounts. SQLite locks need a local one."""
    kinds = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split()
        kinds[point.replace("\\040", " ")] = kind
    kind = next((kinds[str(path)] for path in (folder, *folder.parents) if str(path) in kinds), "")
    if kind.removeprefix("fuse.") in _NETWORK_FILESYSTEMS:
        todo = f"Put {name} on a local disk: the spool needs reliable locks."
        return Check("Filesystem", "fail", f"{name} is on a network filesystem ({kind})", todo)
    return Check("Filesystem", "ok", f"{name} is on a local filesystem" + (f" ({kind})" if kind else ""))


def _mongod() -> Check:
    own = "or set MONGO_URL to a MongoDB of your own (mongodb://host/leadlight?replicaSet=name)."
    try:
        found = _version_of(mongod_binary())
    except NoServer as error:
        return Check("MongoDB", "fail", f"This machine cannot run the MongoDB that comes with Leadlight: {error}")
    if found.returncode == -signal.SIGILL or _lacks_avx():
        return Check("MongoDB", "fail", "This CPU has no AVX, which MongoDB needs", f"Use a newer machine, {own}")
    if "libcurl" in found.stderr:
        return Check("MongoDB", "fail", "The library libcurl4 is missing", f"Install it (Debian: apt-get install libcurl4), {own}")
    if "libssl" in found.stderr or "libcrypto" in found.stderr:
        return Check("MongoDB", "fail", "OpenSSL 3 is missing", f"Install it (Debian 12: apt-get install libssl3), {own}")
    if found.returncode:
        reason = (found.stderr.strip().splitlines() or [f"exit code {found.returncode}"])[0]
        return Check("MongoDB", "fail", f"mongod cannot run here: {reason}", f"Install what is missing, {own}")
    return Check("MongoDB", "ok", f"embedded, {found.stdout.splitlines()[0]}")


def _valkey() -> Check:
    own = "Set REDIS_URL to a Redis or Valkey of your own (redis://host:6379/0)."
    try:
        found = _version_of(valkey_binary())
    except NoServer as error:
        return Check("Valkey", "fail", f"This machine cannot run the Valkey that comes with Leadlight: {error}")
    if found.returncode:
        return Check("Valkey", "fail", f"valkey-server cannot run here: {found.stderr.strip() or found.returncode}", own)
    return Check("Valkey", "ok", f"embedded, {found.stdout.strip()}")


def _version_of(program: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 - found by binaries.py


def _lacks_avx() -> bool:
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text("ascii", errors="replace")
        flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
        return bool(flags) and " avx" not in flags
    return False


def _port(name: str, host: str, port: int) -> Check:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        return Check(
            name,
            "fail",
            f"HOST is {host}, which is not an address",
            "Set HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0.",
        )
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            return Check(name, "fail", f"Port {port} needs root permissions", f"Set {name} to a port above 1023.")
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Check(name, "fail", f"Port {port} is in use by another program", f"Stop that program, or set {name} to a free port.")
            return Check(name, "fail", f"HOST is {host}, which is not an address of this machine", "Set HOST to one that is.")
    return Check(name, "ok", f"port {port} is free")
