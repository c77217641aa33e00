"""API Gateway's HTTP and WebSocket APIs: deployments and the stages that point at them. moto keeps APIs, routes, integrations.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
"""
import copy
import re

from ..problems import AwsError
from .service import Service, page

OF_A_STAGE = ("AccessLogSettings", "AutoDeploy", "ClientCertificateId", "DefaultRouteSettings", "DeploymentId", "Description",
              "RouteSettings", "StageVariables", "Tags")


class GatewayV2(Service):
    NAME = "apigatewayv2"

    def __init__(self, place):
        super().__init__(place)
        self._stages: dict[tuple[str, str], dict] = {}
        self._deployments: dict[str, dict[str, dict]] = {}

    def CreateDeployment(self, i: dict) -> dict:
        api = i["ApiId"]
        if self._api(api)["ProtocolType"] == "WEBSOCKET" and not self.store("GetRoutes", ApiId=api).get("Items"):
            raise AwsError("BadRequestException", "At least one route is required before deploying the Api.", 400)
        stage = self._stage(api, i["StageName"]) if "StageName" in i else None
        self._refuse_auto(stage)
        made = {"DeploymentId": self.world.hex_id(6), "CreatedDate": self.place.now, "AutoDeployed": False,
                "DeploymentStatus": "PENDING", "Description": i.get("Description")}
        self._deployments.setdefault(api, {})[made["DeploymentId"]] = made
        self.place.after(self.place.delays.gateway_stage, lambda: made.update(DeploymentStatus="DEPLOYED"))
        if stage is not None:
            stage.update(DeploymentId=made["DeploymentId"], LastUpdatedDate=self.place.now)
        return dict(made)

    def GetDeployment(self, i: dict) -> dict:
        return dict(self._deployment(i["ApiId"], i["DeploymentId"]))

    def GetDeployments(self, i: dict) -> dict:
        self._api(i["ApiId"])
        size = int(i["MaxResults"]) if "MaxResults" in i else None
        shown, token = page(list(self._deployments.get(i["ApiId"], {}).values())[::-1], i.get("NextToken"), size, 100)
        return {"Items": [dict(d) for d in shown], "NextToken": token}

    def DeleteDeployment(self, i: dict) -> dict:
        self._deployment(i["ApiId"], i["DeploymentId"])
        if any(s.get("DeploymentId") == i["DeploymentId"] for (api, _), s in self._stages.items() if api == i["ApiId"]):
            raise AwsError("BadRequestException", "Active stages pointing to this deployment must be moved or deleted", 400)
        del self._deployments[i["ApiId"]][i["DeploymentId"]]
        return {}

    def CreateStage(self, i: dict) -> dict:
        api, name = i["ApiId"], i["StageName"]
        self._api(api)
        if (api, name) in self._stages:
            raise AwsError("ConflictException", "Stage already exists", 409)
        if not re.fullmatch(r"\$default|[A-Za-z0-9_-]{1,128}", name):
            raise AwsError("BadRequestException", "Invalid stage name", 400)
        self._check(api, i)
        stage = {"StageName": name, "CreatedDate": self.place.now, "LastUpdatedDate": self.place.now, "AutoDeploy": False,
                 "DefaultRouteSettings": {"DetailedMetricsEnabled": False}, "RouteSettings": {}, "StageVariables": {},
                 "Tags": {}, **{k: i[k] for k in OF_A_STAGE if k in i}}
        self._stages[(api, name)] = stage
        return copy.deepcopy(stage)

    def UpdateStage(self, i: dict) -> dict:
        stage = self._stage(i["ApiId"], i["StageName"])
        self._check(i["ApiId"], {**i, "AutoDeploy": i.get("AutoDeploy", stage["AutoDeploy"])})
        for member in OF_A_STAGE:
            if member == "StageVariables" and member in i:
                # A variable with an empty value is removed, others are merged: the update is a PATCH.
                merged = {**stage[member], **i[member]}
                stage[member] = {k: v for k, v in merged.items() if v != ""}
            elif member in i:
                stage[member] = i[member]
        stage["LastUpdatedDate"] = self.place.now
        return copy.deepcopy(stage)

    def _check(self, api: str, i: dict) -> None:
        if "DeploymentId" in i:
            if i.get("AutoDeploy"):
                raise AwsError("BadRequestException", "Deployment ID cannot be set on a stage with auto-deploy", 400)
            self._deployment(api, i["DeploymentId"])

    @staticmethod
    def _refuse_auto(stage: dict | None) -> None:
        if stage is not None and stage["AutoDeploy"]:
            raise AwsError("BadRequestException", "Deployment to a stage with auto-deploy is not allowed", 400)

    def GetStage(self, i: dict) -> dict:
        return copy.deepcopy(self._stage(i["ApiId"], i["StageName"]))

    def GetStages(self, i: dict) -> dict:
        self._api(i["ApiId"])
        return {"Items": [copy.deepcopy(s) for (api, _), s in sorted(self._stages.items()) if api == i["ApiId"]]}

    def DeleteStage(self, i: dict) -> dict:
        self._stage(i["ApiId"], i["StageName"])
        del self._stages[(i["ApiId"], i["StageName"])]
        return {}

    def DeleteApi(self, i: dict) -> dict:
        for key in [k for k in self._stages if k[0] == i["ApiId"]]:
            del self._stages[key]
        self._deployments.pop(i["ApiId"], None)
        return self.store("DeleteApi", **i)

    def _api(self, api: str) -> dict:
        return self.place.store("apigatewayv2", "GetApi", ApiId=api)

    def _stage(self, api: str, name: str) -> dict:
        self._api(api)
        if (api, name) not in self._stages:
            raise AwsError("NotFoundException", "Invalid stage identifier specified", 404)
        return self._stages[(api, name)]

    def _deployment(self, api: str, deployment: str) -> dict:
        self._api(api)
        if deployment not in self._deployments.get(api, {}):
            raise AwsError("NotFoundException", "Invalid deployment identifier specified", 404)
        return self._deployments[api][deployment]
