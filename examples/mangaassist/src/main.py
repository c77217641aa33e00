"""The orchestrator, as uvicorn serves it: `python -m uvicorn src.main:app`."""

import os

from src.api import create_app
from src.flags import flags_of
from src.service import as_served
from src.services import services_of

app = as_served(create_app(services_of(os.environ), flags_of(os.environ)))
