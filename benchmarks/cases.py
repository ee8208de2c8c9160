"""What is measured: generated tables (Spark SQL), and per case a model, the target it finds, and the tables it reads.

Sizes are rows at scale 1. A key is the MD5 of a number in hex, as in a vault with the default hash; numbers decide by
arithmetic what is new, changed, or repeated, so that two runs measure the same rows.
"""

from dataclasses import dataclass, field


def hk(number: str) -> str:
    """A hash key of a number."""
    return f"upper(md5(cast({number} as string)))"


def ts(days: str) -> str:
    """A load time so many days after the first of 2024."""
    return f"timestamp'2024-01-01 00:00:00' + make_dt_interval(cast({days} as int))"


ATTRIBUTES = ", ".join(f"repeat(substr(md5(concat(id, '-{n}')), 1, 6), 2) as ATTRIBUTE_{n}" for n in range(1, 7))
OPEN_END = "timestamp'9999-12-31 23:59:59.999999'"


def chosen(keys: int, rows: int, number: str = "id") -> str:
    """The number of a staged key: one of ten is new, the others are spread over the keys of the target."""
    return f"if({number} % 10 = 0, {keys} + {number}, {number} * {max(keys // rows, 1)} % {keys})"


def hub(keys: int) -> str:
    return f"""
        select {hk("id")} as CUSTOMER_HK, cast(id as string) as CUSTOMER_ID, {ts("id % 300")} as LOAD_DATE, 'crm' as SOURCE
        from range({keys})"""


def hub_delta(keys: int, rows: int) -> str:
    """One of ten keys is new; each third comes twice."""
    number = chosen(keys, rows)
    key = f"select {hk(number)} as CUSTOMER_HK, cast({number} as string) as CUSTOMER_ID"
    return f"""
        {key}, {ts("500")} as LOAD_DATE, 'crm' as SOURCE from range({rows})
        union all
        {key}, {ts("501")} as LOAD_DATE, 'shop' as SOURCE from range({rows}) where id % 3 = 0"""


def link(keys: int, numbers: str) -> str:
    """Orders and their customers; `numbers` is a query with a column `number`."""
    return f"""
        select {hk("concat('l', number)")} as ORDER_CUSTOMER_HK, {hk("concat('o', number)")} as ORDER_HK,
            {hk(f"number % {max(keys // 4, 1)}")} as CUSTOMER_HK, {ts("number % 300")} as LOAD_DATE, 'shop' as SOURCE
        from ({numbers})"""


def numbers(count: int) -> str:
    return f"select id as number from range({count})"


def satellite(keys: int, versions: int) -> str:
    """History of a satellite: every key with so many versions, one each ten days."""
    number, version = f"id div {versions}", f"id % {versions}"
    hashdiff = hk(f"concat({number}, '-', {version})")
    return f"""
        select {hk(number)} as CUSTOMER_HK, {hashdiff} as HASHDIFF, {ATTRIBUTES}, {ts(f"{version} * 10")} as LOAD_DATE,
            'crm' as SOURCE
        from range({keys * versions})"""


def satellite_delta(keys: int, versions: int, rows: int) -> str:
    """Of ten keys one is new, four have changed, five are as before, and one of the last comes a second time, changed."""
    number = chosen(keys, rows)
    version = f"if(id % 10 between 1 and 4, 'new', '{versions - 1}')"
    one, two = (hk(f"concat({number}, '-', {what})") for what in (version, "'again'"))
    return f"""
        select {hk(number)} as CUSTOMER_HK, {one} as HASHDIFF, {ATTRIBUTES}, {ts("500")} as LOAD_DATE, 'crm' as SOURCE
        from range({rows})
        union all
        select {hk(number)} as CUSTOMER_HK, {two} as HASHDIFF, {ATTRIBUTES}, {ts("501")} as LOAD_DATE, 'crm' as SOURCE
        from range({rows}) where id % 10 = 7"""


def effectivity(orders: int) -> str:
    """Per order three rows: with customer a from day 0, that closed on day 100, with customer b from day 100."""
    number, customer, day = "id div 3", "if(id % 3 = 2, 'b', 'a')", "if(id % 3 = 0, 0, 100)"
    return f"""
        select {hk(f"concat('l', {number}, {customer})")} as ORDER_CUSTOMER_HK, {hk(f"concat('o', {number})")} as ORDER_HK,
            {hk(f"concat({number}, {customer})")} as CUSTOMER_HK, {ts("if(id % 3 = 2, 100, 0)")} as START_DATE,
            if(id % 3 = 1, {ts("100")}, {OPEN_END}) as END_DATE, {ts(day)} as EFFECTIVE_FROM, {ts(day)} as LOAD_DATE,
            'shop' as SOURCE
        from range({orders * 3})"""


def effectivity_delta(orders: int, rows: int) -> str:
    """Of ten orders seven go to customer c, two stay with b, one is new."""
    number, customer = chosen(orders, rows), "if(id % 10 in (1, 2), 'b', 'c')"
    return f"""
        select {hk(f"concat('l', {number}, {customer})")} as ORDER_CUSTOMER_HK, {hk(f"concat('o', {number})")} as ORDER_HK,
            {hk(f"concat({number}, {customer})")} as CUSTOMER_HK, {ts("if(id % 10 in (1, 2), 100, 200)")} as START_DATE,
            {OPEN_END} as END_DATE, {ts("200")} as EFFECTIVE_FROM, {ts("200")} as LOAD_DATE, 'shop' as SOURCE
        from range({rows})"""


def multi_active(keys: int) -> str:
    """Per key two sets of three phones."""
    number, load = "id div 6", "id % 6 div 3"
    hashdiff = hk(f"concat({number}, '-', {load}, '-', id % 3)")
    return f"""
        select {hk(number)} as CUSTOMER_HK, cast(id % 3 as string) as PHONE, {ATTRIBUTES}, {hashdiff} as HASHDIFF,
            {ts(f"{load} * 10")} as LOAD_DATE, 'crm' as SOURCE
        from range({keys * 6})"""


def multi_active_delta(keys: int, rows: int) -> str:
    """Of ten keys one is new, four have a phone that changed, five are as before."""
    number = chosen(keys, rows // 3, "(id div 3)")
    version = "if(id div 3 % 10 between 1 and 4 and id % 3 = 2, 'new', '1')"
    hashdiff = hk(f"concat({number}, '-', {version}, '-', id % 3)")
    return f"""
        select {hk(number)} as CUSTOMER_HK, cast(id % 3 as string) as PHONE, {ATTRIBUTES}, {hashdiff} as HASHDIFF,
            {ts("500")} as LOAD_DATE, 'crm' as SOURCE
        from range({rows // 3 * 3})"""


MONTH_ENDS = "select explode(sequence(timestamp'2024-01-31', timestamp'2024-12-31', interval 1 month)) as AS_OF_DATE"
LATE_STAGE = f"select {ts('310')} as LOAD_DATE"

WALK_ROWS = {  # links of the bridge: two orders for each customer, two products for each order
    "LINK_CUSTOMER_ORDER": ("CUSTOMER", "ORDER", 2),
    "LINK_ORDER_PRODUCT": ("ORDER", "PRODUCT", 4),
}


def walk_link(name: str, customers: int) -> str:
    one, other, rows = WALK_ROWS[name]
    way_in, way_out = hk(f"concat('{one}', id div 2)"), hk(f"concat('{other}', id)")
    return f"""
        select {hk(f"concat('{name}', id)")} as {one}_{other}_HK, {way_in} as {one}_HK, {way_out} as {other}_HK,
            {ts("id % 300")} as LOAD_DATE, 'shop' as SOURCE
        from range({customers * rows})"""


def walk_satellite(name: str, customers: int) -> str:
    """Each relationship opens in the year; each third is closed thirty days later."""
    one, other, rows = WALK_ROWS[name]
    key = hk(f"concat('{name}', id)")
    return f"""
        select {key} as {one}_{other}_HK, {OPEN_END} as END_DATE, {ts("id % 300")} as LOAD_DATE
        from range({customers * rows})
        union all
        select {key} as {one}_{other}_HK, {ts("id % 300 + 30")} as END_DATE, {ts("id % 300 + 30")} as LOAD_DATE
        from range({customers * rows}) where id % 3 = 0"""


@dataclass
class Case:
    """One measured load.

    `tables` are read by the model (name -> SQL), `target` fills the target beforehand (none: a first load; "itself": the
    model's own first load). `model` is the text for AutomateDV's interface, `datavault4dbt` the same entity for that package
    where it has one that does the same.
    """

    name: str
    model: str
    tables: dict[str, str]
    target: str | None = None
    datavault4dbt: str | None = None
    config: dict[str, object] = field(default_factory=dict)
    vars: dict[str, object] = field(default_factory=dict)


def cases(scale: float) -> list[Case]:
    """All cases at a scale; 1 is two million hub keys and four million satellite rows."""

    def n(rows: int) -> int:
        return max(int(rows * scale), 30)

    hub_model = (
        "{{ automate_dv.hub(src_pk='CUSTOMER_HK', src_nk='CUSTOMER_ID', src_ldts='LOAD_DATE', src_source='SOURCE',"
        " source_model='stage') }}"
    )
    hub_4 = "{{ datavault4dbt.hub(hashkey='CUSTOMER_HK', business_keys=['CUSTOMER_ID'], source_models='stage') }}"
    link_model = (
        "{{ automate_dv.link(src_pk='ORDER_CUSTOMER_HK', src_fk=['ORDER_HK', 'CUSTOMER_HK'], src_ldts='LOAD_DATE',"
        " src_source='SOURCE', source_model='stage') }}"
    )
    link_4 = (
        "{{ datavault4dbt.link(link_hashkey='ORDER_CUSTOMER_HK', foreign_hashkeys=['ORDER_HK', 'CUSTOMER_HK'],"
        " source_models='stage') }}"
    )
    payload = [f"ATTRIBUTE_{number}" for number in range(1, 7)]
    sat_model = (
        f"{{{{ automate_dv.sat(src_pk='CUSTOMER_HK', src_hashdiff='HASHDIFF', src_payload={payload},"
        " src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stage') }}"
    )
    sat_4 = (
        f"{{{{ datavault4dbt.sat_v0(parent_hashkey='CUSTOMER_HK', src_hashdiff='HASHDIFF', src_payload={payload},"
        " source_model='stage', disable_hwm=true) }}"
    )
    eff_model = (
        "{{ automate_dv.eff_sat(src_pk='ORDER_CUSTOMER_HK', src_dfk='ORDER_HK', src_sfk='CUSTOMER_HK',"
        " src_start_date='START_DATE', src_end_date='END_DATE', src_eff='EFFECTIVE_FROM', src_ldts='LOAD_DATE',"
        " src_source='SOURCE', source_model='stage') }}"
    )
    ma_model = (
        f"{{{{ automate_dv.ma_sat(src_pk='CUSTOMER_HK', src_cdk=['PHONE'], src_payload={payload}, src_hashdiff='HASHDIFF',"
        " src_ldts='LOAD_DATE', src_source='SOURCE', source_model='stage') }}"
    )
    satellites = {
        f"sat_{name}": {"pk": {"PK": "CUSTOMER_HK"}, "ldts": {"LDTS": "LOAD_DATE"}} for name in ("one", "two", "three")
    }
    pit_model = (
        "{{ automate_dv.pit(src_pk='CUSTOMER_HK', as_of_dates_table='as_of', satellites=" + repr(satellites) + ","
        " stage_tables_ldts={'stage': 'LOAD_DATE'}, src_ldts='LOAD_DATE', source_model='hub') }}"
    )
    walk = {
        step: {
            "bridge_link_pk": f"{name}_PK",
            "bridge_end_date": f"{name}_END",
            "bridge_load_date": f"{name}_LOAD",
            "link_table": name.lower(),
            "link_pk": f"{one}_{other}_HK",
            "link_fk1": f"{one}_HK",
            "link_fk2": f"{other}_HK",
            "eff_sat_table": f"eff_{name.lower()}",
            "eff_sat_pk": f"{one}_{other}_HK",
            "eff_sat_end_date": "END_DATE",
            "eff_sat_load_date": "LOAD_DATE",
        }
        for step, (name, (one, other, _)) in zip(("FIRST", "SECOND"), WALK_ROWS.items(), strict=True)
    }
    bridge_model = (
        "{{ automate_dv.bridge(src_pk='CUSTOMER_HK', as_of_dates_table='as_of', bridge_walk=" + repr(walk) + ","
        " stage_tables_ldts={'stage': 'LOAD_DATE'}, src_ldts='LOAD_DATE', source_model='hub') }}"
    )
    pit_tables = {"as_of": MONTH_ENDS, "stage": LATE_STAGE, "hub": hub(n(250_000))} | {
        f"sat_{name}": satellite(n(250_000), versions) for name, versions in (("one", 2), ("two", 3), ("three", 4))
    }
    walkers = n(60_000)
    customer = hk("concat('CUSTOMER', id)")
    bridge_hub = f"select {customer} as CUSTOMER_HK, {ts('0')} as LOAD_DATE from range({walkers})"
    bridge_tables = {"as_of": MONTH_ENDS, "stage": LATE_STAGE, "hub": bridge_hub}
    for name in WALK_ROWS:
        bridge_tables[name.lower()] = walk_link(name, walkers)
        bridge_tables[f"eff_{name.lower()}"] = walk_satellite(name, walkers)
    pit_config = {"materialized": "pit_incremental", "partition_by": ["AS_OF_DATE"]}
    bridge_config = pit_config | {"materialized": "bridge_incremental"}
    end_dating = {"is_auto_end_dating": True}
    keys, many = n(1_000_000), n(2_000_000)
    return [
        Case("hub, first load", hub_model, {"stage": hub(many)}, datavault4dbt=hub_4),
        Case("link, first load", link_model, {"stage": link(many, numbers(many))}, datavault4dbt=link_4),
        Case("sat, first load", sat_model, {"stage": satellite(n(500_000), 4)}, datavault4dbt=sat_4),
        Case("hub, next load", hub_model, {"stage": hub_delta(many, n(200_000))}, hub(many)),
        Case("link, next load", link_model, {"stage": link(many, f"select {chosen(many, n(200_000))} as number from range({n(200_000)})")}, link(many, numbers(many))),
        Case("sat, delta 5 %", sat_model, {"stage": satellite_delta(keys, 4, n(170_000))}, satellite(keys, 4), datavault4dbt=sat_4),
        Case("sat, delta 16 %", sat_model, {"stage": satellite_delta(keys, 4, n(580_000))}, satellite(keys, 4), datavault4dbt=sat_4),
        Case("sat late-safe, delta 5 %", sat_model, {"stage": satellite_delta(keys, 4, n(170_000))}, satellite(keys, 4), datavault4dbt=sat_4, vars={"late_safe_satellites": True}),
        Case("sat late-safe, delta 16 %", sat_model, {"stage": satellite_delta(keys, 4, n(580_000))}, satellite(keys, 4), datavault4dbt=sat_4, vars={"late_safe_satellites": True}),
        Case("eff_sat, next load", eff_model, {"stage": effectivity_delta(n(930_000), n(160_000))}, effectivity(n(930_000)), config=end_dating),
        Case("ma_sat, next load", ma_model, {"stage": multi_active_delta(n(500_000), n(300_000))}, multi_active(n(500_000))),
        Case("pit, first load", pit_model, pit_tables, config=pit_config),
        Case("pit, refresh", pit_model, pit_tables, "itself", config=pit_config),
        Case("bridge, first load", bridge_model, bridge_tables, config=bridge_config),
        Case("bridge, refresh", bridge_model, bridge_tables, "itself", config=bridge_config),
    ]  # fmt: skip
