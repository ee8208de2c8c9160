"""Small files that are there whole or not at all, and checksums of files."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from lakevault.errors import LakevaultError


def write(path: Path, content: str | bytes) -> None:
    """Write a file in one step: a reader, and a start after a kill, sees the old content or the new one.

    The folder has to be there. Two processes may write the same file at the same time; the last one wins. Two threads may not.
    """
    # Its name tells every scan of a folder that it is still being written.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    temporary.replace(path)


def write_json(path: Path, content: Any) -> None:
    """Write a value as JSON, in one step."""
    write(path, json.dumps(content))


def read_json(path: Path) -> Any:
    """The value in a JSON file; None when there is no such file. Raises LakevaultError when it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise LakevaultError(f"{path} cannot be read as JSON ({error}).") from error


def sha256(path: Path) -> str:
    """SHA-256 of the bytes of a file, as 64 hexadecimal digits. Raises OSError when it cannot be read."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
