"""The rag service, as uvicorn serves it: `python -m uvicorn src.rag.main:app`."""

from src.rag.api import create_app
from src.service import as_served

app = as_served(create_app())
