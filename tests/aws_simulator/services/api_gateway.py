"""API Gateway's REST APIs: stages that point at deployments, and their canaries. moto keeps APIs, resources and methods.

https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html (stage)
"""
import copy
import json
import re

import yaml

from ..problems import AwsError
from .service import Service

# The last two parts of a method setting's path, and the member that they set (patch-operations.html).
METHOD_SETTINGS = {
    ("logging", "loglevel"): ("loggingLevel", str), ("logging", "dataTrace"): ("dataTraceEnabled", "flag"),
    ("metrics", "enabled"): ("metricsEnabled", "flag"), ("throttling", "burstLimit"): ("throttlingBurstLimit", int),
    ("throttling", "rateLimit"): ("throttlingRateLimit", float), ("caching", "enabled"): ("cachingEnabled", "flag"),
    ("caching", "ttlInSeconds"): ("cacheTtlInSeconds", int), ("caching", "dataEncrypted"): ("cacheDataEncrypted", "flag")}
REPLACEABLE = {"/deploymentId": str, "/description": str, "/tracingEnabled": "flag", "/cacheClusterEnabled": "flag",
               "/cacheClusterSize": str, "/clientCertificateId": str, "/documentationVersion": str,
               "/canarySettings/percentTraffic": float, "/canarySettings/deploymentId": str,
               "/canarySettings/useStageCache": "flag", "/accessLogSettings/destinationArn": str,
               "/accessLogSettings/format": str}
NAMED = re.compile(r"(/variables|/canarySettings/stageVariableOverrides)/([A-Za-z0-9_]+)")


class Gateway(Service):
    NAME = "apigateway"

    def __init__(self, place):
        super().__init__(place)
        self._stages: dict[tuple[str, str], dict] = {}

    def ImportRestApi(self, i: dict) -> dict:
        return self.store("ImportRestApi", **{**i, "body": self._described_body(i["body"])})

    def PutRestApi(self, i: dict) -> dict:
        return self.store("PutRestApi", **{**i, "body": self._described_body(i["body"])})

    @staticmethod
    def _described_body(body: bytes) -> bytes:
        """The definition with what OpenAPI and API Gateway leave open and moto cannot do without: info.description, and
        the uri and method of integrations that have none (type mock)."""
        try:
            definition = yaml.safe_load(body)
            definition["info"].setdefault("description", "")
            for path in definition.get("paths", {}).values():
                for name, method in path.items():
                    integration = method.get("x-amazon-apigateway-integration") if isinstance(method, dict) else None
                    if integration is not None:
                        integration.setdefault("uri", "")
                        integration.setdefault("httpMethod", name.upper())
        except (yaml.YAMLError, AttributeError, TypeError, KeyError) as why:
            raise AwsError("BadRequestException", f"Invalid OpenAPI input: {why}", 400) from why
        return json.dumps(definition).encode()

    def CreateDeployment(self, i: dict) -> dict:
        api, stage_name, canary = i["restApiId"], i.get("stageName"), i.get("canarySettings")
        stage = self._stages.get((api, stage_name))
        if canary is not None and stage is None:
            raise AwsError("BadRequestException", "Invalid canary settings: the stage must exist before it gets a canary", 400)
        if canary is not None:
            self._check_share(canary.get("percentTraffic", 0.0))
        elif stage is not None and "canarySettings" in stage:
            raise AwsError("BadRequestException", f"Non canary deployment not supported on stage {stage_name} because Canary is "
                           "enabled. Provide CanarySettings in deploymentInput.", 400)
        made = self.store("CreateDeployment", restApiId=api, **({"description": i["description"]} if "description" in i else {}))
        if canary is not None:
            stage["canarySettings"] = {**self._new_canary(made["id"]), **canary}
            stage["lastUpdatedDate"] = self.place.now
        elif stage is not None:
            stage.update(deploymentId=made["id"], lastUpdatedDate=self.place.now)
            stage["variables"].update(i.get("variables", {}))
        elif stage_name:
            self._new_stage(api, stage_name, made["id"], {**i, "description": i.get("stageDescription")})
        return {"id": made["id"], "description": i.get("description"), "createdDate": self.place.now}

    def GetDeployment(self, i: dict) -> dict:
        if i["deploymentId"] not in self._deployments(i["restApiId"]):
            raise AwsError("NotFoundException", "Invalid Deployment identifier specified", 404)
        return self.store("GetDeployment", restApiId=i["restApiId"], deploymentId=i["deploymentId"])

    def DeleteDeployment(self, i: dict) -> dict:
        if any(api == i["restApiId"] and i["deploymentId"] in (s["deploymentId"], s.get("canarySettings", {}).get("deploymentId"))
               for (api, _), s in self._stages.items()):
            raise AwsError("BadRequestException", "Active stages pointing to this deployment must be moved or deleted", 400)
        return self.store("DeleteDeployment", **i)

    def DeleteRestApi(self, i: dict) -> dict:
        for key in [k for k in self._stages if k[0] == i["restApiId"]]:
            del self._stages[key]
        return self.store("DeleteRestApi", **i)

    def CreateStage(self, i: dict) -> dict:
        api, name = i["restApiId"], i["stageName"]
        if (api, name) in self._stages:
            raise AwsError("ConflictException", "Stage already exists", 409)
        self._check_deployment(api, i["deploymentId"])
        canary = i.get("canarySettings")
        if canary:
            self._check_share(canary.get("percentTraffic", 0.0))
            self._check_deployment(api, canary.get("deploymentId", i["deploymentId"]))
        stage = self._new_stage(api, name, i["deploymentId"], i)
        if canary:
            stage["canarySettings"] = {**self._new_canary(i["deploymentId"]), **canary}
        return copy.deepcopy(stage)

    def _new_stage(self, api: str, name: str, deployment: str, i: dict) -> dict:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", name):
            raise AwsError("BadRequestException", "Stage name only allows a-zA-Z0-9-_", 400)
        stage = {"deploymentId": deployment, "stageName": name, "description": i.get("description"),
                 "cacheClusterEnabled": i.get("cacheClusterEnabled", False), "cacheClusterStatus": "NOT_AVAILABLE",
                 "methodSettings": {}, "variables": dict(i.get("variables", {})), "tracingEnabled": i.get("tracingEnabled", False),
                 "tags": i.get("tags", {}), "createdDate": self.place.now, "lastUpdatedDate": self.place.now,
                 "documentationVersion": i.get("documentationVersion")}
        self._stages[(api, name)] = stage
        return stage

    def GetStage(self, i: dict) -> dict:
        return copy.deepcopy(self._stage(i))

    def GetStages(self, i: dict) -> dict:
        self.store("GetRestApi", restApiId=i["restApiId"])
        return {"item": [copy.deepcopy(s) for (api, _), s in sorted(self._stages.items()) if api == i["restApiId"]
                         and i.get("deploymentId") in (None, s["deploymentId"])]}

    def DeleteStage(self, i: dict) -> dict:
        self._stage(i)
        del self._stages[(i["restApiId"], i["stageName"])]
        return {}

    def split(self, arn: str) -> list[tuple[str, float]]:
        """The deployments of a stage, with their shares in percent."""
        _, _, api, _, name = arn.split(":", 5)[5].split("/")
        stage = self._stage({"restApiId": api, "stageName": name})
        canary = stage.get("canarySettings", {"percentTraffic": 0.0})
        of_canary = [(canary["deploymentId"], canary["percentTraffic"])] if canary["percentTraffic"] else []
        return [(stage["deploymentId"], 100.0 - canary["percentTraffic"]), *of_canary]

    def UpdateStage(self, i: dict) -> dict:
        """All operations or none are applied, in their order."""
        stage = copy.deepcopy(self._stage(i))
        for operation in i.get("patchOperations", []):
            self._patch(i["restApiId"], stage, operation)
        stage["lastUpdatedDate"] = self.place.now
        self._stages[(i["restApiId"], i["stageName"])] = stage
        return copy.deepcopy(stage)

    def _patch(self, api: str, stage: dict, operation: dict) -> None:
        op, path, value = operation.get("op"), operation.get("path", ""), operation.get("value")
        named = NAMED.fullmatch(path)
        if op == "remove" and path == "/canarySettings":
            # Whether AWS refuses this is not documented; a client has to bear it.
            if stage.pop("canarySettings", None) is None:
                raise AwsError("BadRequestException", "Invalid patch path: the stage has no canary", 400)
        elif op == "remove" and path == "/accessLogSettings":
            stage.pop("accessLogSettings", None)
        elif op == "copy":
            self._copy(stage, operation.get("from", ""), path)
        elif op == "replace" and path in REPLACEABLE:
            self._replace(api, stage, path, self._typed(REPLACEABLE[path], value, path))
        elif named and op in ("replace", "remove"):
            table = self._table(stage, named[1])
            if op == "replace":
                table[named[2]] = value or ""
            else:
                table.pop(named[2], None)
        elif op == "replace" and tuple(path.split("/")[-2:]) in METHOD_SETTINGS and len(path.split("/")) == 5:
            _, resource, method, *setting = path.split("/")
            member, kind = METHOD_SETTINGS[tuple(setting)]
            stage["methodSettings"].setdefault(f"{resource.replace('~1', '/').lstrip('/')}/{method}", {})[member] = \
                self._typed(kind, value, path)
        else:
            raise AwsError("BadRequestException", f"Invalid patch path {path!r} for the operation {op!r}", 400)

    def _replace(self, api: str, stage: dict, path: str, value) -> None:
        *parents, name = path.strip("/").split("/")
        if name == "deploymentId":
            self._check_deployment(api, value)
        if name == "percentTraffic":
            self._check_share(value)
        # canary-release.html: with a canary "the deployment stage cannot be associated with another non-canary release".
        if path == "/deploymentId" and value not in (stage["deploymentId"], stage.get("canarySettings", {}).get("deploymentId", value)):
            raise AwsError("BadRequestException", "The stage has a canary and cannot be pointed at another deployment", 400)
        # create-canary-deployment.html: what is replaced first attaches it to the stage.
        if parents == ["canarySettings"]:
            stage.setdefault("canarySettings", self._new_canary(stage["deploymentId"]))
        target = stage
        for parent in parents:
            target = target.setdefault(parent, {})
        target[name] = value

    @staticmethod
    def _new_canary(deployment: str) -> dict:
        return {"deploymentId": deployment, "percentTraffic": 0.0, "useStageCache": False}

    @staticmethod
    def _copy(stage: dict, source: str, path: str) -> None:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/promote-canary-deployment.html
        canary = stage.get("canarySettings")
        if canary is None:
            raise AwsError("BadRequestException", "Invalid copy: the stage has no canary", 400)
        if (source, path) == ("/canarySettings/stageVariableOverrides", "/variables"):
            stage["variables"].update(canary.get("stageVariableOverrides", {}))
        elif (source, path) == ("/canarySettings/deploymentId", "/deploymentId"):
            stage["deploymentId"] = canary["deploymentId"]
        else:
            raise AwsError("BadRequestException", f"Invalid copy from {source!r} to {path!r}", 400)

    @staticmethod
    def _table(stage: dict, path: str) -> dict:
        if path == "/variables":
            return stage["variables"]
        if "canarySettings" not in stage:
            raise AwsError("BadRequestException", "Invalid patch path: the stage has no canary", 400)
        return stage["canarySettings"].setdefault("stageVariableOverrides", {})

    @staticmethod
    def _typed(kind, value: str | None, path: str):
        if kind == "flag" and value in ("true", "false"):
            return value == "true"
        try:
            if kind != "flag" and value is not None:
                return kind(value)
        except ValueError:
            pass
        raise AwsError("BadRequestException", f"Invalid value {value!r} for {path}", 400)

    def _check_deployment(self, api: str, deployment: str) -> None:
        if deployment not in self._deployments(api):
            raise AwsError("BadRequestException", f"Invalid deployment identifier specified: {deployment}", 400)

    def _deployments(self, api: str) -> set[str]:
        return {d["id"] for d in self.place.store("apigateway", "GetDeployments", restApiId=api)["items"]}

    @staticmethod
    def _check_share(percent: float) -> None:
        if not 0.0 <= percent <= 100.0:
            raise AwsError("BadRequestException", "Canary percentTraffic must be between 0.0 and 100.0", 400)

    def _stage(self, i: dict) -> dict:
        self.store("GetRestApi", restApiId=i["restApiId"])
        if (i["restApiId"], i["stageName"]) not in self._stages:
            raise AwsError("NotFoundException", "Invalid stage identifier specified", 404)
        return self._stages[(i["restApiId"], i["stageName"])]
