"""given deliveries that come one by one, when they are built as they come, then the lake is that of all of them built together.

It is no test of the one lake that others read, so another worker can run it meanwhile.
"""

import shutil

from conftest import Lake, land_five_deliveries

from lakevault.lake import delta

LEFT_OUT = "rpt_product_affinity"
# As the small lake is built: without a model and, what is wanted here, without a data test; those have tested the one lake.
BUILD = f"from rich.console import Console; from lakevault.pipeline.build import build; build(None, Console(), '{LEFT_OUT}')"


def test_a_lake_that_takes_deliveries_as_they_come_is_that_of_all_at_once(tmp_path, request):
    land_five_deliveries(tmp_path)
    lake, incoming = Lake(tmp_path), tmp_path / "landing" / "incoming"
    later = [shutil.move(folder, tmp_path / folder.name) for folder in sorted(incoming.iterdir())[1:]]

    def run(*command: str) -> None:
        result = lake.run(*command)
        assert result.returncode == 0, f"{command}:\n{result.stdout[-6000:]}{result.stderr[-2000:]}"

    # The first `dbt build` finds an empty lake.
    run("lakevault", "init")
    run("dbt", "build", "--exclude-resource-type", "test", "unit_test")
    # Then one delivery comes, and four together.
    for part in ([], later):
        for folder in part:
            shutil.move(folder, incoming)
        run("python", "-c", BUILD)
    # Only now, since another worker may still be building it.
    of_the_lake = request.getfixturevalue("fingerprint_of_the_lake")
    found = {table: list(value) for table, value in delta.fingerprint(tmp_path / "lake").items()}
    expected = {table: value for table, value in of_the_lake.items() if table != f"gold.{LEFT_OUT}"}
    found.pop(f"gold.{LEFT_OUT}", None)
    assert {table for table in found.keys() | expected.keys() if found.get(table) != expected.get(table)} == set()
    assert found["silver.snp_product"][0] > found["silver.hub_product"][0]
