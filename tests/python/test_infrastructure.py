"""given the files of the infrastructure and of the jobs, when they are read without a tool, then names, commands and variables fit."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml
from dbt.cli.main import cli as dbt

from infra.rules import jobs, problems
from lakevault.cli import app

PROJECT = Path(__file__).parents[2]
TASKS = [
    pytest.param(task, id=f"{name}-{task['task_key']}") for name, job in jobs(PROJECT).items() for task in job["tasks"]
]
# `make infra-check` plants more, for the checks that need tools.
PLANTS = {
    "a secret in plain text": ("infra/terraform/versions.tf", "  tenant_id = var.tenant_id", '  client_secret = "hunter2"', "client_secret is a secret in plain text"),
    "a variable without description": ("infra/terraform/variables.tf", '  description = "Azure region', '  # = "Azure region', "variable location has no description"),
    "prod's file that says dev": ("infra/terraform/environments/prod.tfvars", '"prod"', '"dev"', "prod.tfvars says environment dev"),
    "a variable of the bundle that nobody defines": ("infra/bundle/docs.yml", "${var.catalog}", "${var.catalogue}", "the variable catalogue is not defined"),
    "a job that may run twice": ("infra/bundle/ingest.yml", "max_concurrent_runs: 1", "max_concurrent_runs: 2", "job ingest may run twice at once"),
    "a test environment that runs as its deployer": ("databricks.yml", "    run_as: &pipelines\n      service_principal_name: ${var.run_as}\n", "", "databricks.yml"),
}  # fmt: skip


def parsed(group, arguments: list[str]) -> str:
    """The command of a program that the arguments name; fails if it or one of its options does not exist."""
    name, *rest = arguments
    group.commands[name].make_context(name, rest)
    return name


def test_secrets_descriptions_environments_and_jobs_are_as_the_rules_say():
    assert problems(PROJECT) == []


@pytest.mark.parametrize("case", PLANTS)
def test_what_breaks_a_rule_is_named(tmp_path, case):
    file, old, new, said = PLANTS[case]
    shutil.copytree(PROJECT / "infra", tmp_path / "infra")
    shutil.copy(PROJECT / "databricks.yml", tmp_path)
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1))
    try:
        found = problems(tmp_path)
    except yaml.YAMLError as error:
        found = [f"databricks.yml: {error}"]
    assert any(said in each for each in found), found


@pytest.mark.parametrize("task", TASKS)
def test_a_job_calls_commands_that_exist(task):
    if "dbt_task" in task:
        for line in task["dbt_task"]["commands"]:
            program, *arguments = shlex.split(line)
            assert program == "dbt"
            assert parsed(dbt, arguments) == arguments[0]
    else:
        arguments = [each for each in task["spark_python_task"]["parameters"] if "=" not in each]
        assert parsed(typer.main.get_command(app), arguments) == arguments[0]


def test_a_job_sets_only_variables_that_the_code_reads():
    code = "".join(path.read_text() for path in (PROJECT / "src").rglob("*.py"))
    for task in (task for job in jobs(PROJECT).values() for task in job["tasks"]):
        for parameter in task.get("spark_python_task", {}).get("parameters", ()):
            name = parameter.partition("=")[0]
            assert name in code or not name.startswith("LAKEVAULT_")


def test_the_jobs_run_the_dbt_that_the_lock_file_is_made_for():
    pinned = {
        line for line in (PROJECT / "requirements-databricks.in").read_text().splitlines() if line.startswith("dbt-")
    }
    environments = [each for job in jobs(PROJECT).values() for each in job["environments"]]
    assert [set(each["spec"]["dependencies"]) for each in environments if each["environment_key"] == "dbt"] == [
        pinned
    ] * 3


def test_what_terraform_says_has_the_names_that_the_profile_reads():
    profile = (PROJECT / "profiles" / "profiles.yml").read_text()
    outputs = (PROJECT / "infra" / "terraform" / "outputs.tf").read_text()
    named = set(re.findall(r"DATABRICKS_\w+", outputs))
    assert named == {"DATABRICKS_HOST", "DATABRICKS_HTTP_PATH", "DATABRICKS_CATALOG"}
    assert all(f"env_var('{name}'" in profile for name in named)


def test_a_task_runs_a_command_in_the_folder_of_the_project(tmp_path):
    script = [sys.executable, str(PROJECT / "infra" / "bundle" / "run.py")]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*script, *arguments], cwd=tmp_path, capture_output=True, text=True)

    wrong = run("--catalog=lakevault_dev", "ingest")
    assert (wrong.returncode, "run.py needs --project" in wrong.stderr) == (1, True)
    # An empty landing zone needs no Spark.
    settings = [f"LAKEVAULT_{name}={tmp_path / name.lower()}" for name in ("LANDING", "LAKE", "HISTORY")]
    done = run(f"--project={PROJECT}", "--catalog=lakevault_dev", *settings, "ingest")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"landing", "lake", "history"}
