"""The Helm chart: rendered by Helm's own engine, validated against the schemas of Kubernetes, and read by our linter."""

import copy
import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import helm_python as helm
import kubernetes_validate
import pytest
import yaml

from tests.project import ROOT
from tests.unit.deploy.manifest_lint import RULES, Manifest, containers, pod_of, processes, workloads
from tracker.base import metrics
from tracker.base.settings import load, options
from tracker.links import key_file
from tracker.supervise.procfile import read_procfile

CHART = ROOT / "deploy" / "helm" / "leadlight"
OLDEST, NEWEST = "1.29", "1.36"
CUSTOM = {
    "ServiceMonitor": {"selector", "podTargetLabels", "endpoints"},
    "PrometheusRule": {"groups"},
    "ScaledObject": {"scaleTargetRef", "minReplicaCount", "maxReplicaCount", "cooldownPeriod", "advanced", "triggers"},
    "HTTPRoute": {"parentRefs", "hostnames", "rules"},
}
"""Kinds that operators of the cluster add, whose schemas Kubernetes does not have: the fields that are used."""
RELAY = {"enabled": True, "tls": {"existingSecret": "relay-tls"}}
MONITORED = {name: {"enabled": True} for name in ("serviceMonitor", "rules", "dashboard")}
SWITCHES: dict[str, dict[str, Any]] = {
    "everything": {
        "relay": RELAY,
        "smtp": {"existingSecret": "smtp"},
        "backup": {"at": "03:00", "existingClaim": "backups"},
        "files": {"existingClaim": "files"},
        "autoscaling": {"enabled": True, "kind": "keda"},
        "gateway": {"enabled": True, "parentRefs": [{"name": "web"}]},
        "monitoring": MONITORED,
        "image": {"digest": f"sha256:{'0' * 64}", "pullSecrets": ["registry"]},
        "settings": {"DNS_SERVERS": "10.0.0.2"},
        "pods": {
            "labels": {"team": "sales"},
            "annotations": {"a": "b"},
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"operator": "Exists"}],
            "priorityClassName": "high",
        },
        "networkPolicy": {"ingressFrom": [{"namespaceSelector": {}}], "databases": {"networks": ["10.0.0.0/8"]}},
        "ingress": {"className": "nginx"},
    },
    "least": {"ingress": {"enabled": False}, "networkPolicy": {"monitoringFrom": []}},
    "own certificates": {
        "ingress": {"className": "nginx", "tls": {"console": {"existingSecret": "a"}, "edge": {"existingSecret": "b"}}},
        "urls": {"edge": "https://links.example.com/t"},
        "networkPolicy": {"enabled": False},
        "relay": RELAY | {"service": {"type": "ClusterIP", "annotations": {"a": "b"}}},
    },
}
FILES = ("values-1.yaml", "values-3.yaml", "values-20.yaml")


@pytest.fixture(scope="module")
def render() -> Callable[[dict[str, Any]], list[Manifest]]:
    """Renders the chart with these values; each set of values once."""
    done: dict[str, list[Manifest]] = {}

    def rendered(values: dict[str, Any]) -> list[Manifest]:
        key = json.dumps(values, sort_keys=True)
        if key not in done:
            with helm.Chart.load(str(CHART)) as chart:
                texts = chart.render(values, name="leadlight", namespace="sales")
            done[key] = [one for path, text in texts.items() if path.endswith(".yaml") for one in yaml.safe_load_all(text) if one]
        return done[key]

    return rendered


@functools.cache
def validate(manifest: str, version: str) -> None:
    """Each manifest once: many are the same in all variants."""
    kubernetes_validate.validate(json.loads(manifest), version, strict=True)


def values_of(name: str) -> dict[str, Any]:
    return SWITCHES[name] if name in SWITCHES else yaml.safe_load((CHART / name).read_text("utf-8"))


@pytest.mark.parametrize("name", [*FILES, *SWITCHES])
def test_rendered_manifests_are_valid(name: str, render):
    """By the oldest version of Kubernetes that the chart allows and by a new one, unknown fields refused; and by our linter."""
    manifests = render(values_of(name))
    names = [(one["kind"], one["metadata"]["name"]) for one in manifests]

    for one in manifests:
        if one["kind"] in CUSTOM:
            assert one["spec"].keys() <= CUSTOM[one["kind"]]
            continue
        for version in (OLDEST, NEWEST) if name == "values-20.yaml" else (NEWEST,):
            validate(json.dumps(one), version)
    assert len(names) == len(set(names))
    wanted = {key: rule for key, rule in RULES.items() if key != "network" or name != "own certificates"}
    assert {key: found for key, rule in wanted.items() if (found := rule(manifests))} == {}


def broken(change: Callable[[Manifest, Manifest], object]) -> Callable[[list[Manifest]], object]:
    """Changes the workload `edge` and its container `edge`."""

    def to(manifests: list[Manifest]) -> object:
        edge = next(workloads(manifests, "StatefulSet"))
        return change(edge, next(one for one in containers(edge) if one["name"] == "edge"))

    return to


def removed(kind: str) -> Callable[[list[Manifest]], object]:
    return lambda manifests: manifests.remove(next(one for one in manifests if one["kind"] == kind))


def policy_of(manifests: list[Manifest], name: str) -> Manifest:
    return next(one for one in manifests if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == name)


FAULTS: dict[str, Callable[[list[Manifest]], object]] = {
    "not_root": broken(lambda pod, _: pod_of(pod)["securityContext"].update(runAsUser=0)),
    "read_only_root": broken(lambda _, edge: edge["securityContext"].update(readOnlyRootFilesystem=False)),
    "no_capabilities": broken(lambda _, edge: edge["securityContext"]["capabilities"].update(add=["NET_RAW"])),
    "seccomp": broken(lambda pod, _: pod_of(pod)["securityContext"].pop("seccompProfile")),
    "no_token": broken(lambda pod, _: pod_of(pod).pop("automountServiceAccountToken")),
    "three_probes": broken(lambda _, edge: edge.pop("startupProbe")),
    "edge_without_databases": broken(lambda _, edge: edge["env"].append({"name": "MONGO_URL", "value": "x"})),
    "budgets": removed("PodDisruptionBudget"),
    "spread": broken(lambda pod, _: pod_of(pod).pop("topologySpreadConstraints")),
    "resources": broken(lambda _, edge: edge["resources"].pop("limits")),
    "no_secret_inline": broken(lambda _, edge: edge["env"].append({"name": "X", "value": "redis://:secret@host"})),
    "spool_is_emptied": broken(lambda pod, _: processes(pod)[0].pop("lifecycle")),
    "writable_mounts": broken(lambda _, edge: edge["volumeMounts"].pop(0)),
    "network": lambda manifests: policy_of(manifests, "leadlight-internet")["spec"]["podSelector"].pop("matchExpressions"),
    "upgrade_first": removed("Job"),
    "rolling": lambda manifests: next(workloads(manifests, "Deployment"))["spec"].pop("strategy"),
    "reached": removed("Service"),
    "named_hosts": broken(lambda _, edge: edge["env"].pop(0)),
}


def test_the_linter_finds_each_fault(render):
    """Every rule finds what it is for, and only what was changed."""
    assert FAULTS.keys() == RULES.keys()
    good = render(values_of("values-3.yaml"))
    for name, fault in FAULTS.items():
        bad = copy.deepcopy(good)
        fault(bad)
        assert RULES[name](bad), name


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": 3}, "replicas"),
        ({"edge": {"replica": 3}}, "replica"),
        ({"edge": {"replicas": 0}}, "/edge/replicas"),
        ({"image": {"digest": "latest"}}, "/image/digest"),
        ({"relay": {"enabled": True}}, "/relay/tls/existingSecret"),
        ({"backup": {"at": "03:00"}}, "/backup/existingClaim"),
        ({"databases": {"existingSecret": ""}}, "/databases/existingSecret"),
        ({"databases": {"url": "mongodb://x"}}, "url"),
        ({"settings": {"MONGO_URL": "mongodb://x"}}, "MONGO_URL"),
        ({"urls": {"edge": "http://links.example.com"}}, "/urls/edge"),
        ({"urls": {"console": "https://console.example.com/leadlight"}}, "/urls/console"),
        ({"trustedProxies": []}, "/trustedProxies"),
        ({"pods": {"user": 0}}, "/pods/user"),
        ({"gateway": {"enabled": True}}, "/gateway/parentRefs"),
        ({"autoscaling": {"kind": "cron"}}, "/autoscaling/kind"),
    ],
)
def test_wrong_values_are_refused(values: dict[str, Any], said: str):
    """With the place that is wrong."""
    with helm.Chart.load(str(CHART)) as chart, pytest.raises(helm.HelmValuesError, match=re.escape(said)):
        chart.render(values, name="leadlight", namespace="sales")


def test_the_chart_runs_the_processes_of_the_procfile(render):
    """By the same commands, all but the demo, on the ports of the settings; every setting exists."""
    manifests = render(values_of("everything"))
    found = {one["name"]: one for workload in workloads(manifests, "Deployment", "StatefulSet") for one in processes(workload)}
    settings = load({"PORT": "8080", "MONGO_URL": "mongodb://x", "REDIS_URL": "redis://x"}, Path("/none.toml"))
    ports = {port["name"]: port["containerPort"] for one in found.values() for port in one["ports"]}
    names = {variable["name"] for one in found.values() for variable in one["env"]}

    assert {name: tuple(one["command"]) for name, one in found.items()} == {
        program.name: program.command for program in read_procfile(ROOT / "Procfile") if program.name != "demo"
    }
    assert (ports["console"], ports["edge"]) == (settings.port, settings.edge_port)
    assert (ports["submissions"], ports["submission"]) == (settings.relay_tls_port, settings.relay_port)
    relay = next(one for one in manifests if one["kind"] == "Service" and one["metadata"]["name"] == "leadlight-relay")
    assert {port["port"]: port["targetPort"] for port in relay["spec"]["ports"]} == {465: "submissions", 587: "submission"}
    assert names - {option.metadata["env"] for option in options()} <= {"HOST_NAME", "LEADLIGHT_CONFIG", "PROMETHEUS_MULTIPROC_DIR"}


def test_edges_keep_the_signing_keys_on_their_claim(render):
    """Also those of after the Secret, which a pod that starts while MongoDB is away knows by that. Edges read them only; other pods keep none."""
    for workload in workloads(render(values_of("everything")), "Deployment", "StatefulSet"):
        mounts = {one["name"]: mount for one in containers(workload) for mount in one["volumeMounts"] if mount["mountPath"] == "/signing"}
        is_edge = workload["kind"] == "StatefulSet"
        where = {"name": "spool", "subPath": "keys"} if is_edge else {"name": "signing"}
        assert mounts.keys() == {one["name"] for one in containers(workload)}
        assert mounts == {name: where | {"mountPath": "/signing"} | ({"readOnly": True} if name == "edge" else {}) for name in mounts}
        begin = next(one for one in containers(workload) if one["name"] == "signing-keys")
        assert begin["command"][:3] == ["python", "-m", key_file.__name__]


def test_rules_and_dashboard_ask_for_metrics_that_exist(render):
    """A renamed metric is renamed there too; both scaling rules use the two ages."""
    manifests = render(values_of("everything"))
    existing = {
        sample for family in metrics.REGISTRY.collect() for sample in (family.name, f"{family.name}_total", f"{family.name}_bucket")
    }
    text = json.dumps([one for one in manifests if one["kind"] in {"PrometheusRule", "ConfigMap", "ScaledObject"}])

    asked = set(re.findall(r"\bleadlight_\w+", text))
    assert asked - existing == set()
    assert {"leadlight_dirty_age_seconds", "leadlight_drain_lag_seconds"} <= asked
    assert "replicas" not in next(workloads(manifests, "StatefulSet"))["spec"]
    assert len(json.loads(next(one for one in manifests if one["kind"] == "ConfigMap")["data"]["leadlight.json"])["panels"]) >= 10


def test_another_release_has_names_of_its_own():
    """Two releases in one namespace share nothing."""
    with helm.Chart.load(str(CHART)) as chart:
        texts = chart.render(SWITCHES["own certificates"], name="prod", namespace="sales")
    manifests = [one for path, text in texts.items() if path.endswith(".yaml") for one in yaml.safe_load_all(text) if one]

    assert [one["metadata"]["name"] for one in manifests if not one["metadata"]["name"].startswith("prod-leadlight")] == []
    assert {w["spec"]["selector"]["matchLabels"]["app.kubernetes.io/instance"] for w in workloads(manifests, "Deployment")} == {"prod"}
    assert RULES["reached"](manifests) == []


def test_the_version_is_that_of_the_project():
    """The chart's image is the version beside it."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert f'version = "{chart["appVersion"]}"' in (ROOT / "pyproject.toml").read_text("utf-8")
