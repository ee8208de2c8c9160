"""A feed of a topic, and recorded messages for it."""

import json
from typing import Any

from ingestion import feed

from lakevault.feeds import AUDIT_COLUMNS, CHANGE_COLUMNS, MESSAGE_COLUMNS

TOPIC = "web-events"
COLUMNS: dict[str, dict[str, str]] = {
    "event_id": {},
    "amount": {"type": "decimal(9, 2)"},
    "seen_at": {"type": "timestamp"},
}


def topic_feed(columns: dict[str, dict[str, str]] = COLUMNS, **meta: Any) -> dict[str, Any]:
    """The feed zoo.web of a topic."""
    defined = feed("web", columns, **{"from": "kafka", "topic": TOPIC, "key": ["event_id"]} | meta)
    about = [{"name": name, "data_type": kind} for name, kind in MESSAGE_COLUMNS.items()]
    return defined | {
        "columns": defined["columns"][: -len(AUDIT_COLUMNS)] + about + defined["columns"][-len(AUDIT_COLUMNS) :]
    }


def change_feed(columns: dict[str, dict[str, str]], **meta: Any) -> dict[str, Any]:
    """The feed zoo.person of a table's changes."""
    about = {"from": "kafka", "topic": "shop.public.person", "envelope": "debezium", "key": ["id"]}
    defined = feed("person", columns, **about | meta)
    message = [{"name": name, "data_type": kind} for name, kind in (MESSAGE_COLUMNS | CHANGE_COLUMNS).items()]
    own = len(defined["columns"]) - len(AUDIT_COLUMNS)
    return defined | {"columns": defined["columns"][:own] + message + defined["columns"][own:]}


def change(op: str, **more: Any) -> str:
    """The value of a message as Debezium writes it."""
    source = {"lsn": 24000392, "txId": 705, "ts_us": 1483228800123456, "snapshot": "false", "table": "person"}
    value = {
        "before": None,
        "after": None,
        "source": source,
        "op": op,
        "transaction": {"id": "705:1", "total_order": 2},
    }
    return json.dumps(value | more)


def event(offset: int, **more: Any) -> dict[str, Any]:
    """A recorded message."""
    value = json.dumps({"event_id": f"e{offset}", "amount": 1.5})
    return {
        "offset": offset,
        "timestamp": 1483228800000 + offset,
        "key": f"k{offset}",
        "headers": [],
        "value": value,
    } | more


def recording(start: int, end: int, *messages: dict[str, Any], topic: str = TOPIC, partition: int = 0) -> str:
    """A recorded range; without messages given, one for each offset."""
    lines = [{"topic": topic, "partition": partition, "from": start, "until": end}]
    lines += messages or [event(offset) for offset in range(start, end)]
    return "".join(json.dumps(line) + "\n" for line in lines)
