"""Changes of a database table, as Debezium writes them for PostgreSQL: a message for each change, as JSON without a schema.

Source of the fields: debezium.io/documentation/reference/3.3/connectors/postgresql.html, "Data change events".
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The header of a row that was created because its key changed: the key that it had.
OLD_KEY = "__debezium.oldkey"
NOTHING = b"{}"


class _Source(msgspec.Struct):
    lsn: int | None = None
    txId: int | None = None
    ts_us: int | None = None
    ts_ms: int | None = None
    snapshot: str | bool | None = None


class _Transaction(msgspec.Struct):
    total_order: int


class _Envelope(msgspec.Struct):
    """What a change says. A delete and a truncate have no row after them."""

    op: Literal["c", "u", "d", "r", "t"]
    source: _Source
    before: msgspec.Raw = msgspec.Raw(b"null")
    after: msgspec.Raw = msgspec.Raw(b"null")
    transaction: _Transaction | None = None


_decode = msgspec.json.Decoder(_Envelope).decode


@dataclass(frozen=True)
class Change:
    """The row that a change leaves, as a JSON object, and CHANGE_COLUMNS by name, as text.

    Of a deleted row only the key is given: the rest of its `before` is made up by the connector, unless the table has
    replica identity full. A truncate has no row.
    """

    row: bytes
    about: dict[str, str | None]


def change_of(value: str, key: str | None, headers: str | None = None) -> Change | None:
    """A message's value as a change; None when it is none.

    Args:
        value: of the message.
        key: of the message, which is the key of the row as JSON.
        headers: of the message, as JSON: a list of names with values.
    """
    found = _envelope_of(value)
    if found is None:
        return None
    source, snapshot = found.source, found.source.snapshot
    if found.op == "t":
        row = NOTHING
    elif found.op == "d":
        # A table without a key has messages without one.
        row = key.encode() if key is not None else bytes(found.before)
    else:
        row = bytes(found.after)
    microseconds = source.ts_us
    if microseconds is None and source.ts_ms is not None:
        microseconds = source.ts_ms * 1000
    if row == b"null" or source.lsn is None or microseconds is None:
        return None
    about = {
        "change_op": found.op,
        "change_lsn": str(source.lsn),
        "change_transaction": None if source.txId is None else str(source.txId),
        "change_order": None if found.transaction is None else str(found.transaction.total_order),
        "change_snapshot": None if snapshot in (None, False, "false") else str(snapshot).lower(),
        "change_old_key": dict(json.loads(headers)).get(OLD_KEY) if headers and OLD_KEY in headers else None,
        "change_at": f"{EPOCH + timedelta(microseconds=microseconds):%Y-%m-%d %H:%M:%S.%f}",
    }
    return Change(row, about)


def place_of(value: str) -> tuple[int | None, int, int] | None:
    """Transaction, position in it, and place in the log of a change; None when a value is none.

    What a snapshot has read is of no transaction.
    """
    found = _envelope_of(value)
    if found is None:
        return None
    transaction = found.source.txId if found.transaction else None
    order = found.transaction.total_order if found.transaction else 0
    return transaction, order, found.source.lsn or 0


def _envelope_of(value: str) -> _Envelope | None:
    try:
        return _decode(value)
    except (msgspec.MsgspecError, RecursionError):
        return None
