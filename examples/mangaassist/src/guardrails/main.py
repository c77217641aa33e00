"""The guardrails service, as uvicorn serves it: `python -m uvicorn src.guardrails.main:app`."""

from src.guardrails.api import create_app
from src.service import as_served

app = as_served(create_app())
