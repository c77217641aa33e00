"""CodeDeploy: deployments of ECS services and of Lambda aliases, with hooks, alarms, stops and rollback."""
import hashlib
import json

import lambda_test
from simulator_case import SimulatorCase, main

from aws_simulator import make_shop

HOOK = """
import boto3
def handler(event, context):
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"], lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="{status}")
"""
STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}


class DeploymentCase(SimulatorCase):

    def deployment(self, name: str) -> dict:
        return self.cd.get_deployment(deploymentId=name)["deploymentInfo"]

    def until(self, name: str, *status: str) -> dict:
        return self.advance_until(lambda: (d := self.deployment(name))["status"] in status and d, step=5)

    def events(self, name: str) -> dict[str, str]:
        target = self.cd.list_deployment_targets(deploymentId=name)["targetIds"][0]
        found = self.cd.get_deployment_target(deploymentId=name, targetId=target)["deploymentTarget"]
        return {e["lifecycleEventName"]: e["status"] for e in (found.get("ecsTarget") or found["lambdaTarget"])["lifecycleEvents"]}

    def hook(self, status: str) -> str:
        self.aws.client("lambda").create_function(
            FunctionName=f"hook-{status}", Runtime="python3.12", Role=lambda_test.ROLE, Handler="app.handler", Timeout=60,
            Code={"ZipFile": lambda_test.packed(HOOK.format(status=status))})
        self.aws.advance(10)
        return f"hook-{status}"


class OfEcs(DeploymentCase):

    def setUp(self):
        super().setUp()
        self.shop = make_shop(self.aws, controller="CODE_DEPLOY", wait=True)
        self.ecs, self.cd = self.aws.client("ecs"), self.aws.client("codedeploy")
        self.cd.create_application(applicationName="shop", computePlatform="ECS")
        self.group = dict(
            applicationName="shop", deploymentGroupName="web", serviceRoleArn="arn:aws:iam::123456789012:role/codedeploy",
            deploymentStyle=STYLE, ecsServices=[{"serviceName": "web", "clusterName": "shop"}],
            blueGreenDeploymentConfiguration={"terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE", "terminationWaitTimeInMinutes": 5}},
            loadBalancerInfo={"targetGroupPairInfoList": [{
                "targetGroups": [{"name": "shop-blue"}, {"name": "shop-green"}],
                "prodTrafficRoute": {"listenerArns": [self.shop.http_listener]},
                "testTrafficRoute": {"listenerArns": [self.shop.https_listener]}}]},
            autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]})

    def start(self, image: str = "shop/web:2", hooks: list | None = None, properties: dict | None = None, **more) -> str:
        definition = self.ecs.register_task_definition(**self.shop.definition(image))["taskDefinition"]["taskDefinitionArn"]
        content = json.dumps({"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
            "TaskDefinition": definition, "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8080},
            **(properties or {})}}}],
            "Hooks": hooks or []})
        return self.cd.create_deployment(
            applicationName="shop", deploymentGroupName="web", revision={"revisionType": "AppSpecContent", "appSpecContent": {
                "content": content, "sha256": hashlib.sha256(content.encode()).hexdigest()}}, **more)["deploymentId"]

    def test_a_canary_goes_through_its_events_and_ends_blue(self):
        self.cd.create_deployment_group(**self.group, deploymentConfigName="CodeDeployDefault.ECSCanary10Percent5Minutes")
        name = self.start(hooks=[{"AfterInstall": self.hook("Succeeded")}])
        self.assertRegex(name, r"^d-[A-Z0-9]{9}$")
        self.refused("DeploymentLimitExceededException", self.start)
        self.aws.wait_for(lambda: self.aws.advance(2) or self.events(name).get("AfterInstall") == "Succeeded")
        self.advance_until(lambda: self.shop.weights(self.aws)[0] == (90, 10))
        self.advance_until(lambda: self.shop.weights(self.aws)[0] == (0, 100))
        self.advance_until(lambda: self.deployment(name)["instanceTerminationWaitTimeStarted"])
        self.cd.continue_deployment(deploymentId=name, deploymentWaitType="TERMINATION_WAIT")
        self.until(name, "Succeeded")
        self.assertEqual(set(self.events(name).values()), {"Succeeded"})
        service = self.ecs.describe_services(cluster="shop", services=["web"])["services"][0]
        self.assertEqual([s["externalId"] for s in service["taskSets"]], [name])
        self.refused("DeploymentAlreadyCompletedException", self.cd.stop_deployment, deploymentId=name)

    def test_a_hook_that_fails_rolls_back_by_a_deployment_of_its_own(self):
        self.cd.create_deployment_group(**self.group)
        name = self.start(hooks=[{"BeforeAllowTraffic": self.hook("Failed")}])
        self.aws.wait_for(lambda: self.aws.advance(2) or self.deployment(name)["status"] == "Failed")
        shown = self.deployment(name)
        self.assertEqual(shown["errorInformation"]["code"], "HOOK_EXECUTION_FAILURE")
        self.assertEqual(self.events(name)["AllowTraffic"], "Skipped")
        back = self.until(shown["rollbackInfo"]["rollbackDeploymentId"], "Succeeded")
        self.assertEqual((back["creator"], back["rollbackInfo"]["rollbackTriggeringDeploymentId"]), ("codeDeployRollback", name))
        self.assertEqual(self.shop.weights(self.aws)[0], (100, 0))

    def test_an_alarm_stops_it_and_takes_the_traffic_back(self):
        cw = self.aws.client("cloudwatch")
        cw.put_metric_alarm(AlarmName="bad", Namespace="N", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
                            Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")
        self.cd.create_deployment_group(**self.group, deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
                                        alarmConfiguration={"enabled": True, "alarms": [{"name": "bad"}]})
        name = self.start()
        self.advance_until(lambda: self.shop.weights(self.aws)[0] == (80, 20))
        cw.set_alarm_state(AlarmName="bad", StateValue="ALARM", StateReason="test")
        shown = self.until(name, "Stopped")
        self.assertEqual(shown["errorInformation"]["code"], "ALARM_ACTIVE")
        self.assertEqual(self.shop.weights(self.aws)[0], (100, 0))

    def test_a_stop_with_rollback_and_one_without(self):
        self.cd.create_deployment_group(**self.group, deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes")
        name = self.start()
        self.advance_until(lambda: self.shop.weights(self.aws)[0] == (90, 10))
        self.cd.stop_deployment(deploymentId=name, autoRollbackEnabled=True)
        self.assertEqual(self.deployment(name)["status"], "Stopped")
        self.assertEqual(self.shop.weights(self.aws)[0], (100, 0))
        self.until(self.deployment(name)["rollbackInfo"]["rollbackDeploymentId"], "Succeeded")
        name = self.start()
        self.advance_until(lambda: self.shop.weights(self.aws)[0] == (90, 10))
        self.cd.stop_deployment(deploymentId=name, autoRollbackEnabled=False)
        self.assertEqual(self.shop.weights(self.aws)[0], (90, 10))

    def test_the_file_says_platform_and_capacity_providers(self):
        self.cd.create_deployment_group(**self.group)
        name = self.start(properties={"PlatformVersion": "1.4.0", "CapacityProviderStrategy": [
            {"CapacityProvider": "FARGATE_SPOT", "Base": 1, "Weight": 2}]})
        self.advance_until(lambda: self.shop.weights(self.aws)[0] == (0, 100))
        (green,) = [s for s in self.ecs.describe_services(cluster="shop", services=["web"])["services"][0]["taskSets"]
                    if s.get("externalId") == name]
        self.assertEqual((green["platformVersion"], green["capacityProviderStrategy"]),
                         ("1.4.0", [{"capacityProvider": "FARGATE_SPOT", "base": 1, "weight": 2}]))

    def test_it_can_wait_to_be_continued(self):
        self.group["blueGreenDeploymentConfiguration"]["deploymentReadyOption"] = {
            "actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 10}
        self.cd.create_deployment_group(**self.group)
        name = self.start()
        self.until(name, "Ready")
        self.cd.continue_deployment(deploymentId=name, deploymentWaitType="READY_WAIT")
        self.advance_until(lambda: self.shop.weights(self.aws)[0] == (0, 100))
        self.until(name, "Succeeded")
        late = self.start("shop/web:3")
        self.until(late, "Ready")
        self.assertEqual(self.until(late, "Stopped")["errorInformation"]["code"], "TIMEOUT")

    def test_what_is_wrong_is_refused_or_fails(self):
        self.refused("DeploymentGroupDoesNotExistException", self.start)
        self.refused("ApplicationDoesNotExistException", self.cd.get_application, applicationName="none")
        self.refused("InvalidDeploymentStyleException", self.cd.create_deployment_group, **{**self.group, "deploymentStyle": {
            "deploymentType": "IN_PLACE"}})
        self.refused("InvalidDeploymentConfigNameException", self.cd.create_deployment_group, **self.group,
                     deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce")
        self.cd.create_deployment_group(**self.group)
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "{"}}
        name = self.cd.create_deployment(applicationName="shop", deploymentGroupName="web", revision=revision)["deploymentId"]
        self.assertEqual(self.until(name, "Failed")["errorInformation"]["code"], "INVALID_REVISION")
        self.aws.advance(60)
        self.refused("InvalidRevisionException", self.cd.create_deployment, applicationName="shop", deploymentGroupName="web",
                     revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": "a", "sha256": "0"}})
        self.refused("DeploymentDoesNotExistException", self.cd.get_deployment, deploymentId="d-000000000")


class OfLambda(DeploymentCase, lambda_test.FunctionCase):

    def test_an_alias_is_moved_by_weights_and_back(self):
        lam, self.cd = self.lam, self.aws.client("codedeploy")
        lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
        self.cd.create_application(applicationName="f", computePlatform="Lambda")
        self.cd.create_deployment_group(applicationName="f", deploymentGroupName="live", deploymentStyle=STYLE,
                                        serviceRoleArn="arn:aws:iam::123456789012:role/codedeploy",
                                        deploymentConfigName="CodeDeployDefault.LambdaCanary10Percent5Minutes")
        content = json.dumps({"version": 0.0, "Resources": [{"f": {"Type": "AWS::Lambda::Function", "Properties": {
            "Name": "f", "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"}}}]})
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
        start = lambda: self.cd.create_deployment(applicationName="f", deploymentGroupName="live", revision=revision)[
            "deploymentId"]
        alias = lambda: lam.get_alias(FunctionName="f", Name="live")
        name = start()
        self.advance_until(lambda: alias().get("RoutingConfig") == {"AdditionalVersionWeights": {"2": 0.1}})
        self.cd.stop_deployment(deploymentId=name, autoRollbackEnabled=True)
        self.assertNotIn("RoutingConfig", alias())
        self.aws.advance(10)
        name = start()
        self.until(name, "Succeeded")
        self.assertEqual((alias()["FunctionVersion"], alias().get("RoutingConfig")), ("2", None))
        self.assertEqual(self.until(start(), "Failed")["errorInformation"]["code"], "INVALID_LAMBDA_CONFIGURATION")


if __name__ == "__main__":
    main()
