"""What people in operations write short, and the words that it is short for: DLQ is a dead letter queue.

Each line is one short form with its words. Who writes it short finds the words, who writes the words finds
the short form. What is short for several things (PM, CA, SP) is left out.
"""

from functools import lru_cache

from knowledge.words import terms

_SHORT = """
PITR: point in time restore recovery
DLQ: dead letter queue
CDC: change data capture
WAL: write ahead log
GC: garbage collection
DWH: data warehouse
FS: file system
LB: load balancer
HPA: horizontal pod autoscaler
PVC: persistent volume claim
ASG: auto scaling group
CSR: certificate signing request
MFA: two factor authentication
2FA: two factor authentication
SSO: single sign on
RBAC: role permission
RCA: root cause analysis
EOD: end day
EOM: end month
EOL: end life
FW: firewall
DR: disaster recovery
creds: credential password
perms: permission
conns: connection
conn: connection
repl: replication replica
mem: memory
pw: password
pwd: password
passwd: password
auth: authentication login
msg: message
msgs: message
svc: service
srv: server
dir: directory
repo: repository
perf: performance
infra: infrastructure
acct: account
tbl: table
idx: index
txn: transaction
sched: schedule scheduler
ns: namespace
env: environment
admin: administrator
pg: postgres
box: host server machine
"""


@lru_cache(maxsize=1)
def short_forms() -> dict[tuple[str, ...], frozenset[str]]:
    """Return each short form with the words that it stands for, and what two of these begin with it."""
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for line in _SHORT.strip().split("\n"):
        short, _, said = line.partition(": ")
        words = terms(said)
        # "2FA" is split as a name: whole, and in parts.
        form = terms(short)[:1]
        found[tuple(form)] = frozenset(words)
        if short.isupper() and len(words) > 1:
            pair = (words[0], words[1])
            found[pair] = found.get(pair, frozenset()) | frozenset(form)
    return found
