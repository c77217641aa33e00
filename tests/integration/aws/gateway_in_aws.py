"""Stages of API Gateway, and the real program in folders of its own that swaps them."""

import json
from pathlib import Path

from aws_simulator import Simulator
from botocore.client import BaseClient
from sluice_in_aws import SluiceInAws, wait_until

STAGE = "production"
ROUTES = ("/orders", "/stock", "/prices")
WITNESS = "Shop: 5xx of the canary"  # an alarm


def definition(*routes: str, http_api: bool = False) -> str:
    """An OpenAPI file whose paths answer without anything behind them."""
    behind = ({"type": "HTTP_PROXY", "uri": "https://shop.example.com", "httpMethod": "GET", "payloadFormatVersion": "1.0"}
              if http_api else
              {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}})
    paths = {route: {"get": {"responses": {"200": {"description": "fine"}}, "x-amazon-apigateway-integration": behind}}
             for route in routes}
    return json.dumps({"openapi": "3.0.1", "info": {"title": "shop", "version": "1"}, "paths": paths}, indent=1)


def make_rest_api(rest: BaseClient, name: str) -> str:
    """Its id: with one route, and a stage that has settings of its own."""
    api = rest.create_rest_api(name=name)["id"]
    rest.put_rest_api(restApiId=api, mode="overwrite", body=definition(ROUTES[0]).encode())
    rest.create_deployment(restApiId=api, stageName=STAGE, variables={"alias": "live"}, stageDescription="for all")
    rest.update_stage(restApiId=api, stageName=STAGE, patchOperations=[
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "50"},
        {"op": "replace", "path": "/*/*/logging/loglevel", "value": "ERROR"}])
    return api


class GatewayInAws(SluiceInAws):
    """With `rest` and `v2`, botocore's clients of both interfaces, and an API of each kind with a stage."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, None)
        self.rest, self.v2 = aws.client("apigateway"), aws.client("apigatewayv2")
        self.rest_api = make_rest_api(self.rest, "shop")
        self.socket_api = self.make_v2_api("chat", "WEBSOCKET", "$connect", RouteSelectionExpression="$request.body.action")
        self.http_api = self.make_v2_api("store", "HTTP", "GET /orders")

    def make_v2_api(self, name: str, protocol: str, route: str, **more: str) -> str:
        api = self.v2.create_api(Name=name, ProtocolType=protocol, **more)["ApiId"]
        self.v2.create_route(ApiId=api, RouteKey=route)
        first = self.v2.create_deployment(ApiId=api)["DeploymentId"]
        self.v2.create_stage(ApiId=api, StageName=STAGE, DeploymentId=first, StageVariables={"alias": "live"},
                             DefaultRouteSettings={"ThrottlingRateLimit": 50.0, "ThrottlingBurstLimit": 20})
        return api

    def configure(self, bake: str = "0s", *, rest: dict | None = None, socket: dict | None = None, **more: dict) -> None:
        step = [{"weight": "100%", "bake": bake}] if bake != "0s" else [{"weight": "100%"}]
        services = {"api": {"kind": "gateway", "aws": {"rest_api": self.rest_api, "stage": STAGE} | (rest or {})},
                    "socket": {"kind": "gateway", "aws": {"api": self.socket_api, "stage": STAGE} | (socket or {})}}
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "analysis": "off",
            "strategy": {"steps": step, "drain": "100ms", "drain_websockets": "0s", "hold_for": "10m"},
            "environments": {"staging": {"target": "aws", "region": "eu-west-1"}},
            "services": services | more}, indent=1))

    def configure_canary(self, steps: list[dict], *alarms: str, rest: dict | None = None, url: str = "") -> None:
        """The REST stage moves by steps of its own, watched by CloudWatch's alarms."""
        place = {"rest_api": self.rest_api, "stage": STAGE, "alarms": list(alarms)} | ({"url": url} if url else {}) | (rest or {})
        smoke = {"smoke": [{"get": "/orders"}]} if url else {}
        self.configure(api={"kind": "gateway", "aws": place, "strategy": {"steps": steps}} | smoke)

    def make_witness(self) -> None:
        self.aws.client("cloudwatch").put_metric_alarm(
            AlarmName=WITNESS, Namespace="AWS/ApiGateway", MetricName="5XXError", Statistic="Average", Period=60, EvaluationPeriods=1,
            Threshold=0.01, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
            Dimensions=[{"Name": "ApiName", "Value": "shop"}, {"Name": "Stage", "Value": f"{STAGE}/Canary"}])
        self.set_witness("OK")

    def set_witness(self, state: str) -> None:
        self.aws.client("cloudwatch").set_alarm_state(AlarmName=WITNESS, StateValue=state, StateReason="the canary answers 5xx")

    def define(self, *routes: str, name: str = "rest.json", http_api: bool = False) -> dict:
        """Writes the file; what `aws` of a service says of it."""
        (self.folder / "gateway").mkdir(exist_ok=True)
        (self.folder / "gateway" / name).write_text(definition(*routes, http_api=http_api))
        return {"definition": f"gateway/{name}"}

    def deploy(self, service: str, *arguments: str, check: bool = True, seconds: float = 180):
        return self.sluice("deploy", service, "--environment", "staging", *arguments, check=check, seconds=seconds)

    def roll_back(self, service: str, *arguments: str, check: bool = True):
        return self.sluice("rollback", service, "--environment", "staging", "--wait", *arguments, check=check)

    def ends(self, seconds: float = 90) -> None:
        wait_until("the end", lambda: not self.deployments(), seconds)

    # What botocore sees.

    def stage(self, service: str) -> dict:
        """As it is, with its times and without botocore's own part."""
        shown = (self.rest.get_stage(restApiId=self.rest_api, stageName=STAGE) if service == "api"
                 else self.v2.get_stage(ApiId=self.socket_api, StageName=STAGE))
        return {name[0].lower() + name[1:]: value for name, value in shown.items() if name != "ResponseMetadata"}

    def rest_of_stage(self, service: str) -> dict:
        """All but what a swap changes: a canary, too, which is to be gone at the end."""
        return {name: value for name, value in self.stage(service).items() if name not in ("deploymentId", "lastUpdatedDate")}

    def canary(self) -> tuple[str, float] | None:
        """The deployment that the REST stage's canary is of, and its share in percent."""
        found = self.stage("api").get("canarySettings")
        return found and (found["deploymentId"], found["percentTraffic"])

    def patch_stage(self, *operations: tuple[str, str, str | None]) -> None:
        """What somebody else does to the REST stage: op, path, and the value, or for `copy` where it is copied from."""
        self.rest.update_stage(restApiId=self.rest_api, stageName=STAGE, patchOperations=[
            {"op": op, "path": path} | ({} if value is None else {"from" if op == "copy" else "value": value})
            for op, path, value in operations])

    def points_at(self, service: str) -> str:
        return self.stage(service)["deploymentId"]

    def made(self, service: str) -> dict[str, str]:
        """Descriptions by deployment."""
        if service == "api":
            found = self.rest.get_deployments(restApiId=self.rest_api, limit=500)["items"]
            return {d["id"]: d.get("description") or "" for d in found}
        return {d["DeploymentId"]: d.get("Description") or "" for d in self.v2.get_deployments(ApiId=self.socket_api)["Items"]}

    def routes(self) -> set[str]:
        """Of the REST API, without its root."""
        return {r["path"] for r in self.rest.get_resources(restApiId=self.rest_api)["items"]} - {"/"}
