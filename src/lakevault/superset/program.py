"""Start Superset: prepare its folder, import what assets.py makes, and serve it to this machine until Ctrl-C."""

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from threading import Event
from urllib.request import urlopen

from rich.console import Console

from lakevault import files
from lakevault.errors import LakevaultError
from lakevault.lake import releases
from lakevault.metadata.artifacts import Project
from lakevault.paths import lake_dir, project_dir, target_dir
from lakevault.serve.metrics import Metrics
from lakevault.serve.server import HOST, check_free, is_open
from lakevault.superset import assets

USER = "admin"
# Seconds in which Superset has to answer after its start; one that stops is told at once.
PATIENCE = 600.0


def start(console: Console, port: int, server_port: int, home: Path) -> None:
    """Show dashboards of published Gold in a browser until SIGTERM or Ctrl-C.

    Args:
        console: where to print.
        port: of Superset, on the loopback.
        server_port: where the project's server listens, for JDBC.
        home: folder of Superset's own database, its secret, the password and the log. A second start updates it.

    Raises:
        LakevaultError: Superset is not installed, nothing is published, a port is taken, the project's server does not run, or
            Superset stops; the log says why.
    """
    python = project_dir() / ".venv-superset" / "bin" / "python"
    if not python.exists():
        raise LakevaultError("Apache Superset is not installed: `make superset` installs and starts it.")
    release = releases.chosen(lake_dir(), None)
    check_free(port, "--port")
    if not is_open(server_port):
        raise LakevaultError(
            f"no server listens on port {server_port}: start it in another terminal with `make serve`, or name its port with --server-port."
        )
    home = home.resolve()
    _prepare_folder(home)
    made = assets.bundle(Project(target_dir()), Metrics(target_dir()), release.versions.keys(), server_port)
    assets.write(made, home / "assets")
    with console.status("preparing Superset, which takes a minute the first time ..."):
        _prepare(python, home)
        process = _serve(python, port, home)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        console.print(_told(made, port, home), soft_wrap=True)
        while not ended.wait(1.0):
            _check_running(process, home)
    finally:
        process.terminate()
        process.wait()
    console.print("Superset has stopped")


def _prepare_folder(home: Path) -> None:
    """The folder with its secrets, which nobody else may read."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, size in (("secret", 42), ("password", 12)):
        if not (home / name).is_file():
            files.write(home / name, secrets.token_urlsafe(size))


def _environment(home: Path) -> dict[str, str]:
    config = Path(__file__).with_name("config.py")
    return os.environ | {"LAKEVAULT_SUPERSET_HOME": str(home), "SUPERSET_CONFIG_PATH": str(config)}


def _log(home: Path) -> Path:
    return home / "superset.log"


def _prepare(python: Path, home: Path) -> None:
    command = [str(python), "-I", str(Path(__file__).with_name("inside.py")), str(home), USER]
    with _log(home).open("w") as log:
        done = subprocess.run(command, env=_environment(home), stdout=log, stderr=subprocess.STDOUT)
    if done.returncode:
        raise LakevaultError(f"Superset cannot be prepared; the end of {_log(home)} says why.")


def _serve(python: Path, port: int, home: Path) -> "subprocess.Popen[bytes]":
    """Start Superset's web server, and wait until it answers."""
    options = ["--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--threads", "8", "--chdir", str(home)]
    options += ["--graceful-timeout", "2", "--no-control-socket"]
    command = [str(python), "-I", "-m", "gunicorn", *options, "superset.app:create_app()"]
    with _log(home).open("a") as log:
        # In a process group of its own: Ctrl-C ends this program, and this program ends the web server.
        process = subprocess.Popen(
            command, env=_environment(home), stdout=log, stderr=subprocess.STDOUT, process_group=0
        )
    until = time.monotonic() + PATIENCE
    try:
        while not _answers(port):
            _check_running(process, home)
            if time.monotonic() > until:
                raise LakevaultError(f"Superset does not answer on port {port}; the end of {_log(home)} says why.")
            time.sleep(0.5)
    except BaseException:
        process.terminate()
        raise
    return process


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://{HOST}:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    # It does not listen yet, or does not answer in time.
    except OSError:
        return False


def _check_running(process: "subprocess.Popen[bytes]", home: Path) -> None:
    if process.poll() is not None:
        raise LakevaultError(f"Superset has stopped by itself; the end of {_log(home)} says why.")


def _told(made: dict[str, assets.Asset], port: int, home: Path) -> str:
    dashboards = [asset for asset in made.values() if "dashboard_title" in asset]
    lines = [f"  {assets.address(asset['slug'], port)}  {asset['dashboard_title']}" for asset in dashboards]
    password = (home / "password").read_text()
    return "\n".join(
        [
            "Superset shows the published Gold until Ctrl-C, to this machine only:",
            *lines,
            f"  user {USER}, password {password} (in {home / 'password'})",
        ]
    )
