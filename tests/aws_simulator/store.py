"""moto in this process: the store of the resources that do not move.

moto's server is a WSGI application; it is called without a socket. The parts of it that are wrong or missing are
answered by the modules in services/, which use it through `Store.call` as a client of AWS would.
"""
import io
import json
import os

import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.parsers
import botocore.response
import botocore.session

from .problems import AwsError
from .service_models import HttpRequest

# moto reads the environment for credentials of its own, and half a key pair there breaks Lambda and API Gateway in it.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # thousands of images that no test asks for, read at each reset

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.test import EnvironBuilder, run_wsgi_app  # noqa: E402

ACCOUNT = "123456789012"


class UnsupportedByStore(Exception):
    """moto does not have the operation, or broke on it; the message says how."""


class _Dispatcher(DomainDispatcherApplication):
    """moto's own finds the part of it that answers for a host by listing its folders, for each request anew."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._parts: dict = {}

    def get_backend_for_host(self, host: str | None):
        if host not in self._parts:
            self._parts[host] = super().get_backend_for_host(host)
        return self._parts[host]


class Store:
    """moto's resources. `call` is for operations by name, `raw` for a request as it came."""

    def __init__(self):
        self._application = _Dispatcher()
        self._clients: dict = {}
        self._session = botocore.session.Session()
        self.reset()

    def reset(self) -> None:
        """Forgets every resource."""
        self._post("/moto-api/reset", b"")
        # Without this moto looks for a container engine when a function is made.
        self._post("/moto-api/config", json.dumps({"lambda": {"use_docker": False}, "batch": {"use_docker": False}}).encode())

    def call(self, account: str, region: str, service: str, operation: str, arguments: dict) -> dict:
        """The operation's output, streams as bytes. Raises AwsError for moto's errors and UnsupportedByStore where moto cannot do it."""
        client = self._client(account, region, service)
        method = getattr(client, botocore.xform_name(operation))
        try:
            output = method(**arguments)
        except botocore.exceptions.ClientError as why:
            error, status = why.response["Error"], why.response["ResponseMetadata"].get("HTTPStatusCode", 400)
            if error.get("Code") in ("500", "404", "405", "", None) or "<html" in error.get("Message", "").lower():
                raise UnsupportedByStore(f"{service}.{operation}: {status} {error.get('Message', '')[:300]}") from why
            raise AwsError(error["Code"], error.get("Message", ""), status) from why
        except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError) as why:
            raise UnsupportedByStore(f"{service}.{operation}: {why}") from why
        output.pop("ResponseMetadata", None)
        return {name: value.read() if isinstance(value, botocore.response.StreamingBody) else value
                for name, value in output.items()}

    def raw(self, account: str, request: HttpRequest) -> tuple[int, list[tuple[str, str]], bytes]:
        """moto's answer to the request as it is: status, headers, body."""
        builder = EnvironBuilder(
            method=request.method, path=request.path, query_string=request.query,
            base_url=f"http://{request.header('host')}", input_stream=io.BytesIO(request.body),
            headers=[(k, v) for k, v in request.headers if k.lower() not in ("expect", "connection")]
            + [("x-moto-account-id", account)])
        environ = builder.get_environ()
        environ["CONTENT_LENGTH"] = str(len(request.body))
        try:
            chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            body = b"".join(chunks)
        except Exception as why:  # moto's own defects come up as whatever they are
            raise UnsupportedByStore(f"{request.method} {request.path}: {type(why).__name__}: {why}") from why
        return int(status.split()[0]), list(headers.items()), body

    def _post(self, path: str, body: bytes) -> None:
        status, _, answer = self.raw(ACCOUNT, HttpRequest("POST", path, "", [
            ("host", "localhost"), ("content-type", "application/json")], body))
        if status not in (200, 201):
            raise UnsupportedByStore(f"{path}: {status} {answer[:200]!r}")

    def _client(self, account: str, region: str, service: str):
        key = (account, region, service)
        if key not in self._clients:
            client = self._session.create_client(
                service, region_name=region, aws_access_key_id="store", aws_secret_access_key="store",
                endpoint_url="http://localhost",
                config=botocore.config.Config(retries={"max_attempts": 0}, parameter_validation=False,
                                              s3={"addressing_style": "path"}))
            client.meta.events.register("before-send", lambda request, **_: self._send(account, request))
            self._clients[key] = client
        return self._clients[key]

    def _send(self, account: str, request):
        path, _, query = request.url.removeprefix("http://localhost").partition("?")
        text = lambda value: value.decode() if isinstance(value, bytes) else value
        headers = [(key, text(value)) for key, value in request.headers.items()] + [("host", "localhost")]
        body = request.body or b""
        if hasattr(body, "read"):
            body = body.read()
        status, answer_headers, answer = self.raw(account, HttpRequest(
            request.method, path or "/", query, headers, body.encode() if isinstance(body, str) else body))
        return botocore.awsrequest.AWSResponse(
            request.url, status, botocore.awsrequest.HeadersDict(answer_headers), _Raw(answer))


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_):
        while chunk := self.read(65536):
            yield chunk
