"""A process that is new answers its first request as fast as any: all it loads was loaded before it parted."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import portal.wsgi
from portal.operations import web
from django.db import connection
from django.template import engines
web.when_ready(None)
import sys
cached = engines["django"].engine.template_loaders[0].get_template_cache
print("portal.views.health" in sys.modules, "payouts.desks.batches" in sys.modules, connection.connection)
import gc
print(gc.get_freeze_count() > 100_000)
print(all(name in cached for name in ("base.html", "applications/application_edit.html", "admin/base_site.html")))
"""


def test_addresses_and_templates_are_loaded_and_the_database_is_left_alone() -> None:
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "DEBUG": "0"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True", "None", "True", "True"], done.stderr
