"""The pages of evidence sources, as settings name them or as their makers build them."""

import re
from pathlib import Path

from runtime.settings.house import Settings
from runtime.settings.link_templates import checked_templates
from runtime.wiring.investigating.source_links import SourceLinks

_REMOTE = re.compile(r"(?:https://(?:[^@/\s]+@)?|ssh://git@|git@)([\w.-]+)[:/]([\w./-]+?)(?:\.git)?/?")
_URL = re.compile(r"(?m)^\s*url\s*=\s*(\S+)\s*$")


def source_links(settings: Settings) -> SourceLinks:
    """Return what is known of the pages of sources; an operator's own addresses go first."""
    told = settings.telemetry
    known = {"commit": _deployments(told.deployments_folder), "config": _configuration(settings)}
    templates = {kind: template for kind, template in known.items() if template} | told.links
    return SourceLinks(
        templates=checked_templates(templates),
        grafana=told.grafana_url,
        grafana_sources=told.grafana_sources,
        prometheus=told.prometheus_url,
        jaeger=told.jaeger_url,
        airflow=told.airflow_url,
        namespaces=told.kubernetes_namespaces,
    )


def _configuration(settings: Settings) -> str:
    """Return the page of a commit in the repository of feed configurations."""
    git = settings.git
    if git.host == "github":
        home = "https://github.com" if git.github_url == "https://api.github.com" else git.github_url
        return f"{home.removesuffix('/api/v3')}/{git.github_repository}/commit/{{id}}"
    if git.host == "gitlab":
        home = git.gitlab_url.rstrip("/").removesuffix("/api/v4")
        return f"{home}/{git.gitlab_project}/-/commit/{{id}}"
    return ""


def _deployments(folder: str) -> str:
    """Return the page of a commit at GitHub or GitLab, where a repository on this machine came from."""
    for path in (Path(folder) / ".git" / "config", Path(folder) / "config"):
        if folder and path.is_file():
            found = _URL.search(path.read_text(encoding="utf-8", errors="replace"))
            return _commit_page(found[1]) if found else ""
    return ""


def _commit_page(remote: str) -> str:
    found = _REMOTE.fullmatch(remote)
    if found is None:
        return ""
    host, project = found[1], found[2]
    if host == "github.com":
        return f"https://github.com/{project}/commit/{{id}}"
    return f"https://{host}/{project}/-/commit/{{id}}" if "gitlab" in host else ""
