"""What must hold of the infrastructure's files and needs no tool to be seen: no secret, nothing undescribed, environments apart.

`make test` checks it, and `make infra-check` does so again with errors planted in a copy.
"""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

# Each of these would write a secret into the state.
SECRET_RESOURCES = {
    "azuread_application_password",
    "azuread_service_principal_password",
    "azurerm_eventhub_authorization_rule",
    "azurerm_eventhub_namespace_authorization_rule",
    "azurerm_key_vault_secret",
    "databricks_obo_token",
    "databricks_secret",
    "databricks_service_principal_secret",
    "databricks_token",
}
SECRET_NAME = re.compile(r"secret|password|token|access_key|sas|connection_string")
ENVIRONMENTS = ("dev", "test", "prod")


def problems(root: Path) -> list[str]:
    """What does not hold, one sentence each, with file and line where there is one; empty when all does.

    Args:
        root: the project's folder, or a copy of its databricks.yml and infra/.
    """
    return [*_secrets(root), *_undescribed(root), *_environments(root), *_bundle(root)]


def jobs(root: Path) -> dict[str, dict[str, Any]]:
    """The bundle's jobs by name, as its files describe them. Raises ValueError for a file that is no YAML."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((root / "infra" / "bundle").glob("*.yml")):
        try:
            found |= yaml.safe_load(path.read_text())["resources"]["jobs"]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise ValueError(f"{path.relative_to(root)}: no jobs can be read: {error}") from error
    return found


def _lines(root: Path) -> Iterator[tuple[str, str]]:
    """Every line of the configuration with its place, comments left out."""
    for path in sorted((root / "infra" / "terraform").rglob("*")):
        if path.suffix in {".tf", ".tfvars", ".hcl"} and ".terraform" not in path.parts:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if not line.lstrip().startswith("#"):
                    yield f"{path.relative_to(root)}:{number}", line


def _secrets(root: Path) -> Iterator[str]:
    for place, line in _lines(root):
        kind = re.match(r'resource "(\w+)"', line)
        if kind and kind[1] in SECRET_RESOURCES:
            yield f"{place}: {kind[1]} writes a secret into the state. Put the value into the Key Vault, and read it through the secret scope."
        literal = re.match(r'\s*(\w+)\s*=\s*"([^"$]+)"\s*$', line)
        if literal and SECRET_NAME.search(literal[1]):
            yield f"{place}: {literal[1]} is a secret in plain text. Put the value into the Key Vault."


def _undescribed(root: Path) -> Iterator[str]:
    for path in sorted((root / "infra" / "terraform").rglob("*.tf")):
        for kind, name, body in re.findall(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', path.read_text(), re.S | re.M):
            if not re.search(r'^  description\s*=\s*"[^"]{10,}', body, re.M):
                yield f"{path.relative_to(root)}: {kind} {name} has no description."


def _environments(root: Path) -> Iterator[str]:
    folder = root / "infra" / "terraform" / "environments"
    networks: dict[str, ipaddress.IPv4Network] = {}
    containers: dict[str, str] = {}
    for name in ENVIRONMENTS:
        text = (folder / f"{name}.tfvars").read_text()
        values = dict(re.findall(r'^\s*(\w+)\s*=\s*"([^"]*)"', text, re.M))
        if values.get("environment") != name:
            yield f"{name}.tfvars says environment {values.get('environment')}: it would change another one."
        network = ipaddress.IPv4Network(values["address_space"])
        for other, taken in networks.items():
            if network.overlaps(taken):
                yield f"{name}.tfvars: the network {network} shares addresses with that of {other}, {taken}."
        networks[name] = network
        for role in ("engineers", "analysts", "bi"):
            if f"-{name}-" not in values.get(role, ""):
                yield f"{name}.tfvars: the group of the {role}, {values.get(role)}, is not one of {name}."
        backend = dict(re.findall(r'^(\w+)\s*=\s*"([^"]*)"', (folder / f"{name}.backend.hcl").read_text(), re.M))
        if other := containers.get(backend["container_name"]):
            yield f"{name}.backend.hcl: {other} keeps its state in the same container."
        containers[backend["container_name"]] = name


def _bundle(root: Path) -> Iterator[str]:
    bundle = yaml.safe_load((root / "databricks.yml").read_text())
    if set(bundle["targets"]) != set(ENVIRONMENTS):
        yield f"databricks.yml: the targets are {', '.join(bundle['targets'])}, the environments {', '.join(ENVIRONMENTS)}."
    for name, target in bundle["targets"].items():
        if target["variables"].get("catalog") != f"lakevault_{name}":
            yield f"databricks.yml: target {name} writes to the catalog {target['variables'].get('catalog')}."
        if name != "dev" and (target["mode"], "run_as" in target) != ("production", True):
            yield f"databricks.yml: target {name} is not in production mode, or runs as whoever deploys it."
    for path in [root / "databricks.yml", *sorted((root / "infra" / "bundle").glob("*.yml"))]:
        text = path.read_text()
        for variable in sorted(set(re.findall(r"\$\{var\.(\w+)\}", text)) - set(bundle["variables"])):
            yield f"{path.relative_to(root)}: the variable {variable} is not defined in databricks.yml."
    for name, job in jobs(root).items():
        for key in ("timeout_seconds", "health", "email_notifications"):
            if key not in job:
                yield f"job {name} has no {key}: nobody would notice that it hangs or fails."
        if job.get("max_concurrent_runs") != 1:
            yield f"job {name} may run twice at once."
        parameters = {each["name"] for each in job.get("parameters", ())}
        environments = {each["environment_key"] for each in job["environments"]}
        for task in job["tasks"]:
            for parameter in sorted(set(re.findall(r"\{\{job\.parameters\.(\w+)\}\}", str(task))) - parameters):
                yield f"job {name}, task {task['task_key']}: the parameter {parameter} is not defined."
            if task["environment_key"] not in environments:
                yield f"job {name}, task {task['task_key']}: the environment {task['environment_key']} is not defined."
            script = task.get("spark_python_task", {}).get("python_file")
            if script and not (root / "infra" / "bundle" / script).is_file():
                yield f"job {name}, task {task['task_key']}: the file infra/bundle/{script} does not exist."
