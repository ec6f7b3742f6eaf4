"""What this deployment is: the demo, or production."""

import os

PRODUCTION = os.environ.get("TREMPLIN_ENV", "demo") == "production"
DEMO = not PRODUCTION
