"""The configuration of Apache Superset, which reads this file in its own environment (SUPERSET_CONFIG_PATH)."""

import os
from pathlib import Path

_home = Path(os.environ["LAKEVAULT_SUPERSET_HOME"])
SECRET_KEY = (_home / "secret").read_text()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_home / 'superset.db'}"
# Answers are not kept: a chart shows the release that is published when somebody looks. What is kept is what a person has
# filtered for the moment.
FILTER_STATE_CACHE_CONFIG = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(_home / "filters")}
EXPLORE_FORM_DATA_CACHE_CONFIG = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(_home / "explored")}
# Seconds that a browser waits for a chart. Spark's first answers take long.
SUPERSET_WEBSERVER_TIMEOUT = 300
# Browsers load nothing from elsewhere: no map, no font, no telemetry.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    # To this machine only, so without TLS.
    "force_https": False,
    "session_cookie_secure": False,
}
