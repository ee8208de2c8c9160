"""A plugin of dbt, which dbt loads by its name: no value of a record reaches its messages, logs and artifacts.

dbt passes on the text of every error, and that of the local engine may quote the record at fault. The rows that `dbt show`
prints go into its log as well. dbt's interface of plugins is experimental: tests/python/test_where_personal_data_is.py holds
it against the pinned release.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dbt.plugins.manager import dbtPlugin
from dbt_common.events.base_types import EventMsg
from dbt_common.events.event_manager_client import get_event_manager

# As in dbt_project.yml. Other projects of the same environment decide for themselves what their messages may quote.
PROJECT = "lakevault"


class LakevaultPlugin(dbtPlugin):
    """Masks the errors of dbt-spark's sessions, which dbt on Databricks does not have, and keeps rows out of dbt's log file."""

    is_on = False

    def initialize(self) -> None:
        """Called once for each dbt command, after the project's settings are read."""
        LakevaultPlugin.is_on = self.project_name == PROJECT
        if not self.is_on:
            return
        for logger in get_event_manager().loggers:
            if logger.name == "file_log":
                logger.filter = _without_rows(logger.filter)
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


def _without_rows(keeps: Callable[[EventMsg], bool]) -> Callable[[EventMsg], bool]:
    """A filter of a log that also leaves out the rows that `dbt show` prints."""
    return lambda event: event.info.name != "ShowNode" and keeps(event)


def _masked(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of dbt's cursor that raises what the engine raises without values."""
    from dbt_common.exceptions import DbtRuntimeError

    from lakevault.pipeline import engine_errors

    @wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except Exception as error:
            if not LakevaultPlugin.is_on:
                raise
            # dbt-spark itself wraps some of the engine's errors.
            raised = error.__cause__ if isinstance(error, DbtRuntimeError) and error.__cause__ else error
        raise DbtRuntimeError(engine_errors.without_values(raised))

    return call


plugins = [LakevaultPlugin]
