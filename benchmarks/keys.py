"""What keys weigh in an import of Power BI: hash keys as they are in Gold, compared with whole numbers.

    make bench-keys

The table is that of all till lines of the sample, with the columns of `fct_sale_lines` and the keys of the dimensions that it joins.
Its size is that of a Parquet file with a dictionary for each column and without compression: the values once, and of each
row the position of its value in as few bits as it takes, runs shortened. Power BI's engine stores columns in the same way; it also
sorts rows for longer runs, stores texts and numbers in its own way, and adds an index of each dictionary. So this says
which columns weigh something, and not how large the file of Power BI is.
"""

import tempfile
from hashlib import md5
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lakevault.sample.real import read

MIB = 2**20


def hashed(values: pd.Series) -> pd.Series:
    """Hash keys as the vault makes them: 32 hexadecimal digits."""
    keys = {value: md5(str(value).encode()).hexdigest().upper() for value in values.unique()}
    return values.map(keys)


def numbered(values: pd.Series) -> pd.Series:
    """Whole numbers in place of the values."""
    return pd.Series(pd.factorize(values)[0], dtype="int32")


MAKERS = {"hash": hashed, "number": numbered}


def sizes(frame: pd.DataFrame) -> dict[str, float]:
    """MiB of each column with a dictionary, without compression."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        table = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(
            table,
            path,
            compression="none",
            use_dictionary=True,
            dictionary_pagesize_limit=2**30,
            row_group_size=len(frame),
            write_statistics=False,
        )
        group = pq.ParquetFile(path).metadata.row_group(0)
        columns = [group.column(i) for i in range(group.num_columns)]
        return {column.path_in_schema: column.total_uncompressed_size / MIB for column in columns}


def main() -> None:
    """Print the sizes."""
    lines = read("transactions")
    sold_at = pd.to_datetime(lines.transaction_timestamp)
    # A product has a version for each list price: here one per half year.
    version = lines.product_id.astype(str) + "||" + (sold_at.dt.month > 6).astype(str)
    keys = {
        "customer_sk": lines.household_id.astype(str),
        "product_sk": version,
        "store_hk": lines.store_id.astype(str),
    }
    line = pd.Series(range(len(lines))).astype(str)
    others = pd.DataFrame(
        {
            "date_key": sold_at.dt.strftime("%Y%m%d").astype("int32"),
            "basket_bk": lines.basket_id.astype(str),
            "sold_at": sold_at,
            "quantity": lines.quantity.astype("int64"),
            "sales_amount": (lines.sales_value * 100).round().astype("int64"),
            "retail_discount_amount": (lines.retail_disc * 100).round().astype("int64"),
            "coupon_discount_amount": (lines.coupon_disc * 100).round().astype("int64"),
            "coupon_match_discount_amount": (lines.coupon_match_disc * 100).round().astype("int64"),
        }
    )
    fact = {kind: sizes(pd.DataFrame({name: make(key) for name, key in keys.items()})) for kind, make in MAKERS.items()}
    of_dimensions = {
        kind: {
            name: sizes(make(key.drop_duplicates().reset_index(drop=True)).to_frame("key"))["key"]
            for name, key in keys.items()
        }
        for kind, make in MAKERS.items()
    }
    rest = sizes(others)
    print(f"{len(lines):,} till lines; MiB, dictionary-encoded, not compressed")
    print(f"{'column':32}{'values':>12}{'hash':>9}{'number':>9}")
    print(f"{'sale_line_hk':32}{len(lines):12,}{sizes(hashed(line).to_frame('key'))['key']:9.1f}{'':>9}")
    for name, key in keys.items():
        print(f"{name:32}{key.nunique():12,}{fact['hash'][name]:9.1f}{fact['number'][name]:9.1f}")
        print(
            f"{'  in its dimension':32}{'':>12}{of_dimensions['hash'][name]:9.1f}{of_dimensions['number'][name]:9.1f}"
        )
    for name, size in rest.items():
        print(f"{name:32}{others[name].nunique():12,}{size:9.1f}{size:9.1f}")
    totals = {
        kind: sum(fact[kind].values()) + sum(of_dimensions[kind].values()) + sum(rest.values()) for kind in MAKERS
    }
    print(f"{'all but sale_line_hk':32}{'':>12}{totals['hash']:9.1f}{totals['number']:9.1f}")


if __name__ == "__main__":
    main()
