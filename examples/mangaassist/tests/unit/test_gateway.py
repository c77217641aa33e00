import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator, validate

from src.api import create_app

GATEWAY = Path(__file__).parents[2] / "gateway"
# An ARN by which API Gateway calls a Lambda function, by an alias that a stage variable holds.
LAMBDA = re.compile(
    r"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
    r"arn:aws:lambda:eu-west-1:123456789012:function:mangaassist-(\w+):\$\{stageVariables\.(\w+)\}/invocations"
)
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


@pytest.fixture(scope="module")
def rest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((GATEWAY / "rest.openapi.yaml").read_text())
    return loaded


@pytest.fixture(scope="module")
def websocket() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GATEWAY / "websocket.json").read_text())
    return loaded


def operations(rest: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, operation) for path, item in rest["paths"].items() for method, operation in item.items()]


def test_the_rest_api_is_valid_openapi_of_the_version_that_is_imported(rest: dict[str, Any]) -> None:
    validate(rest, cls=OpenAPIV30SpecValidator)
    assert rest["openapi"].startswith("3.0.")


def test_every_operation_has_an_integration_that_gives_up_before_the_gateway_does(rest: dict[str, Any]) -> None:
    for path, _, operation in operations(rest):
        integration = operation["x-amazon-apigateway-integration"]
        assert integration["type"] in ("http_proxy", "aws_proxy"), path
        assert integration["timeoutInMillis"] < 29_000, path


def test_the_orchestrator_serves_what_is_sent_to_it(rest: dict[str, Any]) -> None:
    served = create_app().openapi()["paths"]
    for path, method, operation in operations(rest):
        integration = operation["x-amazon-apigateway-integration"]
        if integration["type"] != "http_proxy":
            continue
        assert method in served[path]
        assert integration["httpMethod"] == method.upper()
        assert integration["uri"] == "http://${stageVariables.orchestrator_host}" + path
        assert integration["connectionType"] == "VPC_LINK"
        assert integration["requestParameters"]["integration.request.header.x-request-id"] == "context.requestId"


@pytest.mark.parametrize("name", ["ChatRequest", "ChatResponse", "ClassifyRequest", "ClassifyResponse"])
def test_bodies_are_those_of_the_orchestrator(rest: dict[str, Any], name: str) -> None:
    served, said = create_app().openapi()["components"]["schemas"][name], rest["components"]["schemas"][name]
    assert set(said["properties"]) == set(served["properties"])
    assert said["required"] == served["required"]
    for key, schema in said["properties"].items():
        # What may be null is one of two in OpenAPI 3.1, in which the orchestrator describes itself.
        whole = served["properties"][key]
        exact = whole["anyOf"][0] if "anyOf" in whole else whole
        for limit in ("type", "minLength", "maxLength"):
            assert schema.get(limit) == exact.get(limit), (name, key, limit)


def test_services_among_themselves_are_not_reached_from_outside(
    rest: dict[str, Any], websocket: dict[str, Any]
) -> None:
    assert not [path for path in rest["paths"] if path.startswith("/internal")]
    assert "/internal" not in json.dumps(rest) + json.dumps(websocket)


def test_functions_are_called_by_the_alias_that_a_stage_variable_holds(
    rest: dict[str, Any], websocket: dict[str, Any]
) -> None:
    integrations = [operation["x-amazon-apigateway-integration"] for _, _, operation in operations(rest)]
    uris = [integration["uri"] for integration in integrations if integration["type"] == "aws_proxy"]
    uris += [integration["IntegrationUri"] for integration in websocket["Integrations"].values()]
    found = [LAMBDA.fullmatch(uri) for uri in uris]
    assert [one and one.groups() for one in found] == [("overflow", "overflow_alias"), ("websocket", "websocket_alias")]


def test_every_stage_variable_that_is_used_is_given_and_no_other(
    rest: dict[str, Any], websocket: dict[str, Any]
) -> None:
    assert set(STAGE_VARIABLE.findall(json.dumps(rest))) == set(rest["x-stage-variables"])
    assert set(STAGE_VARIABLE.findall(json.dumps(websocket))) == set(websocket["Stage"]["StageVariables"])


def test_every_placeholder_and_stage_variable_is_explained(rest: dict[str, Any], websocket: dict[str, Any]) -> None:
    explained = set(re.findall(r"`(<?\w+>?)`", (GATEWAY / "README.md").read_text()))
    used = set(re.findall(r"<[A-Z_]+>", json.dumps(rest) + json.dumps(websocket)))
    assert used | set(rest["x-stage-variables"]) | set(websocket["Stage"]["StageVariables"]) <= explained


def test_every_websocket_route_has_an_integration(websocket: dict[str, Any]) -> None:
    routes = {route["RouteKey"]: route for route in websocket["Routes"]}
    assert set(routes) == {"$connect", "$disconnect", "$default"}
    for route in routes.values():
        assert route["Target"].removeprefix("integrations/") in websocket["Integrations"]
    for integration in websocket["Integrations"].values():
        assert integration["IntegrationType"] == "AWS_PROXY"
        assert integration["IntegrationMethod"] == "POST"
        assert integration["TimeoutInMillis"] < 29_000


def test_a_message_is_answered_through_a_route_response(websocket: dict[str, Any]) -> None:
    default = next(route for route in websocket["Routes"] if route["RouteKey"] == "$default")
    assert default["RouteResponseSelectionExpression"] == "$default"
    assert {"RouteKey": "$default", "RouteResponseKey": "$default"} in websocket["RouteResponses"]
