"""Metrics: an operator finds each in the documentation, and none that does not exist."""

import re

from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest

from tests.project import ROOT
from tracker.base import metrics

DOCUMENT = ROOT / "docs" / "operations" / "monitoring.md"


def test_every_metric_has_its_row_in_the_documentation():
    """What a dashboard shows can be looked up without reading code."""
    assert metrics.EDGE_ACCEPTED
    families = [family for family in REGISTRY.collect() if family.name.startswith("leadlight_")]
    named = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}

    assert set(re.findall(r"^\| `(leadlight_[a-z_]+)` \|", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)) == named


def test_many_values_at_once_count_as_each_of_them():
    """On a bound, beyond the last, below the first: the same exposition as the library's own way."""
    amounts = [0.0, 0.5, 0.1, 0.25, 7.0, 1.0, 1.0, 0.25, -1.0]
    exposed = []
    for kind in (Histogram, metrics.BulkHistogram):
        registry = CollectorRegistry()
        histogram = kind("some_seconds", "Some.", buckets=(0.1, 0.25, 1.0), registry=registry)
        if isinstance(histogram, metrics.BulkHistogram):
            histogram.observe_all(iter(amounts))
            histogram.observe_all([])
        else:
            for amount in amounts:
                histogram.observe(amount)
        exposed.append([line for line in generate_latest(registry).decode().splitlines() if "_created" not in line])

    assert exposed[0] == exposed[1]
    assert 'some_seconds_bucket{le="+Inf"} 9.0' in exposed[0]
