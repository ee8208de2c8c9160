"""Releases of Gold, made and published: the views that consumers read are pointed at one state of all tables."""

from rich.console import Console

from lakevault.errors import LakevaultError
from lakevault.lake import releases
from lakevault.paths import lake_dir
from lakevault.pipeline.lock import build_lock


def release(console: Console) -> tuple[int, bool]:
    """Publish Gold as it is now, whose tests are green; gives the number of the release, and whether it is a new one.

    Raises LakevaultError when it cannot be published; then what was published before stays, view by view.
    """
    before = {each.number for each in releases.releases(lake_dir())}
    with console.status("releasing Gold ..."):
        _run(None)
    number = releases.published(lake_dir())
    assert number is not None
    return number, number not in before


def publish(number: int | None, console: Console) -> int:
    """Point consumers at a release, by default the newest one; gives its number. Nothing is copied.

    Raises LakevaultError when there is no such release, or some of its files are gone.
    """
    with build_lock(lake_dir()):
        found = releases.releases(lake_dir())
        if not found:
            raise LakevaultError(
                "there is no release yet: a build whose tests are green makes one (`lakevault build`)."
            )
        chosen = releases.chosen(lake_dir(), found[-1].number if number is None else number)
        gone = [
            table for table, version in chosen.versions.items() if releases.rows_of(lake_dir(), table, version) is None
        ]
        if gone:
            raise LakevaultError(
                f"release {chosen.number} can no longer be read: of {', '.join(gone)} the version that belongs to it is gone. "
                "Releases are kept for 60 days."
            )
        with console.status(f"publishing release {chosen.number} ..."):
            _run(chosen.number)
    return chosen.number


def before_published() -> int:
    """Number of the release before the published one. Raises LakevaultError when there is none."""
    published = releases.published(lake_dir())
    earlier = [each.number for each in releases.releases(lake_dir()) if published and each.number < published]
    if not earlier:
        raise LakevaultError("there is no release before the published one to go back to (`lakevault releases`).")
    return max(earlier)


def _run(number: int | None) -> None:
    from lakevault.pipeline import dbt_runner
    from lakevault.pipeline.spark import session

    session()
    dbt_runner.operate("publish_gold", **({"release": number} if number else {}))
