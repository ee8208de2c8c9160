"""A plugin of dbt, which dbt loads by its name: what the engine says reaches the terminal, logs and artifacts without values.

dbt passes on the text of every error. Of the local engine it may quote the record at fault. dbt's interface of plugins is
experimental, so tests/python/test_personal_data.py holds it against the pinned release.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dbt.plugins.manager import dbtPlugin


class LakevaultPlugin(dbtPlugin):
    """Masks the errors of dbt-spark's sessions. On Databricks, where there are none, it does nothing."""

    def initialize(self) -> None:
        """Called once for each dbt command, after the project's settings are read."""
        try:
            from dbt.adapters.spark.session import Cursor
        except ImportError:
            return
        from lakevault.pipeline import engine_errors

        engine_errors.silence()
        for name in ("execute", "fetchall", "fetchone"):
            method = getattr(Cursor, name)
            if not hasattr(method, "__wrapped__"):
                setattr(Cursor, name, _masked(method))


def _masked(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of dbt's cursor that raises what the engine raises without values."""
    from dbt_common.exceptions import DbtRuntimeError

    from lakevault.pipeline import engine_errors

    @wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except Exception as error:
            # dbt-spark itself wraps some of the engine's errors.
            raised = error.__cause__ if isinstance(error, DbtRuntimeError) and error.__cause__ else error
        raise DbtRuntimeError(engine_errors.without_values(raised))

    return call


plugins = [LakevaultPlugin]
