"""A load balanced web service as the stacks of AWS Copilot make it (aws/copilot-cli, internal/pkg/template/templates: workloads/
services/lb-web/cf.yml with its partials service-base-properties, alb, https-listener and workload-container, and environment/cf.yml),
under the names that CloudFormation gives its resources, and the real program that takes it over.
"""

import json
from pathlib import Path

from aws_simulator import Simulator
from aws_simulator.fixture import Shop, make_network
from sluice_in_aws import SluiceInAws, wait_until

CLUSTER, OLD, NEW = "shop-test-Cluster-Jd7LxYbC2mQp", "shop-test-web-Service-9TqWnXk3Vb1F", "shop-test-web-sluice"
OLD_GROUP, GROUPS = "shop-t-Targe-1K8RZ0Q5WXYE", ["shop-test-web-a", "shop-test-web-b"]
DOMAIN = "web.test.shop.example.com"
OF_THE_ENVIRONMENT = {"copilot-application": "shop", "copilot-environment": "test"}
STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-test-web/5f1a1c30"
TAGS = OF_THE_ENVIRONMENT | {"copilot-service": "web", "aws:cloudformation:stack-name": "shop-test-web",
                             "aws:cloudformation:logical-id": "Service", "aws:cloudformation:stack-id": STACK}
REGISTRY = {"registryArn": "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-web", "port": 8080}
VARIABLES = {"COPILOT_APPLICATION_NAME": "shop", "COPILOT_ENVIRONMENT_NAME": "test", "COPILOT_SERVICE_NAME": "web",
             "COPILOT_LB_DNS": "shop-Publi-1ABCDEF.eu-west-1.elb.amazonaws.com",
             "COPILOT_SERVICE_DISCOVERY_ENDPOINT": "test.shop.local"}


class CopilotInAws(SluiceInAws):
    """With `redirect` and `rule`: those of HTTP and of HTTPS."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, Shop(cluster=CLUSTER, service=NEW, family="shop-test-web"))
        self.ecs, self.elb = aws.client("ecs"), aws.client("elbv2")
        make_network(aws, self.shop)
        self.group = self._make_group()
        self._make_listeners()
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.shop.task_definition = self._register()
        self._make_service()
        wait_until("all tasks", lambda: self.service(OLD)["runningCount"] == 2 and self._are_healthy())

    def _make_group(self) -> str:
        group = self.elb.create_target_group(
            Name=OLD_GROUP, Protocol="HTTP", Port=8080, VpcId=self.shop.vpc, TargetType="ip", HealthCheckPath="/",
            Tags=[{"Key": k, "Value": v} for k, v in (OF_THE_ENVIRONMENT | {"copilot-service": "web"}).items()],
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "60"}, {"Key": "stickiness.enabled", "Value": "false"}])
        return group

    def _make_listeners(self) -> None:
        """HTTP leads to HTTPS, and HTTPS to the service, both by the host and all paths and with one priority."""
        balancer = self.elb.create_load_balancer(Name="shop-Publi-1ABCDEF", Subnets=self.shop.subnets,
                                                 SecurityGroups=[self.shop.security_group])["LoadBalancers"][0]["LoadBalancerArn"]
        certificate = self.aws.client("iam").upload_server_certificate(  # nobody reads it: no TLS is spoken
            ServerCertificateName="shop", CertificateBody="certificate", PrivateKey="key")["ServerCertificateMetadata"]["Arn"]
        default = self.elb.create_target_group(Name="shop-t-Defau-0A1B2C3D", Protocol="HTTP", Port=80, VpcId=self.shop.vpc,
                                               TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
        listeners = [self.elb.create_listener(LoadBalancerArn=balancer, DefaultActions=[{"Type": "forward", "TargetGroupArn": default}],
                                              **how)["Listeners"][0]["ListenerArn"]
                     for how in ({"Protocol": "HTTP", "Port": 80},
                                 {"Protocol": "HTTPS", "Port": 443, "Certificates": [{"CertificateArn": certificate}]})]
        conditions = [{"Field": "host-header", "HostHeaderConfig": {"Values": [DOMAIN]}},
                      {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]
        actions = ({"Type": "redirect", "RedirectConfig": {
            "Protocol": "HTTPS", "Port": "443", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}", "StatusCode": "HTTP_301"}},
            {"Type": "forward", "TargetGroupArn": self.group})
        self.redirect, self.rule = (
            self.elb.create_rule(ListenerArn=listener, Priority=1, Conditions=conditions, Actions=[action])["Rules"][0]["RuleArn"]
            for listener, action in zip(listeners, actions))

    def _register(self) -> str:
        self.aws.client("logs").create_log_group(logGroupName="/copilot/shop-test-web")
        definition = self.shop.definition("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web@sha256:" + "1".zfill(64), VARIABLES)
        definition["containerDefinitions"][0]["logConfiguration"]["options"] |= {
            "awslogs-group": "/copilot/shop-test-web", "awslogs-stream-prefix": "copilot"}
        return self.ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]

    def _make_service(self) -> None:
        self.ecs.create_service(
            cluster=CLUSTER, serviceName=OLD, taskDefinition=self.shop.task_definition, desiredCount=2, launchType="FARGATE",
            platformVersion="LATEST", propagateTags="SERVICE", enableExecuteCommand=True, healthCheckGracePeriodSeconds=60,
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "minimumHealthyPercent": 100,
                                     "maximumPercent": 200},
            networkConfiguration=self.shop.network, loadBalancers=self.shop.balancers_of(self.group), serviceRegistries=[REGISTRY],
            tags=[{"key": k, "value": v} for k, v in TAGS.items()])
        self.aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs", ResourceId=f"service/{CLUSTER}/{OLD}", ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=2, MaxCapacity=10)

    def _are_healthy(self) -> bool:
        told = self.elb.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return [t["TargetHealth"]["State"] for t in told] == ["healthy"] * 2

    def configure_adoption(self) -> None:
        (self.folder / "sluice.yaml").write_text(json.dumps({
            "version": 1, "project": "shop", "environments": {"staging": {"target": "aws", "region": "eu-west-1"}},
            "strategy": {"steps": [{"weight": "10%", "bake": "100ms"}, {"weight": "100%", "bake": "100ms"}], "drain": "100ms"},
            "services": {"web": {"image": "shop/web", "health": {"within": "30s"}, "aws": {
                "cluster": CLUSTER, "service": NEW, "container": "web", "target_groups": GROUPS, "rules": [self.rule]}}}}))

    # What botocore sees.

    def service(self, name: str) -> dict:
        """Without what moves by itself."""
        found = self.ecs.describe_services(cluster=CLUSTER, services=[name], include=["TAGS"])["services"][0]
        return {k: v for k, v in found.items() if k not in ("events", "deployments")}

    def describe_rule(self, arn: str) -> dict:
        return self.elb.describe_rules(RuleArns=[arn])["Rules"][0]

    def weights(self) -> dict[str, int]:
        """By the target group's name."""
        forward = self.describe_rule(self.rule)["Actions"][-1]["ForwardConfig"]["TargetGroups"]
        return {g["TargetGroupArn"].split("/")[1]: g["Weight"] for g in forward}
