"""The files for running Leadlight elsewhere name ports, processes and settings that exist."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.project import ROOT
from tracker.base.settings import load, options
from tracker.embedded import mongod_log
from tracker.embedded.mongod import mongod_command
from tracker.supervise.procfile import read_procfile

DEPLOY = ROOT / "deploy"


def test_every_process_is_in_the_operations_manual():
    """An operator who sees a name in `leadlight ps` can look up what it does."""
    page = (ROOT / "docs" / "operations" / "processes.md").read_text("utf-8")

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


def test_the_relay_is_reachable_by_the_usual_ports():
    """465 leads to the port of TLS, 587 to that of STARTTLS; certificate and key are set, and every setting exists."""
    text = (DEPLOY / "compose.relay.yaml").read_text("utf-8")
    names = set(re.findall(r"^ +([A-Z_]+):", text, flags=re.MULTILINE))
    ports = dict(re.findall(r'"(\d+):(\d+)"', text))
    settings = load({"PORT": "8080", "MONGO_URL": "mongodb://x", "REDIS_URL": "redis://x"}, Path("/none.toml"))

    assert (ports["465"], ports["587"]) == (str(settings.relay_tls_port), str(settings.relay_port))
    assert {"RELAY_CERT_FILE", "RELAY_KEY_FILE", "RELAY_URL"} <= names <= {option.metadata["env"] for option in options()}
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_proxies_lead_to_console_and_edge(name: str):
    """Both ports, balanced braces, a timeout for request heads, and idle connections closed before the edge closes them."""
    text = (DEPLOY / name).read_text("utf-8")

    assert text.count("{") == text.count("}")
    assert {"8080", "8081"} <= set(re.findall(r":(\d{4})\b", text))
    assert re.search(r"(client_header_timeout|read_header) 10s", text)
    assert {int(seconds) for seconds in re.findall(r"keepalive(?:_timeout)? (\d)s", text)} == {4}
    assert "keepalive = 5 " in (DEPLOY / "gunicorn_edge.py").read_text("utf-8")


def test_nginx_accepts_its_configuration(tmp_path: Path):
    """Parsed by nginx itself, without the certificates."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert nginx, "install nginx (sh deploy/test_tools.sh)"
    text = (DEPLOY / "nginx.conf").read_text("utf-8").replace("443 ssl", "8443")
    copy = tmp_path / "nginx.conf"
    copy.write_text(re.sub(r"ssl_certificate.*\n", "", f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\n{text}"))

    tried = subprocess.run([nginx, "-t", "-c", str(copy), "-p", str(tmp_path)], capture_output=True, text=True, check=False)

    assert tried.returncode == 0, tried.stderr


def test_compose_starts_no_database_without_a_password():
    """Every password must stand in .env, and none has a default."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8")

    assert set(re.findall(r"\$\{(\w+):\?", text)) == {
        "MONGO_PASSWORD",
        "MONGO_ADMIN_PASSWORD",
        "VALKEY_PASSWORD",
        "CONSOLE_DOMAIN",
        "EDGE_DOMAIN",
    }
    assert re.findall(r"\$\{\w*PASSWORD:?-", text) == []
    assert {name for name in re.findall(r"\./([\w.]+):", text) if not (DEPLOY / name).is_file()} == set()


def test_mongod_in_compose_asks_for_passwords_and_logs_no_queries(tmp_path: Path):
    """The script itself, with programs in place of the image's: its options, the key's mode, and what becomes of the log."""
    lines = [
        {
            "t": {"$date": "2026-11-29T20:31:09.530+00:00"},
            "s": "W",
            "c": part,
            "id": 1,
            "ctx": "conn24",
            "msg": "m",
            "attr": {"c": "CONTROL", "cmd": "dana"},
        }
        for part in ("QUERY", "STORAGE", "CONTROL")
    ]
    said = "\n".join(json.dumps(line, separators=(",", ":")) for line in lines)
    programs = {
        "docker-entrypoint.sh": f"#!/bin/bash\necho \"$@\" >{tmp_path}/options\ncat <<'EOF'\n{said}\nEOF\n",
        "chown": "#!/bin/sh\n",
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    script = tmp_path / "mongod.sh"
    script.write_text((DEPLOY / "mongod.sh").read_text("utf-8").replace("/tmp/leadlight-keyfile", f"{tmp_path}/key"))
    ran = subprocess.run(
        ["bash", str(script)], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=True
    )

    embedded, options = " ".join(mongod_command(tmp_path, data=tmp_path, socket=tmp_path)), (tmp_path / "options").read_text()
    assert options.startswith(f"mongod --replSet leadlight --keyFile {tmp_path}/key ")
    for option in ("--slowms 2147483647", "--slowOpSampleRate 0", "--profile 0", "--networkMessageCompressors disabled", "--noscripting"):
        assert (option in options, option in embedded) == (True, True), option
    assert [json.loads(line).get("attr") for line in ran.stdout.splitlines()] == [None, None, lines[2]["attr"]]
    assert (oct((tmp_path / "key").stat().st_mode & 0o777), 6 <= len((tmp_path / "key").read_text()) <= 1024) == ("0o600", True)
    trusted = re.search(r'"c":"\(([A-Z|]+)\|WT', script.read_text())
    assert trusted
    assert set(trusted[1].split("|")) == mongod_log._TRUSTED


def test_lock_files_name_no_host():
    """A reader who installs uses the package index of their own choice."""
    for lock in ROOT.glob("requirements*.lock"):
        assert not re.search(r"://|--(extra-)?index|--find-links", lock.read_text("utf-8")), lock.name


def test_every_dependency_is_locked():
    """What pyproject.toml asks for stands in the lock."""
    wanted = re.findall(r'^  "([a-z0-9-]+)[>=]', (ROOT / "pyproject.toml").read_text("utf-8"), flags=re.MULTILINE)
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-dev.lock").read_text("utf-8"), flags=re.MULTILINE))

    assert set(wanted) - locked == set()
