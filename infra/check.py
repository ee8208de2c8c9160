"""Check the infrastructure without an account: `make infra-check`.

Format, validation against the schemas of the providers, tests with mocked providers, policies, jobs of the bundle; and then the same
again on copies with errors planted, each of which must be refused. The real providers are used where their registry can be
reached. Elsewhere it is providers that know only the schemas (tools/schemas.py); the first line of the output says which.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from databricks.bundles.jobs import Job

from infra.rules import ENVIRONMENTS, jobs, problems
from infra.tools import schemas

PROJECT = Path(__file__).parents[1]
CACHE = PROJECT / ".cache" / "infra"
PLATFORM = f"linux_{'arm64' if platform.machine() == 'aarch64' else 'amd64'}"
REGISTRIES = {"OpenTofu": "registry.opentofu.org", "Terraform": "registry.terraform.io"}

# What belongs to an account, in its form.
NOBODY = "00000000-0000-0000-0000-000000000000"
ACCOUNT = f"""\
subscription_id       = "{NOBODY}"
tenant_id             = "{NOBODY}"
databricks_account_id = "{NOBODY}"
metastore_id          = "{NOBODY}"
name_suffix           = "x1"
github_repository     = "acme/lakevault"
alert_email           = "data@example.org"
"""
# Settings of whoever runs this must not decide.
ENVIRONMENT = {"TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": os.devnull}


class Refused(Exception):
    """A check found something; the text says what and where."""


class Lane:
    """The checks, run on one copy of the project's infrastructure.

    Args:
        program: OpenTofu, or Terraform of 1.9 or newer.
        root: the copy.
        module: run the policies of this module alone.
    """

    def __init__(self, program: str, root: Path, module: str = "*") -> None:
        self._program = program
        self._module = module
        self._root = root
        self._terraform = root / "infra" / "terraform"

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, *arguments],
            cwd=self._terraform,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Refused(f"{Path(self._program).name} {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def init(self, *options: str) -> None:
        """Bring the providers and the modules."""
        self._run("init", "-backend=false", "-input=false", "-no-color", *options)

    def format(self) -> None:
        """The files have the form that OpenTofu gives them."""
        self._run("fmt", "-check", "-diff", "-recursive", "-no-color")

    def rules(self) -> None:
        """No secret, nothing undescribed, environments apart (rules.py)."""
        if found := problems(self._root):
            raise Refused("\n".join(found))

    def validate(self) -> None:
        """Names, types, required blocks and references fit the schemas of the providers."""
        self._run("validate", "-no-tests", "-no-color")

    def environments(self) -> None:
        """Each environment's variable file gives a whole environment, with mocked providers."""
        for name in ENVIRONMENTS:
            self._run(
                "test", "-no-color", "-filter=tests/environment.tftest.hcl", f"-var-file=environments/{name}.tfvars"
            )

    def policies(self) -> None:
        """The policies hold in each module, with mocked providers."""
        files = sorted((self._terraform / "tests").glob(f"{self._module}.tftest.hcl"))
        filters = [f"-filter=tests/{path.name}" for path in files if path.name != "environment.tftest.hcl"]
        self._run("test", "-no-color", *filters)

    def checkov(self) -> None:
        """What checkov knows about Azure; .checkov.yml says what is skipped, and why."""
        arguments = ["--config-file", self._root / "infra" / ".checkov.yml", "--directory", self._terraform]
        variables = ["--var-file", self._terraform / "environments" / "prod.tfvars"]
        program = Path(sys.executable).with_name("checkov")
        done = subprocess.run([program, *arguments, *variables], capture_output=True, text=True)
        if done.returncode:
            raise Refused(done.stdout + done.stderr[-2000:])

    def bundle(self) -> None:
        """The jobs have the form that Databricks' own classes know."""
        for name, job in jobs(self._root).items():
            try:
                Job.from_dict(job)
            except ValueError as error:
                raise Refused(f"job {name}: {error}") from error


@dataclass(frozen=True)
class Plant:
    """An error to plant: in which file, what for what, which check must refuse it, and what it must say."""

    file: str
    old: str
    new: str
    check: Callable[[Lane], None]
    says: str


MODULES = "infra/terraform/modules"
STORAGE, CATALOG = f"{MODULES}/storage/main.tf", f"{MODULES}/catalog/main.tf"
PLANTS = {
    "an attribute that does not exist": Plant(STORAGE, "is_hns_enabled ", "is_hns_enable  ", Lane.validate, "Unsupported argument"),
    "a required attribute that is missing": Plant(STORAGE, 'account_tier             = "Standard"\n', "", Lane.validate, "Missing required argument"),
    "a required block that is missing": Plant(f"{MODULES}/observability/main.tf", '  time_period {\n    start_date = "${var.budget.from}T00:00:00Z"\n  }\n', "", Lane.validate, "time_period"),
    "a value of another type": Plant(STORAGE, "days = 7", 'days = "a week"', Lane.validate, "a number is required"),
    "a reference to nothing": Plant("infra/terraform/main.tf", "module.storage.name", "module.storage.nam", Lane.validate, "Unsupported attribute"),
    "a resource that does not exist": Plant(STORAGE, '"azurerm_storage_container"', '"azurerm_storage_containers"', Lane.validate, "Invalid resource type"),
    "a lake on the internet": Plant(STORAGE, "public_network_access_enabled     = false", "public_network_access_enabled     = true", Lane.policies, "The lake is reachable from the internet"),
    "an old TLS": Plant(STORAGE, '"TLS1_2"', '"TLS1_0"', Lane.policies, "below TLS 1.2"),
    "shared keys": Plant(STORAGE, "shared_access_key_enabled         = false", "shared_access_key_enabled         = true", Lane.policies, "with a shared key"),
    "connection strings": Plant(f"{MODULES}/events/main.tf", "local_authentication_enabled  = false", "local_authentication_enabled  = true", Lane.policies, "with a connection string"),
    "a grant to everybody": Plant(CATALOG, 'principal  = var.groups["engineers"]', 'principal  = "account users"', Lane.policies, "not one of the four groups"),
    "everything for somebody": Plant(CATALOG, '["READ_VOLUME", "WRITE_VOLUME"]', '["ALL_PRIVILEGES"]', Lane.policies, "Somebody may do everything"),
    "analysts in Silver": Plant(CATALOG, 'silver = ["engineers"]', 'silver = ["engineers", "analysts"]', Lane.policies, "a layer before Gold"),
    "a catalog that every workspace sees": Plant(CATALOG, '"ISOLATED"', '"OPEN"', Lane.policies, "Another environment's workspace"),
    "any branch deploys": Plant(f"{MODULES}/delivery/main.tf", ":environment:${var.environment}\"", ':pull_request"', Lane.policies, "another repository or environment"),
    "a container for everybody, in checkov's eyes": Plant(STORAGE, "public_network_access_enabled     = false", "public_network_access_enabled     = true", Lane.checkov, "CKV_AZURE_59"),
    "a key vault that can be purged, in checkov's eyes": Plant(f"{MODULES}/secrets/main.tf", "purge_protection_enabled      = true", "purge_protection_enabled      = false", Lane.checkov, "CKV_AZURE_110"),
    "a secret in plain text": Plant("infra/terraform/versions.tf", "  tenant_id = var.tenant_id\n}", '  tenant_id     = var.tenant_id\n  client_secret = "hunter2"\n}', Lane.rules, "secret in plain text"),
    "a secret in the state": Plant(f"{MODULES}/secrets/main.tf", 'resource "databricks_secret_acl"', 'resource "databricks_secret"', Lane.rules, "writes a secret into the state"),
    "two environments in one network": Plant("infra/terraform/environments/prod.tfvars", "10.42.0.0/20", "10.40.0.0/20", Lane.rules, "shares addresses"),
    "two environments in one state": Plant("infra/terraform/environments/prod.backend.hcl", '"prod"', '"test"', Lane.rules, "in the same container"),
    "the groups of dev in prod": Plant("infra/terraform/environments/prod.tfvars", "lakevault-prod-bi", "lakevault-dev-bi", Lane.rules, "is not one of prod"),
    "a file that is not formatted": Plant(STORAGE, "  name                = var.name", "  name = var.name", Lane.format, "modules/storage/main.tf"),
    "a word that jobs do not know": Plant("infra/bundle/build.yml", "max_retries", "max_retrys", Lane.bundle, "max_retrys"),
    "a variable that nobody defines": Plant("infra/bundle/build.yml", "${var.warehouse_id}", "${var.warehouse}", Lane.rules, "is not defined in databricks.yml"),
    "prod that writes to test": Plant("databricks.yml", "catalog: lakevault_prod", "catalog: lakevault_test", Lane.rules, "writes to the catalog"),
}  # fmt: skip


def copied(name: str, source: Path = PROJECT) -> Path:
    """A copy of the infrastructure's files, in the folder that `make infra-check` owns."""
    root = CACHE / "copies" / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    shutil.copytree(source / "infra", root / "infra", symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source / "databricks.yml", root)
    (root / "infra" / "terraform" / "account.auto.tfvars").write_text(ACCOUNT)
    return root


def prepared(program: str) -> Path:
    """A copy with providers. Prints which ones."""
    root = copied("checked")
    version = subprocess.run(
        [program, "version"], env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=True
    )
    said = version.stdout.splitlines()[0]
    registry = REGISTRIES[said.split()[0]]
    try:
        urllib.request.urlopen(f"https://{registry}/.well-known/terraform.json", timeout=10).close()
    except OSError:
        mirror = schemas.mirror(CACHE / "bin" / "schemaonly", root / "infra" / "terraform", CACHE, registry, PLATFORM)
        Lane(program, root).init(f"-plugin-dir={mirror}")
        known = ", ".join(f"{each.provider.split('/')[1]} {each.version}" for each in schemas.PACKAGES)
        print(f"{said}; {registry} cannot be reached: providers that know only the schemas of {known}")
    else:
        Lane(program, root).init()
        print(f"{said}; the real providers, from {registry}")
    return root


def main(program: str) -> int:
    """Run all checks and plant all errors; the number of checks that failed is printed, and decides the exit code."""
    root = prepared(program)
    lane = Lane(program, root)
    failed = 0
    for check in (Lane.format, Lane.rules, Lane.validate, Lane.environments, Lane.policies, Lane.checkov, Lane.bundle):
        try:
            check(lane)
            print(f"passed   {check.__name__}: {check.__doc__}")
        except Refused as refused:
            failed += 1
            print(f"FAILED   {check.__name__}: {check.__doc__}\n{refused}")
    for name, plant in PLANTS.items():
        copy = copied("planted", root)
        path = copy / plant.file
        text = path.read_text()
        if plant.old not in text:
            failed += 1
            print(f"FAILED   planted {name}: {plant.file} no longer has {json.dumps(plant.old)}")
            continue
        path.write_text(text.replace(plant.old, plant.new, 1))
        try:
            plant.check(Lane(program, copy, path.parent.name))
            failed += 1
            print(f"FAILED   planted {name}: {plant.check.__name__} did not notice")
        except Refused as refused:
            # Messages are broken into lines, with a bar before each.
            if plant.says in " ".join(str(refused).replace("│", " ").split()):
                print(f"refused  {name} ({plant.check.__name__})")
            else:
                failed += 1
                print(f"FAILED   planted {name}: refused, but not for that\n{refused}")
    print(f"{failed} failed" if failed else f"all checks passed, all {len(PLANTS)} planted errors were refused")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
