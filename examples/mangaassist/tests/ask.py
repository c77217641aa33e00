"""A request to an application in this process."""

import asyncio

import httpx
from starlette.types import ASGIApp

from src.marking import VersionMarking


def ask(
    app: ASGIApp, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(VersionMarking(app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, json=body, headers=headers)

    return asyncio.run(send())
