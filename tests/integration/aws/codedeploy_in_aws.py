"""A service of ECS whose traffic CodeDeploy moves, and the real program in folders of its own that deploys it."""

import io
import zipfile
from pathlib import Path

from aws_simulator import Simulator, make_shop
from sluice_in_aws import SluiceInAws, wait_until

STEPS = [{"weight": "10%", "bake": "200ms"}, {"weight": "100%"}]
SHORT, LONG, AT_ONCE = ("CodeDeployDefault.ECSCanary10Percent5Minutes", "CodeDeployDefault.ECSCanary10Percent15Minutes",
                        "CodeDeployDefault.ECSAllAtOnce")
STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
REPORTS = """
import boto3
def handler(event, context):
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"], status="{status}")
"""


class CodeDeployed(SluiceInAws):
    """With `cd`, botocore's client of CodeDeploy."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, make_shop(aws, controller="CODE_DEPLOY"))
        self.cd = aws.client("codedeploy")
        self.cd.create_application(applicationName="shop", computePlatform="ECS")
        self.cd.create_deployment_group(
            applicationName="shop", deploymentGroupName="web", serviceRoleArn="arn:aws:iam::123456789012:role/codedeploy",
            deploymentStyle=STYLE, ecsServices=[{"serviceName": "web", "clusterName": "shop"}],
            blueGreenDeploymentConfiguration=self.waits(), deploymentConfigName=SHORT,
            loadBalancerInfo={"targetGroupPairInfoList": [{
                "targetGroups": [{"name": "shop-blue"}, {"name": "shop-green"}],
                "prodTrafficRoute": {"listenerArns": [self.shop.http_listener]}}]})

    @staticmethod
    def waits(action: str = "STOP_DEPLOYMENT", minutes: int = 60) -> dict:
        ready = {"actionOnTimeout": action} | ({"waitTimeInMinutes": 60} if action == "STOP_DEPLOYMENT" else {})
        return {"deploymentReadyOption": ready, "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE", "terminationWaitTimeInMinutes": minutes}}

    def set_waits(self, *waits: object) -> None:
        self.cd.update_deployment_group(applicationName="shop", currentDeploymentGroupName="web",
                                        blueGreenDeploymentConfiguration=self.waits(*waits))

    def engine(self, steps: list[dict] = STEPS, configuration: str = SHORT, place: dict | None = None,
               service: dict | None = None, alarms: dict | None = None) -> None:
        self.configure(steps, {"aws": {
            "engine": "codedeploy", "cluster": "shop", "service": "web", "container": "web", "rules": self.shop.rules[:1],
            "target_groups": ["shop-blue", self.shop.green_group], "application": "shop", "deployment_group": "web",
            "deployment_config": configuration} | (place or {})} | (service or {}), alarms=alarms)

    def deployments_made(self) -> list[dict]:
        """Newest first; what CodeDeploy made by itself is not among them."""
        ids = self.cd.list_deployments(applicationName="shop", deploymentGroupName="web")["deployments"]
        found = [self.cd.get_deployment(deploymentId=d)["deploymentInfo"] for d in ids]
        return [d for d in sorted(found, key=lambda d: d["createTime"], reverse=True) if d["creator"] == "user"]

    def function(self, name: str, status: str) -> None:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr(zipfile.ZipInfo("app.py"), REPORTS.format(status=status))
        functions = self.aws.client("lambda")
        functions.create_function(FunctionName=name, Role="arn:aws:iam::123456789012:role/hooks", Runtime="python3.12",
                                  Handler="app.handler", Timeout=30, Code={"ZipFile": data.getvalue()})
        wait_until(name, lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
