"""dbt's own documentation page, with its data inside, so that it opens without a server."""

import json
from pathlib import Path
from typing import Any

from dbt.task.docs import DOCS_INDEX_FILE_PATH

from lakevault.errors import LakevaultError
from lakevault.site.content import SiteContent


def write(content: SiteContent, to: Path) -> None:
    """Write the catalogue into a folder; what expires says so, and macros of packages that stand in for the dbt Hub's are hidden.

    Raises:
        LakevaultError: dbt's page has changed, so that its data cannot be put in.
    """
    project = content.project
    for macro in project.manifest["macros"].values():
        if macro["package_name"] not in {project.manifest["metadata"]["project_name"], "automate_dv_spark"}:
            macro["docs"]["show"] = False
    for table in project.tables.values():
        if table.provisional:
            node = project.manifest["nodes"][table.id]
            node["description"] = f"{table.provisional} {node['description']}"
    # Spark's catalog does not know the number of rows of a Delta table and says 0.
    for table in project.tables.values():
        stats = project.catalog["sources" if table.kind == "source" else "nodes"].get(table.id, {}).get("stats", {})
        if "rows" in stats:
            stats["rows"]["value"] = content.table_status[table.name].rows
    page = Path(DOCS_INDEX_FILE_PATH).read_text()
    # The places that `dbt docs generate --static` fills.
    for place, data in (("MANIFEST", project.manifest), ("CATALOG", project.catalog)):
        marker = f'"{place}.JSON INLINE DATA"'
        if marker not in page:
            raise LakevaultError(f"dbt's documentation page no longer has {marker}: see site/catalogue.py.")
        page = page.replace(marker, _inline(data))
    to.mkdir(parents=True)
    (to / "index.html").write_text(page)


def _inline(data: dict[str, Any]) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
