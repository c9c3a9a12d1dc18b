"""Names of systems that people run: what an article says of one is no answer on another.

In a small library a question on a system that it does not know meets an article on its neighbour, word for
word but for the name. Each line is one system with its other names and the commands that only it has; what
means something else too is left out.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise

from knowledge.prepared import Prepared
from knowledge.words import terms

_SYSTEMS = """
kubernetes, k8s, kube, kubectl, openshift, kubelet, helm, eks, aks, gke, k3s, rke
docker, containerd, podman
postgres, postgresql, psql, pgbouncer, patroni, pgbackrest, barman, cloudnativepg, timescaledb
mysql, mariadb, percona, vitess, xtrabackup, galera
oracle, rman
mssql, sql server
mongodb, mongo, mongod
cassandra, scylladb, scylla, nodetool
couchbase, couchdb
dynamodb
cockroachdb, cockroach
tidb, tikv
redis, valkey, dragonfly, elasticache
memcached, memcache
clickhouse
druid
snowflake
bigquery
redshift
databricks
teradata
db2
influxdb, influx, telegraf
elasticsearch, elastic search, elastic cluster, elastic index, elastic node, opensearch, kibana, logstash
solr
kafka, strimzi, kraft, debezium, confluent, redpanda
zookeeper, zk
rabbitmq, rabbitmqctl, amqp
activemq, artemis
pulsar
kinesis
sqs
flink
airflow
dagster
dbt
nifi
jenkins
argocd, argo
terraform, terragrunt
ansible
nginx, openresty
haproxy
traefik
envoy, istio, linkerd
varnish
tomcat
ceph, rook, rbd
minio
longhorn
openebs
netapp, ontap
vmware, vsphere, vcenter, esxi
proxmox
keycloak
okta
active directory
ldap, openldap
consul
etcd
salesforce
sftp, ftp, ftps
"""
_REPORT_OF_OTHERS = """
prometheus, alertmanager, thanos, cortex, mimir, victoriametrics
grafana, loki, tempo
datadog
splunk
zabbix
nagios, icinga
pagerduty
opsgenie
servicenow
jira
confluence
gitlab
github
bitbucket
sharepoint
tableau, looker, metabase
"""
"""Where people read of any system: “Grafana shows …”, a ticket, the links of a pasted alert."""


@lru_cache(maxsize=1)
def _names() -> dict[tuple[str, ...], int]:
    """Return the words of each name, in their order, with the number of its system."""
    found: dict[tuple[str, ...], int] = {}
    for number, line in enumerate([*_lines(_SYSTEMS), *_lines(_REPORT_OF_OTHERS)]):
        for name in line.split(", "):
            # Whole, as a name with a digit or with capitals inside stands in a text: k8s, ClickHouse.
            found[(f"={name.replace(' ', '')}",)] = number
            if name.replace(" ", "").isalpha():
                found[tuple(terms(name))] = number
    return found


def _lines(names: str) -> list[str]:
    return names.strip().split("\n")


def _reports(system: int) -> bool:
    return system >= len(_lines(_SYSTEMS))


def _meant_by(question: str) -> frozenset[int]:
    """Return the systems that a question is about: not who reports of one, unless it names nothing else."""
    asked = systems_in(question)
    return frozenset(one for one in asked if not _reports(one)) or asked


def systems_in(text: str) -> frozenset[int]:
    """Return which systems a text names."""
    said = terms(text)
    apart = [term for term in said if not term.startswith("=")]
    phrases = {(term,) for term in said} | set(pairwise(apart))
    return frozenset(number for name, number in _names().items() if name in phrases)


def other_names(words: Collection[str]) -> frozenset[str]:
    """Return the names of one word of all systems of which a name stands among these words."""
    named = {_names()[(word,)] for word in words if (word,) in _names()}
    return frozenset(name[0] for name, number in _names().items() if number in named and len(name) == 1)


def tells_of(one: Prepared, question: str) -> bool:
    """Tell whether an article mentions a system that a question names."""
    return not _meant_by(question).isdisjoint(systems_in(f"{_named_by(one)} {one.article.text}"))


def is_on_another(one: Prepared, question: str) -> bool:
    """Tell whether an article is about another system than those that a question names.

    It is where its title, file or declared services name one, and it mentions none of theirs. It is not where
    the question names an alert of its own.
    """
    asked = _meant_by(question)
    about = systems_in(_named_by(one)) if asked else frozenset()
    if all(map(_reports, asked)) and not any(map(_reports, about)):
        return False
    return bool(about) and not tells_of(one, question) and not _names_an_alert_of(one, question)


def _names_an_alert_of(one: Prepared, question: str) -> bool:
    said = question.lower()
    return any(re.search(rf"(?<!\w){re.escape(alert.lower())}(?!\w)", said) for alert in one.article.alerts)


def _named_by(one: Prepared) -> str:
    article = one.article
    parts: Sequence[str] = (article.title, article.path, *article.services, *article.alerts, *article.feeds)
    return " ".join(parts)
