"""given deliveries that wait, when plain dbt commands take all of them at once, then the lake is that of one after the other.

It is no test of the one lake that others read, so another worker can run it meanwhile.
"""

from conftest import Lake, land_five_deliveries

from lakevault.lake import delta


def test_all_deliveries_at_once_give_the_same_lake_as_one_after_the_other(tmp_path, fingerprint_of_the_lake):
    land_five_deliveries(tmp_path)
    lake = Lake(tmp_path)
    # The first `dbt build` finds an empty lake. The last needs no tests: its tables equal those that were tested.
    for command in (
        ["lakevault", "init"],
        ["dbt", "build"],
        ["lakevault", "ingest"],
        ["dbt", "build", "--exclude-resource-type", "test", "unit_test"],
    ):
        result = lake.run(*command)
        assert result.returncode == 0, f"{command}:\n{result.stdout[-6000:]}"
    together = {table: list(found) for table, found in delta.fingerprint(tmp_path / "lake").items()}
    # A snapshot taken once knows later, so its dbt_valid_* differ; its versions are compared with the view's by dbt.
    tables = fingerprint_of_the_lake.keys() | together.keys()
    different = {table for table in tables if together.get(table) != fingerprint_of_the_lake.get(table)}
    assert {table for table in different if ".snp_" not in table} == set()
    assert together["gold.fct_sale_lines"][0] > 0
