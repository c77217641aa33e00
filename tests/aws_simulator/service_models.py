"""botocore's service models: which service and operation an HTTP request is meant for.

The models are the ones in the PyPI package botocore (data/<service>/<version>/service-2.json); they say the protocol, the
path, the members and the errors of each operation, and this simulator accepts and answers nothing else.
"""
import dataclasses
import re
import urllib.parse

import botocore.loaders
import botocore.model

from .problems import AwsError

# Every service that the simulator can be asked for, by botocore's names and by the kind of protocol: a model is loaded
# only when a request may be for it.
CBOR_SERVICES = ("codedeploy", "cloudwatch")
JSON_SERVICES = ("ecs", "codedeploy", "cloudwatch", "ecr", "secretsmanager", "ssm", "events", "logs",
                 "application-autoscaling", "kms", "acm", "sqs")
FORM_SERVICES = ("elbv2", "sts", "cloudwatch", "sns", "iam", "sqs", "ec2")
REST_SERVICES = ("amp", "lambda", "apigateway", "apigatewayv2", "appconfig", "appconfigdata", "s3", "sso", "sso-oidc")

# What a workspace is asked in Prometheus' own API is no part of botocore's model of amp.
# https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-APIReference-QueryMetrics.html
_IN_QUERY = {name: {"shape": "String", "location": "querystring", "locationName": name} for name in ("query", "time", "timeout")}
QUERY_METRICS = {
    "name": "QueryMetrics",
    "http": {"method": "POST", "requestUri": "/workspaces/{workspaceId}/api/v1/query", "responseCode": 200},
    "input": {"shape": "QueryMetricsRequest"},
    "errors": [{"shape": name} for name in ("AccessDeniedException", "ResourceNotFoundException", "ThrottlingException")]}
QUERY_METRICS_REQUEST = {
    "type": "structure", "required": ["workspaceId", "query"],
    "members": {"workspaceId": {"shape": "WorkspaceId", "location": "uri", "locationName": "workspaceId"}, **_IN_QUERY}}


@dataclasses.dataclass
class HttpRequest:
    """One request as it came over the wire. `path` and `query` are raw: still percent-encoded, exactly as sent."""
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str, default: str = "") -> str:
        """The first header of that name, whatever its case."""
        name = name.lower()
        return next((value for key, value in self.headers if key.lower() == name), default)

    def query_pairs(self) -> list[tuple[str, str]]:
        """The query's decoded pairs in their order; a name without `=` has an empty value."""
        pairs = []
        for piece in self.query.split("&"):
            if piece:
                name, _, value = piece.partition("=")
                pairs.append((urllib.parse.unquote(name), urllib.parse.unquote(value)))
        return pairs


@dataclasses.dataclass
class Route:
    """An operation's place in a REST service."""
    operation: str
    method: str
    pattern: re.Pattern
    query: list[tuple[str, str]]
    literal: int
    # Names of the query and of headers without which it is another operation at the same place: S3 has such (an upload's
    # part is a PUT with partNumber, API_UploadPart.html; a copy one with x-amz-copy-source, API_CopyObject.html).
    needed_query: frozenset[str] = frozenset()
    needed_headers: frozenset[str] = frozenset()


@dataclasses.dataclass
class Target:
    """What a request is meant for. `labels` holds the decoded parts of a REST path by name."""
    service: str
    protocol: str
    operation: botocore.model.OperationModel
    labels: dict[str, str]


class ServiceModels:
    """The models, each loaded when first asked for."""

    def __init__(self):
        self._loader = botocore.loaders.Loader()
        self._models: dict[str, botocore.model.ServiceModel] = {}
        self._routes: dict[str, list[Route]] = {}

    def model(self, service: str) -> botocore.model.ServiceModel:
        if service not in self._models:
            loaded = self._loader.load_service_model(service, "service-2")
            if service == "amp":
                loaded["operations"]["QueryMetrics"] = QUERY_METRICS
                loaded["shapes"]["QueryMetricsRequest"] = QUERY_METRICS_REQUEST
            self._models[service] = botocore.model.ServiceModel(loaded, service)
        return self._models[service]

    def operation(self, service: str, name: str) -> botocore.model.OperationModel:
        return self.model(service).operation_model(name)

    def target_of(self, request: HttpRequest, signing_name: str | None) -> Target:
        """The operation that `request` asks for. Raises AwsError (UnknownOperationException) where there is none.

        `signing_name` is the service in the signature's credential scope, None for a request that is not signed.
        """
        if request.header("smithy-protocol") == "rpc-v2-cbor":
            return self._rpc_v2_target(request)
        if request.header("x-amz-target"):
            return self._json_target(request)
        form = request.header("content-type").startswith("application/x-www-form-urlencoded")
        if form and signing_name not in ("s3", "lambda", "aps"):
            return self._query_target(request, signing_name)
        return self._rest_target(request, signing_name)

    def _rpc_v2_target(self, request: HttpRequest) -> Target:
        # https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html: POST /service/{name}/operation/{name}
        found = re.fullmatch(r"/service/([^/]+)/operation/([^/]+)", request.path)
        for service in CBOR_SERVICES:
            model = self.model(service)
            if found and model.metadata.get("targetPrefix") == found[1] and found[2] in model.operation_names:
                return Target(service, "smithy-rpc-v2-cbor", self.operation(service, found[2]), {})
        raise AwsError("UnknownOperationException", f"no operation at {request.path}", 404)

    def _json_target(self, request: HttpRequest) -> Target:
        prefix, _, name = request.header("x-amz-target").rpartition(".")
        for service in JSON_SERVICES:
            model = self.model(service)
            if model.metadata.get("targetPrefix") == prefix and name in model.operation_names:
                return Target(service, "json", self.operation(service, name), {})
        raise AwsError("UnknownOperationException", f"no operation {request.header('x-amz-target')!r}")

    def _query_target(self, request: HttpRequest, signing_name: str | None) -> Target:
        form = dict(urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True))
        action, version = form.get("Action", ""), form.get("Version", "")
        for service in FORM_SERVICES:
            model = self.model(service)
            protocol = next((p for p in ("query", "ec2") if p in model.metadata.get("protocols", [])), None)
            if protocol and model.api_version == version and action in model.operation_names:
                if signing_name in (None, self.signing_name(service)):
                    return Target(service, protocol, self.operation(service, action), {})
        raise AwsError("InvalidAction", f"The action {action!r} of version {version!r} is not valid for this endpoint")

    def _rest_target(self, request: HttpRequest, signing_name: str | None) -> Target:
        names = [s for s in REST_SERVICES if signing_name == self.signing_name(s)
                 or signing_name is None and s.startswith("sso")]
        pairs = request.query_pairs()
        best = None
        for service in names:
            for route in self._routes_of(service):
                found = route.pattern.fullmatch(request.path) if route.method == request.method else None
                if not found or any((name, value) not in pairs if value else name not in dict(pairs)
                                    for name, value in route.query):
                    continue
                if not route.needed_query <= dict(pairs).keys() or not all(map(request.header, route.needed_headers)):
                    continue
                rank = (len(route.query) + len(route.needed_query) + len(route.needed_headers), route.literal)
                if best is None or rank > best[0]:
                    best = rank, service, route, found
        if best is None:
            raise AwsError("UnknownOperationException", f"no operation {request.method} {request.path}", 404)
        _, service, route, found = best
        labels = {_label(name): urllib.parse.unquote(value) for name, value in found.groupdict().items()}
        return Target(service, self.model(service).metadata["protocol"], self.operation(service, route.operation),
                      labels)

    def signing_name(self, service: str) -> str:
        model = self.model(service)
        return model.metadata.get("signingName", model.endpoint_prefix)

    def _routes_of(self, service: str) -> list[Route]:
        if service not in self._routes:
            model = self.model(service)
            self._routes[service] = [_route(name, model.operation_model(name)) for name in model.operation_names]
            self._routes[service] += [dataclasses.replace(route, method="GET") for route in self._routes[service]
                                      if route.operation == "QueryMetrics"]
        return self._routes[service]


def _route(name: str, operation: botocore.model.OperationModel) -> Route:
    http = operation.http
    path, _, query = http["requestUri"].partition("?")
    pattern, literal = "", 0
    for piece in re.split(r"(\{[^}]+\})", path):
        if piece.startswith("{"):
            rest = ".+" if piece.endswith("+}") else "[^/]+"
            pattern += f"(?P<{_group(piece.strip('{}+'))}>{rest})"
        else:
            pattern += re.escape(piece)
            literal += len(piece)
    constants = [(n, v) for n, _, v in (q.partition("=") for q in query.split("&")) if n]
    needed: dict[str, set[str]] = {"querystring": set(), "header": set()}
    shape = operation.input_shape
    for member in shape.required_members if shape and operation.service_model.service_name == "s3" else ():
        where = shape.members[member].serialization
        needed.get(where.get("location"), set()).add(where.get("name", ""))
    return Route(name, http["method"], re.compile(pattern + "/?"), constants, literal, frozenset(needed["querystring"]),
                 frozenset(needed["header"]))


# A group's name in a pattern takes letters, digits and underscores only; labels have hyphens too.
def _group(label: str) -> str:
    return "g_" + label.replace("-", "__")


def _label(group: str) -> str:
    return group[2:].replace("__", "-")
