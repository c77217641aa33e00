"""API Gateway: REST stages with canaries, and stages of HTTP and WebSocket APIs."""
import json
import urllib.request

from simulator_case import SimulatorCase, main


class Rest(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.api = self.aws.client("apigateway")
        self.id = self.api.create_rest_api(name="shop")["id"]
        root = self.api.get_resources(restApiId=self.id)["items"][0]["id"]
        method = {"restApiId": self.id, "resourceId": root, "httpMethod": "GET"}
        self.api.put_method(**method, authorizationType="NONE")
        self.api.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        self.one = self.deploy(stageName="prod", variables={"alias": "blue"})
        self.two = self.deploy()

    def deploy(self, **more) -> str:
        return self.api.create_deployment(restApiId=self.id, **more)["id"]

    def stage(self) -> dict:
        return self.api.get_stage(restApiId=self.id, stageName="prod")

    def patch(self, *operations: tuple) -> dict:
        """(op, path, value or source)"""
        return self.api.update_stage(restApiId=self.id, stageName="prod", patchOperations=[
            {"op": op, "path": path, **({"from": x} if op == "copy" else {"value": x} if x is not None else {})}
            for op, path, x in operations])

    def test_a_stage_points_at_its_deployment_until_it_is_patched(self):
        self.assertEqual(self.stage()["deploymentId"], self.one)
        self.assertEqual(self.patch(("replace", "/deploymentId", self.two))["deploymentId"], self.two)
        self.refused("BadRequestException", self.patch, ("replace", "/deploymentId", "abc123"))
        self.refused("BadRequestException", self.api.delete_deployment, restApiId=self.id, deploymentId=self.two)
        self.assertEqual(self.api.get_deployment(restApiId=self.id, deploymentId=self.one)["id"], self.one)
        self.refused("NotFoundException", self.api.get_deployment, restApiId=self.id, deploymentId="abc123")
        self.assertEqual(len(self.api.get_deployments(restApiId=self.id)["items"]), 2)

    def test_a_canary_is_created_moved_promoted_and_removed(self):
        canary = self.deploy(stageName="prod", canarySettings={"percentTraffic": 10.0, "stageVariableOverrides": {
            "alias": "green"}})
        stage = self.stage()
        self.assertEqual((stage["deploymentId"], stage["canarySettings"]["deploymentId"],
                          stage["canarySettings"]["percentTraffic"]), (self.one, canary, 10.0))
        self.patch(("replace", "/canarySettings/percentTraffic", "50"))
        stage = self.patch(("copy", "/deploymentId", "/canarySettings/deploymentId"),
                           ("copy", "/variables", "/canarySettings/stageVariableOverrides"),
                           ("replace", "/canarySettings/percentTraffic", "0.0"))
        self.assertEqual((stage["deploymentId"], stage["variables"], stage["canarySettings"]["percentTraffic"]),
                         (canary, {"alias": "green"}, 0.0))
        self.assertNotIn("canarySettings", self.patch(("remove", "/canarySettings", None)))

    def test_a_canary_can_be_set_by_patches_alone(self):
        stage = self.patch(("replace", "/canarySettings/deploymentId", self.two),
                           ("replace", "/canarySettings/percentTraffic", "5"))
        self.assertEqual(stage["canarySettings"], {"deploymentId": self.two, "percentTraffic": 5.0, "useStageCache": False})
        stage = self.patch(("replace", "/canarySettings/stageVariableOverrides/alias", "green"))
        self.assertEqual(stage["canarySettings"]["stageVariableOverrides"], {"alias": "green"})
        self.patch(("remove", "/canarySettings", None))
        stage = self.patch(("replace", "/canarySettings/percentTraffic", "50"))
        self.assertEqual(stage["canarySettings"], {"deploymentId": self.one, "percentTraffic": 50.0, "useStageCache": False})

    def test_a_stage_with_a_canary_is_pointed_elsewhere_once_that_is_removed(self):
        self.patch(("replace", "/canarySettings/deploymentId", self.two))
        three = self.deploy()
        self.refused("BadRequestException", self.patch, ("replace", "/deploymentId", three))
        self.refused("BadRequestException", self.patch, ("replace", "/deploymentId", three), ("remove", "/canarySettings", None))
        self.refused("BadRequestException", self.deploy, stageName="prod")
        stage = self.patch(("remove", "/canarySettings", None), ("replace", "/deploymentId", three))
        self.assertEqual((stage["deploymentId"], "canarySettings" in stage), (three, False))

    def test_requests_are_divided_between_the_stage_and_its_canary(self):
        door = self.aws.front_door(f"arn:aws:apigateway:eu-west-1::/restapis/{self.id}/stages/prod")
        answered = lambda: {json.load(urllib.request.urlopen(door + "/"))["deployment"] for _ in range(40)}  # noqa: E731
        self.assertEqual(answered(), {self.one})
        self.patch(("replace", "/canarySettings/deploymentId", self.two))
        self.assertEqual(answered(), {self.one})
        self.patch(("replace", "/canarySettings/percentTraffic", "50"))
        self.assertEqual(answered(), {self.one, self.two})
        self.patch(("replace", "/canarySettings/percentTraffic", "100"))
        self.assertEqual(answered(), {self.two})

    def test_what_is_wrong_is_refused_and_nothing_is_applied(self):
        self.refused("BadRequestException", self.deploy, stageName="none", canarySettings={"percentTraffic": 1.0})
        self.refused("BadRequestException", self.deploy, stageName="prod", canarySettings={"percentTraffic": 101.0})
        self.refused("BadRequestException", self.patch, ("add", "/canarySettings/deploymentId", self.two))
        self.refused("BadRequestException", self.patch, ("replace", "/canarySettings/deploymentId", "abc123"))
        self.refused("BadRequestException", self.patch, ("replace", "/canarySettings/percentTraffic", "101"))
        self.refused("BadRequestException", self.patch, ("copy", "/deploymentId", "/canarySettings/deploymentId"))
        self.refused("BadRequestException", self.patch, ("remove", "/canarySettings", None))
        self.refused("BadRequestException", self.patch, ("replace", "/variables/alias", "x"), ("replace", "/nonsense", "x"))
        self.refused("NotFoundException", self.api.get_stage, restApiId=self.id, stageName="none")
        self.assertEqual(self.stage()["variables"], {"alias": "blue"})
        self.refused("NotFoundException", self.api.get_stage, restApiId="none", stageName="prod")
        self.refused("BadRequestException", self.api.create_stage, restApiId=self.id, stageName="x", deploymentId="abc123")

    def test_method_settings_are_patched(self):
        stage = self.patch(("replace", "/*/*/throttling/rateLimit", "5"), ("replace", "/~1a~1b/GET/metrics/enabled", "true"))
        self.assertEqual(stage["methodSettings"], {"*/*": {"throttlingRateLimit": 5.0}, "a/b/GET": {"metricsEnabled": True}})


class WebSocket(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.api = self.aws.client("apigatewayv2")
        self.id = self.api.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
            "ApiId"]

    def test_a_deployment_is_pending_then_deployed_and_stages_are_pointed_at_it(self):
        self.refused("BadRequestException", self.api.create_deployment, ApiId=self.id)
        self.api.create_route(ApiId=self.id, RouteKey="$connect")
        one = self.api.create_deployment(ApiId=self.id, Description="one")
        self.assertEqual(one["DeploymentStatus"], "PENDING")
        self.aws.advance(3)
        self.assertEqual(self.api.get_deployment(ApiId=self.id, DeploymentId=one["DeploymentId"])["DeploymentStatus"],
                         "DEPLOYED")
        stage = self.api.create_stage(ApiId=self.id, StageName="prod", DeploymentId=one["DeploymentId"],
                                      StageVariables={"alias": "blue", "x": "y"})
        self.assertEqual(stage["DeploymentId"], one["DeploymentId"])
        two = self.api.create_deployment(ApiId=self.id)["DeploymentId"]
        stage = self.api.update_stage(ApiId=self.id, StageName="prod", DeploymentId=two, StageVariables={"alias": "green"})
        self.assertEqual((stage["DeploymentId"], stage["StageVariables"]), (two, {"alias": "green", "x": "y"}))
        self.assertEqual([d["DeploymentId"] for d in self.api.get_deployments(ApiId=self.id)["Items"]],
                         [two, one["DeploymentId"]])
        self.refused("BadRequestException", self.api.delete_deployment, ApiId=self.id, DeploymentId=two)
        self.api.delete_deployment(ApiId=self.id, DeploymentId=one["DeploymentId"])
        three = self.api.create_deployment(ApiId=self.id, StageName="prod")["DeploymentId"]
        self.assertEqual(self.api.get_stage(ApiId=self.id, StageName="prod")["DeploymentId"], three)

    def test_what_is_unknown_is_refused(self):
        self.api.create_stage(ApiId=self.id, StageName="prod")
        self.refused("NotFoundException", self.api.update_stage, ApiId=self.id, StageName="prod", DeploymentId="abc123")
        self.refused("NotFoundException", self.api.update_stage, ApiId=self.id, StageName="none")
        self.refused("NotFoundException", self.api.create_stage, ApiId="none", StageName="prod")
        self.refused("ConflictException", self.api.create_stage, ApiId=self.id, StageName="prod")
        self.refused("BadRequestException", self.api.create_stage, ApiId=self.id, StageName="auto", AutoDeploy=True,
                     DeploymentId="abc123")


if __name__ == "__main__":
    main()
