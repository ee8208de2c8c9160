"""One build at a time: the embedded metastore allows one process, and local Delta commits are not safe between two."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakevault.errors import LakevaultError

_held: set[Path] = set()


@contextmanager
def build_lock(lake: Path) -> Iterator[None]:
    """Hold the lake for this process, which may hold it already. The operating system frees the lock of a killed process.

    Raises LakevaultError at once, naming the holder, when another build is running.
    """
    if lake in _held:
        yield
        return
    lake.mkdir(parents=True, exist_ok=True)
    with (lake / "build.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise LakevaultError(
                f"another build is using {lake}/ (process {holder}): wait until it has ended."
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        _held.add(lake)
        try:
            yield
        finally:
            _held.remove(lake)
