"""Reading alerts that people paste: names that nobody would write otherwise, and what JSON says."""

import json

import pytest

from domain.text.pasted_alerts import alert_name, as_words, without_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KubePodNotReady", "KubePodNotReady"),
        ("*NodeDown*", "NodeDown"),
        ("[FIRING:1] LedgerQueueStuck (prod critical)", "LedgerQueueStuck"),
        ("PagerDuty Alert: TRIGGERED Incident #4512 NodeDiskAlmostFull on ingest-03.", "NodeDiskAlmostFull"),
        ("NodeDiskAlmostFull on ingest-03", "NodeDiskAlmostFull"),
        ("KubePodNotReady: pod api-3 waits", "KubePodNotReady"),
        ("what does KubePodNotReady mean?", "KubePodNotReady"),
        ("alertname = gateway_slow, severity = page", "gateway_slow"),
    ],
)
def test_an_alert_that_is_told_has_its_name(text: str, name: str) -> None:
    assert alert_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "RabbitMQ",
        "alert: GB00BH4HKS39 is missing",
        "fx_trades",
        "PersistentVolumeClaim",
        "[FIRING:1] Disk full on db-1",
        "the pod is in CrashLoopBackOff and an alert fires",
        "Can I use CiliumNetworkPolicy instead of NetworkPolicy resources?",
        "ClusterAdminRoles exist twice",
        "the loader ends with a NullPointerException",
        "https://wiki.example/KubePodNotReady fires",
    ],
)
def test_a_thing_that_alerts_are_about_is_no_name(text: str) -> None:
    assert alert_name(text) == ""


def test_a_short_name_is_taken_out_of_no_other_word() -> None:
    assert without_name("alertname: lag. Down the line consumers lag, downstream lags", "lag") == (
        ". Down the line consumers  , downstream lags"
    )


def test_a_webhook_is_told_by_its_first_alert() -> None:
    alerts = [
        {
            "status": "firing",
            "labels": {"alertname": "LedgerQueueStuck", "service": "ledger", "severity": "page"},
            "annotations": {"summary": "The queue does not move."},
        },
        {
            "status": "firing",
            "labels": {"alertname": "NodeDown"},
            "annotations": {"summary": "A node is gone"},
        },
    ]
    said = as_words("what is this? ```json\n" + json.dumps({"receiver": "ops", "alerts": alerts}) + "\n```")

    assert said == "alertname: LedgerQueueStuck. The queue does not move. ledger. what is this?"
    assert alert_name(said) == "LedgerQueueStuck"


def test_a_pager_without_names_is_told_by_its_title() -> None:
    event = {"event": {"data": {"title": "Disk full on ingest-03", "urgency": "high"}}}

    assert as_words(json.dumps(event)) == "Disk full on ingest-03"


@pytest.mark.parametrize(
    "text",
    [
        '{"level": "error", "message": "cannot read", "code": "ORA-00054"}',
        '{"event": "read_failed", "message": "cannot read", "code": "ORA-00054"}',
        '{"a": 1}',
        "use {name} here",
        "how do I drain a node?",
        "{" * 9_000,
        '{"labels":' * 3_000 + "1" + "}" * 3_000,
    ],
)
def test_what_is_no_alert_stays_as_it_is(text: str) -> None:
    assert as_words(text) == text
