"""Every macro of the vault packages is described, with all its arguments in their order."""

import re
from pathlib import Path

import pytest
import yaml

PACKAGES = Path(__file__).parents[2] / "packages"
SIGNATURE = re.compile(r"{%-?\s*(macro|test)\s+(\w+)\s*\((.*?)\)\s*-?%}", re.DOTALL)
FILES = sorted(
    path
    for package in ("automate_dv", "automate_dv_spark")
    for folder in ("macros", "tests")
    for path in (PACKAGES / package / folder).rglob("*.sql")
)


def signatures(sql: str) -> dict[str, list[str]]:
    """The arguments of each macro in a file; dbt calls a generic test `test_<name>`."""
    found = {}
    for kind, name, arguments in SIGNATURE.findall(sql):
        # A default may hold commas: in quotes, or in brackets.
        bare = re.sub(r"'[^']*'|\[[^\]]*\]|{[^}]*}", "", arguments)
        names = [argument.split("=")[0].strip() for argument in bare.split(",") if argument.strip()]
        found[f"test_{name}" if kind == "test" else name] = names
    return found


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGES)) for path in FILES])
def test_every_macro_has_its_arguments_documented(path: Path):
    described = yaml.safe_load(path.with_suffix(".yml").read_text())["macros"]
    documented = {macro["name"]: [argument["name"] for argument in macro.get("arguments", [])] for macro in described}
    assert documented == signatures(path.read_text())
    for macro in described:
        assert macro["description"].strip(), f"{macro['name']} has no description"
        for argument in macro.get("arguments", []):
            assert argument["type"] and argument["description"].strip(), f"{macro['name']}: {argument['name']}"
