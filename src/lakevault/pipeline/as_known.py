"""The star as it was known at a moment: built from what the vault held then, in schemas of its own beside the published ones."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from rich.console import Console

from lakevault.errors import LakevaultError
from lakevault.lake import delta
from lakevault.lake.ledger import LEDGER
from lakevault.paths import AS_KNOWN, lake_dir, now, target_dir, variables
from lakevault.pipeline.lock import build_lock

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# All that the star is made of; staging and hashed stages say nothing that the vault does not.
PATHS = (
    "models/silver/raw_vault",
    "models/silver/business_vault",
    "models/silver/query_assistance",
    "snapshots",
    "seeds",
    "models/gold",
)


@dataclass(frozen=True)
class Star:
    """What was built: the moment (UTC), the landing times of the deliveries known then, all there are, rows by Gold table."""

    moment: datetime
    landed: list[datetime]
    deliveries: int
    rows: dict[str, int]

    @property
    def schema(self) -> str:
        """The schema of its Gold tables."""
        return f"gold{schema_end(self.moment)}"


def moment_of(text: str) -> datetime:
    """A date (its beginning) or time as UTC in whole seconds. Raises LakevaultError for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise LakevaultError(
            f"{text} is neither a date nor a time: write 2017-08-01 or 2017-08-01T03:00:00, which is taken as UTC."
        ) from None
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def schema_end(moment: datetime) -> str:
    """What the schemas of a star have behind the published name, as the macro generate_schema_name writes it."""
    return AS_KNOWN + moment.strftime("%Y%m%d" if moment.time() == time() else "%Y%m%dt%H%M%S")


def build(moment: datetime, console: Console) -> Star:
    """Build the star as it was known at the moment; one of the same moment is built anew. Nothing else is changed.

    Raises LakevaultError when nothing was known then, the moment has not come yet, the vault has not loaded what landed
    until then, or a model fails; then nothing of the star is left.
    """
    from lakevault.pipeline import dbt_runner
    from lakevault.pipeline.spark import session

    with build_lock(lake_dir()):
        landed, deliveries = _known(moment)
        # dbt's artifacts are those of the published star, which status and site read; these go elsewhere.
        os.environ["DBT_TARGET_PATH"] = str(target_dir() / "as_known")
        os.environ["LAKEVAULT_VARS"] = json.dumps(variables() | {"as_known_at": str(moment)}, default=str)
        with console.status("starting Spark ..."):
            spark = session()
        _drop(spark, moment)
        complete = False
        try:
            with console.status("building ...") as status:
                dbt_runner.parse()
                outcome = dbt_runner.run(
                    ["build", "--select", *(f"path:{path}" for path in PATHS)],
                    lambda name, done, total: status.update(f"{done} of {total} tables ({name})"),
                )
            if outcome.failures:
                raise LakevaultError(
                    f"the star as known at {moment} was not built, nothing of it is left:\n  "
                    + "\n  ".join(outcome.failures)
                )
            complete = True
        finally:
            if not complete:
                _drop(spark, moment)
    rows = delta.row_counts(lake_dir(), schema_end(moment))
    gold = {name.removeprefix("gold."): count for name, count in rows.items() if name.startswith("gold.")}
    return Star(moment, landed, deliveries, gold)


def drop(moment: datetime) -> list[str]:
    """Remove the schemas of a star as known at the moment; gives their names. Raises LakevaultError when there are none."""
    from lakevault.pipeline.spark import session

    with build_lock(lake_dir()):
        if dropped := _drop(session(), moment):
            return dropped
    built = sorted(path.name.removesuffix(".db") for path in lake_dir().glob(f"gold{AS_KNOWN}*.db"))
    raise LakevaultError(f"no star as known at {moment} was built; there is {', '.join(built) or 'none at all'}.")


def _known(moment: datetime) -> tuple[list[datetime], int]:
    """Landing times of the deliveries that had landed by then, and the number of all deliveries."""
    deliveries = delta.query(
        lake_dir(),
        "select load_id, max(load_dts) as load_dts from ledger where landed_count > 0 group by load_id order by load_id",
        LEDGER,
    )
    if not deliveries:
        raise LakevaultError(f"{lake_dir()}/ holds no delivery: run `lakevault build` first.")
    known = [delivery for delivery in deliveries if delivery["load_dts"] <= moment]
    if not known:
        raise LakevaultError(
            f"nothing was known at {moment}: the first delivery landed at {deliveries[0]['load_dts']}."
        )
    if moment > max(now(), deliveries[-1]["load_dts"]):
        raise LakevaultError(f"{moment} is in the future: it is {now()} (var now). What is known now is in Gold.")
    [loaded] = delta.query(
        lake_dir(), "select max(load_id) as load_id from vault_load_log", "silver.vault_load_log"
    ) or [{}]
    if (loaded.get("load_id") or 0) < known[-1]["load_id"]:
        raise LakevaultError(
            f"delivery {known[-1]['load_id']}, landed at {known[-1]['load_dts']}, is not in the vault yet: "
            "run `lakevault build` first."
        )
    return [delivery["load_dts"] for delivery in known], len(deliveries)


def _drop(spark: "SparkSession", moment: datetime) -> list[str]:
    found = [row.namespace for row in spark.sql("show schemas").collect() if row.namespace.endswith(schema_end(moment))]
    for schema in found:
        spark.sql(f"drop schema {schema} cascade")
    return found
