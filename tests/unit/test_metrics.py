"""Metrics: an operator finds each in the documentation, and none that does not exist."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

from tracker.base import metrics

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"


def test_every_metric_has_its_row_in_the_documentation():
    """What a dashboard shows can be looked up without reading code."""
    assert metrics.EDGE_ACCEPTED
    families = [family for family in REGISTRY.collect() if family.name.startswith("leadlight_")]
    named = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}

    assert set(re.findall(r"^\| `(leadlight_[a-z_]+)` \|", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)) == named
