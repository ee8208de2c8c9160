"""Stripe's own description of its API as a validator of its objects. `make .venv/stripe.json` fetches it."""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SPEC = Path(sys.prefix) / "stripe.json"
PREFIX = "stripe:"
# Fields of the older version that the description no longer has, with what it says of them where it still knows the object.
OLDER_FIELDS = {
    "aggregate_usage": {"type": "null"},
    "amount_excluding_tax": {"type": "integer"},
    "charge": {"type": ["string", "null"]},
    "coupon": {"$ref": "#/components/schemas/coupon"},
    "current_period_end": {"type": "integer"},
    "current_period_start": {"type": "integer"},
    "discount": {"anyOf": [{"$ref": "#/components/schemas/discount"}, {"type": "null"}]},
    "invoice": {"type": ["string", "null"]},
    "invoice_item": {"type": "string"},
    "paid": {"type": "boolean"},
    "payment_intent": {"type": ["string", "null"]},
    "plan": {"anyOf": [{"$ref": "#/components/schemas/plan"}, {"type": "null"}]},
    "price": {"$ref": "#/components/schemas/price"},
    "proration": {"type": "boolean"},
    "proration_details": {"type": "object"},
    "quantity": {"type": ["integer", "null"]},
    "quote": {"type": "null"},
    "refund": {"type": ["string", "null"]},
    "subscription": {"type": "string"},
    "subscription_details": {"type": "object"},
    "subscription_item": {"type": "string"},
    "tax": {"type": ["integer", "null"]},
    "tax_amounts": {"type": "array"},
    "tax_rates": {"type": "array", "items": {"$ref": "#/components/schemas/tax_rate"}},
    "total_tax_amounts": {"type": "array"},
    "transform_usage": {"type": "null"},
    "trial_period_days": {"type": "null"},
    "type": {"enum": ["invoiceitem", "subscription"]},
}


def problems(thing: dict[str, Any], is_recent: bool = True) -> list[str]:
    """Where an object differs from the description of its kind.

    Also a field that the description does not know. Of the older version, for which there is no description, no field is required, and
    those in OLDER_FIELDS are known as well.
    """
    errors = _validator(thing["object"], is_recent).iter_errors(thing)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]


@cache
def _validator(name: str, is_recent: bool) -> Draft202012Validator:
    schemas = _schemas(is_recent)
    resources = [(PREFIX + each, DRAFT202012.create_resource(schema)) for each, schema in schemas.items()]
    return Draft202012Validator(schemas[name], registry=Registry().with_resources(resources))


@cache
def _schemas(is_recent: bool) -> dict[str, dict[str, Any]]:
    assert SPEC.is_file(), "Stripe's description of its API is not here: run `make .venv/stripe.json`"
    schemas = json.loads(SPEC.read_text())["components"]["schemas"]
    return {name: _closed(schema, is_recent) for name, schema in schemas.items()}


def _closed(schema: Any, is_recent: bool) -> Any:
    """A schema of OpenAPI 3.0 as one of JSON Schema that allows no other fields: what is `nullable` may be null."""
    if isinstance(schema, list):
        return [_closed(part, is_recent) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _closed(part, is_recent) for name, part in schema.items() if name != "nullable"}
    if isinstance(schema.get("$ref"), str):
        made["$ref"] = PREFIX + schema["$ref"].split("/")[-1]
    if isinstance(schema.get("properties"), dict):
        made.setdefault("additionalProperties", False)
        if not is_recent:
            made.pop("required", None)
            made["properties"] = _closed(OLDER_FIELDS, True) | made["properties"]
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made
