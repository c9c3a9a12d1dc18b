"""The real Kubernetes control plane on a store of its own; built by `kubernetes.sh`.

There is no machine that could run containers, so this plays the kubelet where its word is needed: pods are
reported as ready, and its events are posted as it posts them.
"""

import json
import os
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.counterparts.processes import free_ports
from tests.waiting import wait_until

_ADMIN = "administrators-token"
_CA = """
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=test-ca
openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=kube-apiserver
printf subjectAltName=IP:127.0.0.1 > ext
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile ext
openssl genrsa -out sa.key 2048
"""


def need_kubernetes() -> Path:
    """Return the folder of the built programs; skip the test without them."""
    folder = Path(os.environ.get("DOGWATCH_COUNTERPARTS", Path.home() / ".cache" / "dogwatch")) / "kubernetes"
    if not (folder / ".built").exists():
        pytest.skip("Kubernetes is not built; run make install-kubernetes")
    return folder


class Kubernetes:
    """A running control plane; stop it with `stop`."""

    def __init__(self, folder: Path) -> None:
        self._programs, self._folder = need_kubernetes(), folder
        self._children: list[subprocess.Popen[bytes]] = []
        self._http: httpx.Client | None = None
        self.ca_file = folder / "ca.crt"
        subprocess.run(["sh", "-ec", _CA], cwd=folder, check=True, capture_output=True)
        (folder / "tokens.csv").write_text(f'{_ADMIN},admin,1,"system:masters"\n')
        port = free_ports(3)
        self.url = f"https://127.0.0.1:{port}"
        try:
            self._start(port)
        except BaseException:
            self.stop()
            raise

    def _start(self, port: int) -> None:
        store, peer = f"http://127.0.0.1:{port + 1}", f"http://127.0.0.1:{port + 2}"
        self._run(
            "etcd", "--data-dir", "etcd", "--listen-client-urls", store, "--advertise-client-urls", store,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", f"default={peer}",
        )  # fmt: skip
        self._run(
            "kube-apiserver", f"--etcd-servers={store}", f"--secure-port={port}", "--bind-address=127.0.0.1",
            "--tls-cert-file=server.crt", "--tls-private-key-file=server.key", "--client-ca-file=ca.crt",
            "--token-auth-file=tokens.csv", "--authorization-mode=RBAC",
            "--service-account-key-file=sa.key", "--service-account-signing-key-file=sa.key",
            f"--service-account-issuer={self.url}", "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",
        )  # fmt: skip
        trust = ssl.create_default_context(cafile=self.ca_file)
        self._http = httpx.Client(
            base_url=self.url, verify=trust, timeout=30, headers={"Authorization": f"Bearer {_ADMIN}"}
        )
        http = self._http
        wait_for(lambda: http.get("/readyz").text == "ok")
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "c", "cluster": {"server": self.url, "certificate-authority": "ca.crt"}}],
            "users": [{"name": "u", "user": {"token": _ADMIN}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        }  # fmt: skip
        (self._folder / "kubeconfig").write_text(json.dumps(config))
        common = ("--kubeconfig=kubeconfig", "--leader-elect=false", "--port=0", "--secure-port=0")
        kept = "deployment,replicaset,serviceaccount,serviceaccount-token"
        self._run("kube-controller-manager", *common, f"--controllers={kept}")
        self._run("kube-scheduler", *common)

    def _run(self, program: str, *words: str) -> None:
        with (self._folder / f"{program}.log").open("wb") as log:
            command = [str(self._programs / program), *words]
            self._children.append(subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log))

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the API's answer, as its administrator."""
        kind = "application/strategic-merge-patch+json" if method == "PATCH" else "application/json"
        content = None if body is None else json.dumps(body)
        assert self._http is not None
        answer = self._http.request(method, path, content=content, headers={"Content-Type": kind})
        return answer.raise_for_status().json()

    def account(self, name: str, rules: list[dict[str, list[str]]]) -> str:
        """Make an account with these rights and return a token of it, as `kubectl create token` does."""
        rbac = "/apis/rbac.authorization.k8s.io/v1"
        self.ask("POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": name}})
        self.ask("POST", f"{rbac}/clusterroles", {"metadata": {"name": name}, "rules": rules})
        binding = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
        }
        self.ask("POST", f"{rbac}/clusterrolebindings", binding)
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        path = f"/api/v1/namespaces/default/serviceaccounts/{name}/token"
        token = str(self.ask("POST", path, asked)["status"]["token"])
        if rules:
            # The server hears of new rights a moment later.
            wait_for(lambda: self._may_list_events(token))
        return token

    def _may_list_events(self, token: str) -> bool:
        assert self._http is not None
        shown = {"Authorization": f"Bearer {token}"}
        return self._http.get("/api/v1/events", headers=shown).status_code == 200

    def deploy(self, name: str, image: str) -> None:
        """Roll an image out, and wait until its pod is reported as ready and the one before is gone."""
        path = "/apis/apps/v1/namespaces/shop/deployments"
        container = {"name": name, "image": image, "env": [{"name": "CART_URL", "value": "http://cart:80"}]}
        if any(one["metadata"]["name"] == name for one in self.ask("GET", path)["items"]):
            self.ask("PATCH", f"{path}/{name}", {"spec": {"template": {"spec": {"containers": [container]}}}})
        else:
            template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
            spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
            self.ask("POST", path, {"metadata": {"name": name}, "spec": spec})
        wait_for(lambda: self._is_rolled_out(f"{path}/{name}"))

    def _is_rolled_out(self, path: str) -> bool:
        told = self.ask("GET", path)
        status = told["status"]
        if status.get("observedGeneration") != told["metadata"]["generation"]:
            return False
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": _now()}
        pods = "/api/v1/namespaces/shop/pods"
        for pod in self.ask("GET", pods)["items"]:
            if pod["status"]["phase"] == "Pending":
                report = {"status": {"phase": "Running", "conditions": [ready]}}
                self.ask("PATCH", f"{pods}/{pod['metadata']['name']}/status", report)
            elif pod["metadata"].get("deletionTimestamp"):
                self.ask("DELETE", f"{pods}/{pod['metadata']['name']}", {"gracePeriodSeconds": 0})
        return status.get("updatedReplicas") == status.get("replicas") == status.get("availableReplicas") == 1

    def post_event(self, pod: str, reason: str, message: str, count: int) -> None:
        """Post an event as a kubelet posts it."""
        event = {
            "metadata": {"name": f"{pod}.{reason.lower()}", "namespace": "shop"},
            "involvedObject": {"kind": "Pod", "name": pod, "namespace": "shop"},
            "type": "Warning", "reason": reason, "message": message, "count": count,
            "firstTimestamp": _now(), "lastTimestamp": _now(), "source": {"component": "kubelet"},
        }  # fmt: skip
        self.ask("POST", "/api/v1/namespaces/shop/events", event)

    def stop(self) -> None:
        """End it."""
        if self._http is not None:
            self._http.close()
        for child in reversed(self._children):
            child.terminate()
        for child in self._children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(10)


def wait_for(is_true: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until something holds; an API that does not answer yet counts as no."""

    def look() -> bool:
        try:
            return is_true()
        except httpx.HTTPError:
            return False

    wait_until(look, seconds)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
