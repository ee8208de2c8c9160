"""How far the delivery loop has come, kept beside the lake."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from lakevault.errors import LakevaultError
from lakevault.files import read_json, write_json


class State:
    """How far the loop has come. Losing it costs time only: all is built again, and nothing is added."""

    def __init__(self, lake: Path) -> None:
        self._path = lake / "state.json"
        self._content: dict[str, Any] = {}
        with suppress(LakevaultError):
            self._content = read_json(self._path) or {}

    @property
    def silver(self) -> int:
        """Load id of the last delivery that Silver and the snapshots hold; 0 for none."""
        return int(self._content.get("silver", 0))

    @property
    def silver_code(self) -> str:
        """Fingerprint of the code that last built all of Silver."""
        return str(self._content.get("silver_code", ""))

    @property
    def published(self) -> str:
        """Fingerprint of the code that built the published Gold; empty when Gold is behind Silver."""
        return str(self._content.get("published", ""))

    @property
    def pending(self) -> list[str]:
        """Tests that failed and nodes that were skipped when Gold was published last; they run again at the next build."""
        return list(self._content.get("pending", []))

    def save(self, silver: int, silver_code: str, published: str = "", pending: list[str] | None = None) -> None:
        """Write the state in one step; what is pending stays so unless a new list is given."""
        self._content = {
            "silver": silver,
            "silver_code": silver_code,
            "published": published,
            "pending": self.pending if pending is None else pending,
        }
        write_json(self._path, self._content)
