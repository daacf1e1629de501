"""A linter of rendered manifests: what every workload of the chart must have. Each rule returns what lacks it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Manifest = dict[str, Any]
Rule = Callable[[list[Manifest]], list[str]]

WORKLOADS = ("Deployment", "StatefulSet", "Job")
DATABASE_NAMES = {"MONGO_URL", "REDIS_URL"}


def workloads(manifests: list[Manifest], *kinds: str) -> Iterator[Manifest]:
    """The workloads of these kinds; of all without."""
    return (one for one in manifests if one["kind"] in (kinds or WORKLOADS))


def pod_of(workload: Manifest) -> Manifest:
    """The pod's specification."""
    found: Manifest = workload["spec"]["template"]["spec"]
    return found


def containers(workload: Manifest) -> list[Manifest]:
    """All containers, side-cars included."""
    return [*pod_of(workload).get("initContainers", []), *pod_of(workload)["containers"]]


def processes(workload: Manifest) -> list[Manifest]:
    """The containers that stay: those of the pod and its side-cars."""
    return [one for one in pod_of(workload).get("initContainers", []) if one.get("restartPolicy") == "Always"] + pod_of(workload)[
        "containers"
    ]


def names_of(container: Manifest) -> set[str]:
    """The names in its environment."""
    return {variable["name"] for variable in container.get("env", [])}


def _each(manifests: list[Manifest], *kinds: str) -> Iterator[tuple[str, Manifest, Manifest]]:
    for workload in workloads(manifests, *kinds):
        for container in containers(workload):
            yield f"{workload['metadata']['name']}/{container['name']}", workload, container


def _each_process(manifests: list[Manifest], *kinds: str) -> Iterator[tuple[str, Manifest, Manifest]]:
    return (found for found in _each(manifests, *kinds) if found[2] in processes(found[1]))


def not_root(manifests: list[Manifest]) -> list[str]:
    """A numeric user that is not root, for pod and containers."""
    found = [
        name
        for name, workload, _ in _each(manifests)
        if not pod_of(workload).get("securityContext", {}).get("runAsNonRoot")
        or not pod_of(workload)["securityContext"].get("runAsUser", 0) > 0
    ]
    return found + [name for name, _, one in _each(manifests) if one.get("securityContext", {}).get("runAsNonRoot") is not True]


def read_only_root(manifests: list[Manifest]) -> list[str]:
    """No container writes to its image."""
    return [name for name, _, one in _each(manifests) if one.get("securityContext", {}).get("readOnlyRootFilesystem") is not True]


def no_capabilities(manifests: list[Manifest]) -> list[str]:
    """All capabilities dropped, none added, no escalation."""
    wanted = {"drop": ["ALL"]}
    return [
        name
        for name, _, one in _each(manifests)
        if one.get("securityContext", {}).get("capabilities") != wanted
        or one["securityContext"].get("allowPrivilegeEscalation") is not False
        or one["securityContext"].get("privileged")
    ]


def seccomp(manifests: list[Manifest]) -> list[str]:
    """The runtime's filter of system calls."""
    wanted = {"type": "RuntimeDefault"}
    return [w["metadata"]["name"] for w in workloads(manifests) if pod_of(w).get("securityContext", {}).get("seccompProfile") != wanted]


def no_token(manifests: list[Manifest]) -> list[str]:
    """No pod can speak to the cluster."""
    return [w["metadata"]["name"] for w in workloads(manifests) if pod_of(w).get("automountServiceAccountToken") is not False]


def three_probes(manifests: list[Manifest]) -> list[str]:
    """Startup, liveness and readiness, and no liveness that depends on a database."""
    found = []
    for name, _, one in _each_process(manifests, "Deployment", "StatefulSet"):
        probes = [one.get(f"{kind}Probe") for kind in ("startup", "liveness", "readiness")]
        if not all(probes) or one["livenessProbe"]["httpGet"]["path"] != "/healthz":
            found.append(name)
        ports = {port["name"] for port in one.get("ports", [])}
        found += [name for probe in probes if probe and probe["httpGet"]["port"] not in ports]
    return found


def edge_without_databases(manifests: list[Manifest]) -> list[str]:
    """The edge's container knows no database and mounts no secret, and its pod is ready without them."""
    found = []
    for workload in workloads(manifests, "StatefulSet"):
        edge = next(one for one in containers(workload) if one["name"] == "edge")
        secret = {volume["name"] for volume in pod_of(workload)["volumes"] if "secret" in volume}
        if names_of(edge) & (DATABASE_NAMES | {"SMTP_URL"}) or edge.get("envFrom") or secret & {m["name"] for m in edge["volumeMounts"]}:
            found.append("edge knows secrets")
        if pod_of(workload).get("shareProcessNamespace"):
            found.append("edge sees the environment of the drain")
        found += [f"{one['name']} waits for a database" for one in processes(workload) if one["name"] != "edge" and _waits(one)]
    return found


def _waits(container: Manifest) -> bool:
    return bool(container["readinessProbe"]["httpGet"]["path"] != "/healthz")


def budgets(manifests: list[Manifest]) -> list[str]:
    """A disruption budget for each role that allows one pod to go."""
    covered = {
        b["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"]
        for b in manifests
        if b["kind"] == "PodDisruptionBudget" and b["spec"].get("maxUnavailable") == 1
    }
    return [_role(w) for w in workloads(manifests, "Deployment", "StatefulSet") if _role(w) not in covered]


def spread(manifests: list[Manifest]) -> list[str]:
    """Pods of one role are spread over nodes or zones, by a selector that fits them."""
    return [
        _role(w)
        for w in workloads(manifests, "Deployment", "StatefulSet")
        if not pod_of(w).get("topologySpreadConstraints")
        or any(
            not rule["labelSelector"]["matchLabels"].items() <= w["spec"]["template"]["metadata"]["labels"].items()
            for rule in pod_of(w)["topologySpreadConstraints"]
        )
    ]


def resources(manifests: list[Manifest]) -> list[str]:
    """Requests of CPU and memory, and a limit of memory."""
    return [
        name
        for name, _, one in _each(manifests)
        if not {"cpu", "memory"} <= one.get("resources", {}).get("requests", {}).keys()
        or "memory" not in one["resources"].get("limits", {})
    ]


def no_secret_inline(manifests: list[Manifest]) -> list[str]:
    """The chart makes no Secret, and no value holds a password."""
    found = [one["metadata"]["name"] for one in manifests if one["kind"] == "Secret"]
    for name, _, one in _each(manifests):
        for variable in one.get("env", []):
            is_secret = variable["name"] in DATABASE_NAMES | {"SMTP_URL"}
            if (is_secret and "secretKeyRef" not in variable.get("valueFrom", {})) or re.search(
                r"://[^/@\s]*:[^/@\s]+@", variable.get("value") or ""
            ):
                found.append(f"{name}: {variable['name']}")
    return found


def spool_is_emptied(manifests: list[Manifest]) -> list[str]:
    """The edge is a StatefulSet with a claim; its drain is a side-car that ends after it, and waits for the spool within the grace."""
    edges = list(workloads(manifests, "StatefulSet"))
    if [_role(one) for one in edges] != ["edge"]:
        return ["no edge"]
    pod, claims = pod_of(edges[0]), edges[0]["spec"].get("volumeClaimTemplates", [])
    drain = next((one for one in pod.get("initContainers", []) if one["name"] == "drain" and one.get("restartPolicy") == "Always"), {})
    command = drain.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])
    mounts = [[m["name"] for m in one["volumeMounts"] if m["mountPath"] == "/data/spool"] for one in (drain, *pod["containers"]) if one]
    found = [] if [claim["metadata"]["name"] for claim in claims] == ["spool"] else ["no claim"]
    found += [] if mounts == [["spool"], ["spool"]] else ["the spool is not on the claim"]
    if command[:4] != ["leadlight", "spool", "wait", "--seconds"] or int(command[4]) >= pod["terminationGracePeriodSeconds"]:
        found.append("the drain does not wait")
    kept = edges[0]["spec"].get("persistentVolumeClaimRetentionPolicy", {})
    return found + ([] if set(kept.values()) == {"Retain"} else ["the claim is removed"])


def writable_mounts(manifests: list[Manifest]) -> list[str]:
    """/tmp and /data can be written to, the keys cannot."""
    found = []
    for name, _, one in _each_process(manifests):
        mounts = {mount["mountPath"]: mount for mount in one["volumeMounts"]}
        is_ours = mounts.get("/data/keys", {"readOnly": True}).get("readOnly")
        if not {"/tmp", "/data"} <= mounts.keys() or not is_ours:
            found.append(name)
    return found


def network(manifests: list[Manifest]) -> list[str]:
    """Default deny for every pod in both directions; the edge's pods reach the databases for the drain, and nothing else."""
    policies = {p["metadata"]["name"]: p["spec"] for p in manifests if p["kind"] == "NetworkPolicy"}
    if not policies:
        return ["no policy"]
    found = []
    if not any(p["policyTypes"] == ["Ingress", "Egress"] and "matchExpressions" not in p["podSelector"] for p in policies.values()):
        found.append("no default")
    for workload in workloads(manifests):
        labels = workload["spec"]["template"]["metadata"]["labels"]
        rules = [r for p in policies.values() if "Egress" in p["policyTypes"] and _selects(p["podSelector"], labels) for r in p["egress"]]
        if _role(workload) == "edge":
            found += ["the edge reaches the internet"] if any("ports" not in rule for rule in rules) else []
    return found


def _selects(selector: Manifest, labels: Manifest) -> bool:
    return selector["matchLabels"].items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", [])
    )


def upgrade_first(manifests: list[Manifest]) -> list[str]:
    """A Job upgrades the database before new pods start, and needs nothing that the release makes."""
    jobs = list(workloads(manifests, "Job"))
    if len(jobs) != 1 or jobs[0]["metadata"].get("annotations", {}).get("helm.sh/hook") != "pre-install,pre-upgrade":
        return ["no upgrade"]
    pod = pod_of(jobs[0])
    claims = [volume for volume in pod["volumes"] if "persistentVolumeClaim" in volume or "configMap" in volume]
    return ["the upgrade needs what is not there yet"] if claims or "serviceAccountName" in pod else []


def rolling(manifests: list[Manifest]) -> list[str]:
    """A new pod serves before an old one ends."""
    wanted = {"maxSurge": 1, "maxUnavailable": 0}
    return [_role(w) for w in workloads(manifests, "Deployment") if w["spec"].get("strategy", {}).get("rollingUpdate") != wanted]


def named_hosts(manifests: list[Manifest]) -> list[str]:
    """Each process has its pod's name."""
    wanted = {"name": "HOST_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    return [name for name, _, one in _each_process(manifests) if wanted not in one["env"]]


def reached(manifests: list[Manifest]) -> list[str]:
    """Each Service selects pods that have its port; each Ingress and route names a Service that is there."""
    found = []
    for service in (one for one in manifests if one["kind"] == "Service"):
        selected = [
            w
            for w in workloads(manifests, "Deployment", "StatefulSet")
            if service["spec"]["selector"].items() <= w["spec"]["template"]["metadata"]["labels"].items()
        ]
        ports = {port["name"] for w in selected for one in processes(w) for port in one["ports"]}
        found += [f"{service['metadata']['name']}: {p['targetPort']}" for p in service["spec"]["ports"] if p["targetPort"] not in ports]
    services = {one["metadata"]["name"] for one in manifests if one["kind"] == "Service"}
    return found + [name for one in manifests for name in _backends(one) if name not in services]


def _backends(manifest: Manifest) -> list[str]:
    if manifest["kind"] == "HTTPRoute":
        return [backend["name"] for rule in manifest["spec"]["rules"] for backend in rule["backendRefs"]]
    if manifest["kind"] == "Ingress":
        return [path["backend"]["service"]["name"] for rule in manifest["spec"]["rules"] for path in rule["http"]["paths"]]
    return []


def _role(workload: Manifest) -> str:
    return str(workload["metadata"]["labels"]["app.kubernetes.io/component"])


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        not_root,
        read_only_root,
        no_capabilities,
        seccomp,
        no_token,
        three_probes,
        edge_without_databases,
        budgets,
        spread,
        resources,
        no_secret_inline,
        spool_is_emptied,
        writable_mounts,
        network,
        upgrade_first,
        rolling,
        named_hosts,
        reached,
    )
}
