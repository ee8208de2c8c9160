"""Runs in Superset's own environment, and therefore imports nothing of this project: it prepares Superset's metadata database.

    python inside.py <home> <user>

The folder `home` has the password of the user, and in `assets/` what is to be imported. A second run updates what the first one made.
"""

import sys
from pathlib import Path


def prepare(home: Path, user: str) -> None:
    """Bring the metadata database up to date, create the user, and import the assets."""
    # Superset reads its configuration while it is imported.
    from superset.app import create_app
    from superset.cli.main import superset

    for command in (["db", "upgrade"], ["init"]):
        superset.main(args=command, prog_name="superset", standalone_mode=False)
    with create_app().app_context():
        from superset import db, security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.connectors.sqla.models import SqlaTable
        from superset.models.dashboard import Dashboard
        from superset.models.slice import Slice
        from superset.utils.core import override_user

        password = (home / "password").read_text()
        administrator = security_manager.find_user(user) or security_manager.add_user(
            user, "Admin", "of this machine", f"{user}@localhost", security_manager.find_role("Admin"), password
        )
        # The one that was printed is the one that works, even if somebody has deleted the file or changed it in Superset.
        security_manager.reset_password(administrator.id, password)
        assets = {
            str(path.relative_to(home / "assets")): path.read_text() for path in (home / "assets").rglob("*.yaml")
        }
        with override_user(administrator):
            ImportAssetsCommand(assets).run()
            # What an earlier run imported, and the project no longer has. A dataset stays while a chart of a person needs it.
            for model in (Dashboard, Slice, SqlaTable):
                for asset in db.session.query(model).filter_by(is_managed_externally=True).all():
                    needed = model is SqlaTable and db.session.query(Slice).filter_by(datasource_id=asset.id).count()
                    if not needed and not any(str(asset.uuid) in text for text in assets.values()):
                        db.session.delete(asset)
                db.session.flush()
            db.session.commit()


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), sys.argv[2])
