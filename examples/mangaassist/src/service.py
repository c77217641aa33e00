"""What every service has: a log line a request, /health, JSON logs, and answers marked with the version."""

import logging
import os
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from src import request_id
from src.logs import configure_logging, level_of_environment
from src.marking import VersionMarking
from src.measures import measures_of
from src.version import VERSION


def create_service(title: str, log: logging.Logger, health: Callable[[], dict[str, object]]) -> FastAPI:
    """An application that logs each request to `log` and answers /health.

    `health` gives what the answer says besides, and raises OSError or ValueError when the service cannot work. It asks
    no other service: an outage of one must not end all the replicas of another.
    """
    app = FastAPI(title=title, version=VERSION)
    measures = measures_of(os.environ)

    @app.middleware("http")
    async def log_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        started = time.perf_counter()
        fields: dict[str, object] = {
            "method": request.method,
            "path": request.url.path,
            "request_id": request_id.begin(request.headers.get(request_id.HEADER, "")),
            "version": VERSION,
        }
        try:
            response = await call_next(request)
        except Exception:
            took = _since(started)
            log.exception("request failed", extra=fields | {"status": 500, "ms": took} | measures(500, took))
            return JSONResponse({"detail": "internal error"}, status_code=500)
        took = _since(started)
        fields |= {"status": response.status_code, "ms": took}
        if request.url.path == "/health":
            log.debug("request", extra=fields)
        else:
            log.info("request", extra=fields | measures(response.status_code, took))
        return response

    @app.get("/health")
    async def answer_health() -> Response:
        """200 when the service can answer."""
        try:
            state = health()
        except (OSError, ValueError) as error:
            log.warning("not healthy", extra={"cause": str(error)})
            return JSONResponse({"status": "not healthy", "version": VERSION}, status_code=503)
        return JSONResponse({"status": "ok", "version": VERSION} | state)

    return app


def as_served(app: ASGIApp) -> ASGIApp:
    """The application as uvicorn serves it: logs set up by `LOG_LEVEL`, every answer marked with the version."""
    configure_logging(level_of_environment())
    return VersionMarking(app)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
