"""The files for running Leadlight elsewhere name ports, processes and settings that exist."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tracker.base.settings import options
from tracker.supervise import read_procfile

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_every_process_stands_in_the_operations_page():
    """An operator who sees a name in `leadlight ps` can look up what it does."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")

    assert [program.name for program in read_procfile(ROOT / "Procfile") if f"`{program.name}`" not in page] == []


def test_what_git_leaves_out_is_in_no_image():
    """Signing keys, databases and passwords of a checkout where Leadlight ran, and the programs of its machine."""
    ignored = {line.strip("/").removeprefix("**/") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()}
    kept_out = {line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if line}

    assert {name for name in kept_out if name not in ignored and not name.startswith(".venv")} == set()
    assert {".venv*", ".git"} <= ignored


def test_compose_sets_only_settings_that_exist():
    """A renamed setting is renamed there too."""
    block = (DEPLOY / "compose.yaml").read_text("utf-8").split("environment:")[1].split("volumes:")[0]
    names = set(re.findall(r"^      ([A-Z_]+):", block, flags=re.MULTILINE))

    assert names
    assert names <= {option.metadata["env"] for option in options()}


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_proxies_lead_to_console_and_edge(name: str):
    """Both ports, balanced braces, a deadline for headers."""
    text = (DEPLOY / name).read_text("utf-8")

    assert text.count("{") == text.count("}")
    assert {"8080", "8081"} <= set(re.findall(r":(\d{4})\b", text))
    assert re.search(r"(client_header_timeout|read_header) 15s", text)


def test_nginx_takes_its_configuration(tmp_path: Path):
    """Parsed by nginx itself where it is installed; the certificates, which only you have, left out."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx:
        return
    text = (DEPLOY / "nginx.conf").read_text("utf-8").replace("443 ssl", "8443")
    copy = tmp_path / "nginx.conf"
    copy.write_text(re.sub(r"ssl_certificate.*\n", "", f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\n{text}"))

    tried = subprocess.run([nginx, "-t", "-c", str(copy), "-p", str(tmp_path)], capture_output=True, text=True, check=False)

    assert tried.returncode == 0, tried.stderr


def test_lock_files_name_no_host():
    """Whoever installs uses the package index of their own choice."""
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"://|--(extra-)?index|--find-links", lock.read_text("utf-8")), lock.name


def test_every_dependency_is_locked():
    """What pyproject.toml asks for stands in the lock."""
    wanted = re.findall(r'^  "([a-z0-9-]+)[>=]', (ROOT / "pyproject.toml").read_text("utf-8"), flags=re.MULTILINE)
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-dev.lock").read_text("utf-8"), flags=re.MULTILINE))

    assert set(wanted) - locked == set()
