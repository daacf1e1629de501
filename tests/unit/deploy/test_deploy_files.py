"""Compose files, Caddyfile and Dockerfile, read by the programs and schemas that they are for; images by digest."""

import importlib.resources
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.project import ROOT

DEPLOY = ROOT / "deploy"
DIGEST = re.compile(r"[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}")


@pytest.mark.parametrize("name", ["compose.yaml", "compose.relay.yaml"])
def test_compose_files_fit_the_specification(name: str):
    """Its published schema refuses unknown keys."""
    folder = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text("utf-8"))

    jsonschema.Draft7Validator(schema).validate(yaml.safe_load((DEPLOY / name).read_text("utf-8")))


def test_images_are_named_by_digest():
    """A tag may change its content; the stages of a build have names of their own."""
    images = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"].values()

    assert [one for one in [*images, *(s["image"] for s in services if "image" in s)] if not DIGEST.fullmatch(one)] == []


def test_the_dockerfile_is_clean():
    """Hadolint finds nothing, and the image's user is a number, so that Kubernetes can tell that it is not root."""
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, "--no-color", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)

    assert found.stdout == ""
    assert re.search(r"^USER 10001:10001$", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)


def test_caddy_accepts_its_configuration(tmp_path: Path):
    """Parsed and set up by Caddy itself, without starting."""
    caddy = shutil.which("caddy")
    assert caddy, "install caddy (sh deploy/test_tools.sh)"
    environ = os.environ | {"CONSOLE_DOMAIN": "console.example.com", "EDGE_DOMAIN": "links.example.com", "HOME": str(tmp_path)}
    command = [caddy, "validate", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"]

    tried = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert tried.returncode == 0, tried.stderr
