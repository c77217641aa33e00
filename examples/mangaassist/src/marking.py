"""Marks every answer with the version that gave it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.version import VERSION

HEADER = b"x-app"


class VersionMarking:
    """An ASGI layer that adds `x-app: VERSION`.

    It is the outermost layer, outside the framework's own error handling, so that the answer to an unexpected
    failure (500) carries the mark too: who reads an answer without it knows that the service did not give it.
    """

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection (the ASGI interface)."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (HEADER, VERSION.encode())]
            await send(message)

        await self.inner(scope, receive, marked)
