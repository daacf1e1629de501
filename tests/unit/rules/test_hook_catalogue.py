"""The catalogue of webhooks: every type has a complete sample and a row in docs/webhooks.md, and the samples for other programs parse."""

import json
import shutil
import subprocess

import pytest

from tests.project import ROOT
from tracker.rules.hooks.catalogue import CATALOGUE, HookEventType

DOCS = ROOT / "docs"


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.name)
def test_a_type_is_described_sampled_and_documented(kind: HookEventType):
    """The sample has exactly the described fields."""
    assert set(kind.sample) == set(kind.fields)
    fields = ", ".join(f"`{name}`" for name in kind.fields if name != "lead")
    assert f"| `{kind.name}` | {kind.when} | {fields} |" in (DOCS / "webhooks.md").read_text("utf-8")


def test_the_samples_for_other_programs_parse():
    """n8n's is a workflow whose connections name its nodes; Zapier's is JavaScript about an event of the catalogue."""
    flow = json.loads((DOCS / "samples/n8n-leadlight.json").read_text("utf-8"))
    names = {node["name"] for node in flow["nodes"]}
    ends = {end["node"] for start in flow["connections"].values() for way in start["main"] for end in way}
    assert set(flow["connections"]) | ends == names
    zapier = DOCS / "samples/zapier-trigger.js"
    assert "const EVENT = 'inquiry.created';" in zapier.read_text("utf-8")
    if node := shutil.which("node"):
        subprocess.run([node, "--check", zapier], check=True, timeout=30)
