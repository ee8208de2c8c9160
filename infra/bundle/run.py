"""Runs a command of lakevault as a task of a Databricks job: in the folder of the dbt project, with the settings of the task.

    run.py --project=FOLDER --catalog=NAME [NAME=VALUE ...] COMMAND ...

A command finds the project in its working directory, and its settings in environment variables; a serverless task has neither of its own.
"""

import os
import sys


def main(arguments: list[str]) -> None:
    """Run the command. Ends with its exit code, or 1 when the arguments are not as described above."""
    settings = {}
    while arguments and "=" in arguments[0]:
        name, _, settings[name] = arguments.pop(0).partition("=")
    project, catalog = settings.pop("--project", ""), settings.pop("--catalog", "")
    if not (project and catalog and arguments):
        sys.exit(f"run.py needs --project, --catalog and a command:\n{__doc__}")
    os.chdir(project)
    os.environ.update(settings)

    if "DATABRICKS_RUNTIME_VERSION" in os.environ:
        from pyspark.sql import SparkSession

        # Names without a catalog mean this one.
        SparkSession.builder.getOrCreate().catalog.setCurrentCatalog(catalog)

    from lakevault.cli import app

    app(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
