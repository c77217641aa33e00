"""The classifier proxy, as uvicorn serves it: `python -m uvicorn src.classifier.main:app`. `MODEL_URL`: the model."""

import os

from src.classifier.api import create_app
from src.classifier.proxy import MODEL_SECONDS, Proxy
from src.remote import Remote
from src.service import as_served

_url = os.environ.get("MODEL_URL")
app = as_served(create_app(Proxy(Remote("model", _url, MODEL_SECONDS) if _url else None)))
