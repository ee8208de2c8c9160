"""Every argument of every vault macro, given as nothing: none, undefined, an empty text, an empty list. No Spark: dbt renders while it parses."""

import pytest

from tests.conformance.engine import parse_with_errors
from tests.embedded import PACKAGES, write, write_project

NOTHINGS = {
    "none": "none",
    "undefined": "{}.missing",
    "empty_text": "''",
    "empty_list": "[]",
    "list_of_nothing": "['', none]",
}
KEYS = {"src_pk": "'HK'", "src_ldts": "'LDTS'", "src_source": "'SOURCE'", "source_model": "'given'"}
SAT = KEYS | {"src_hashdiff": "'HD'", "src_payload": "['NAME']"}
AS_OF = {
    "src_pk": "'HK'", "as_of_dates_table": "'given'", "stage_tables_ldts": "{'given': 'LDTS'}", "src_ldts": "'LDTS'", "source_model": "'given'",
}  # fmt: skip
STEP = "'bridge_link_pk': 'LINK', 'link_table': 'given', 'link_pk': 'LINK_HK', 'link_fk1': 'HK', 'link_fk2': 'OTHER_HK'"
# What each macro needs, in SQL of Jinja. All its other arguments are optional.
REQUIRED = {
    "hub": KEYS | {"src_nk": "'ID'"},
    "link": KEYS | {"src_fk": "['A', 'B']"},
    "nh_link": KEYS | {"src_fk": "['A', 'B']", "src_eff": "'EFF'"},
    "t_link": KEYS | {"src_fk": "['A', 'B']", "src_eff": "'EFF'"},
    "sat": SAT,
    "ma_sat": SAT | {"src_cdk": "['CHILD']"},
    "eff_sat": KEYS
    | {"src_dfk": "'A'", "src_sfk": "'B'", "src_start_date": "'S'", "src_end_date": "'E'", "src_eff": "'EFF'"},
    "xts": KEYS | {"src_satellite": "{'s': {'sat_name': {'SATELLITE_NAME': 'N'}, 'hashdiff': {'HASHDIFF': 'HD'}}}"},
    "pit": AS_OF | {"satellites": "{'given': {'pk': {'PK': 'HK'}, 'ldts': {'LDTS': 'LDTS'}}}"},
    "bridge": AS_OF | {"bridge_walk": "{'step': {" + STEP + "}}"},
    "ref_table": {"src_pk": "'CODE'", "source_model": "'given'"},
    "stage": {"source_model": "'given'"},
    "hash": {"columns": "['ID', 'NAME']"},
    "derive_columns": {"columns": "{'A': 'ID'}"},
    # As in AutomateDV, no columns are no SQL.
    "hash_columns": {},
    "null_columns": {},
    "rank_columns": {},
    "rts": KEYS,
    "presence_sat": KEYS,
    "status_sat": KEYS,
    "nh_sat": KEYS | {"src_payload": "['NAME']"},
    "computed_sat": KEYS | {"src_payload": "['NAME']"},
    "sal": KEYS | {"src_master": "'A'", "src_duplicate": "'B'"},
    "hal": KEYS | {"src_parent": "'A'", "src_child": "'B'"},
    "load_end_view": {"satellite": "'given'", "src_pk": "'HK'", "src_ldts": "'LDTS'"},
    "as_of_spine": {"start": "'2024-01-01'", "stop": "'2024-02-01'"},
}
# A satellite without attributes is one, unless its hashdiff is made of them.
MAY_BE_EMPTY = [
    (name, "src_payload", word) for name in ("sat", "ma_sat", "nh_sat") for word in ("empty_list", "list_of_nothing")
]
BEYOND = list(REQUIRED)[list(REQUIRED).index("rts") :]


def call(name: str, arguments: dict[str, str]) -> str:
    """A call of an entry point."""
    package = "automate_dv_spark" if name in BEYOND else "automate_dv"
    return f"{package}.{name}({', '.join(f'{argument}={value}' for argument, value in arguments.items())})"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The errors of all models by name (`<macro>__<argument>[__<nothing>]`), and the arguments that each macro documents."""
    home = tmp_path_factory.mktemp("vault_arguments")
    write_project(home, "vault_arguments", PACKAGES, "vault")
    write(home / "models" / "given.sql", "select 1 as HK")
    manifest, _ = parse_with_errors(home)
    documented = {
        name: [argument.name for argument in manifest.macros[f"macro.{'automate_dv_spark' if name in BEYOND else 'automate_dv'}.{name}"].arguments]
        for name in REQUIRED
    }  # fmt: skip
    for name, required in REQUIRED.items():
        for argument in documented[name]:
            # What is not a column is never a list of columns.
            words = [
                word
                for word in NOTHINGS
                if argument in required or argument.startswith("src_") or word != "list_of_nothing"
            ]
            calls = {word: call(name, required | {argument: NOTHINGS[word]}) for word in words}
            if argument in required:
                for word, with_nothing in calls.items():
                    write(
                        home / "models" / f"{name}__{argument}__{word}.sql",
                        f"select '{{{{ {with_nothing} }}}}' as text",
                    )
            else:
                # All in one model: it says which of them is not as if the argument were not given.
                checks = [
                    f"{{% if {call(name, required)} != {with_nothing} %}}{{{{ exceptions.raise_compiler_error('{word} is not nothing') }}}}{{% endif %}}"
                    for word, with_nothing in calls.items()
                ]
                write(home / "models" / f"{name}__{argument}.sql", f"{''.join(checks)}select 1 as one")
    _, errors = parse_with_errors(home)
    return errors, documented


@pytest.mark.parametrize("name", REQUIRED)
def test_nothing_given_for_an_argument_is_the_argument_not_given(
    name: str, answers: tuple[dict[str, str], dict[str, list[str]]]
):
    errors, documented = answers
    assert set(REQUIRED[name]) <= set(documented[name])
    wrong = {}
    for argument in documented[name]:
        if argument not in REQUIRED[name]:
            wrong[argument] = errors.get(f"{name}__{argument}")
            continue
        for word in NOTHINGS:
            model = f"{name}__{argument}__{word}"
            error = errors.get(model)
            if (name, argument, word) in MAY_BE_EMPTY:
                wrong[argument, word] = error
            # One sentence that names macro, model and argument; t_link is the older name of nh_link.
            elif (
                error is None
                or f"{'nh_link' if name == 't_link' else name} in model {model}: " not in error
                or argument not in error.split(f"{model}: ")[1]
            ):
                wrong[argument, word] = error or "no error"
    assert not {key: error for key, error in wrong.items() if error}
