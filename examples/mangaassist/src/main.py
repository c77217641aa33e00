"""What uvicorn serves: `python -m uvicorn src.main:app`."""

import os

from src.api import create_app
from src.logs import configure_logging
from src.marking import VersionMarking

configure_logging(os.environ.get("LOG_LEVEL", "info"))

app = VersionMarking(create_app())
