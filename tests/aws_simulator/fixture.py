"""A set-up that most tests of ECS begin with: a network, a load balancer with two listeners, and a service that runs."""
import dataclasses

from .simulator import Simulator


@dataclasses.dataclass
class Shop:
    """ARNs and names of what `make_shop` made. `rules` are two rules, one of each listener, both with the path /api/*."""
    vpc: str = ""
    subnets: list = dataclasses.field(default_factory=list)
    security_group: str = ""
    balancer: str = ""
    http_listener: str = ""
    https_listener: str = ""
    rules: list = dataclasses.field(default_factory=list)
    blue_group: str = ""
    green_group: str = ""
    cluster: str = "shop"
    service: str = "web"
    service_arn: str = ""
    container: str = "web"
    port: int = 8080
    family: str = "shop-web"
    task_definition: str = ""
    task_set: str = ""

    @property
    def network(self) -> dict:
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.security_group],
                                        "assignPublicIp": "DISABLED"}}

    def balancers_of(self, group: str) -> list[dict]:
        """loadBalancers of a task set whose tasks serve `group`."""
        return [{"targetGroupArn": group, "containerName": self.container, "containerPort": self.port}]

    def definition(self, image: str, environment: dict | None = None) -> dict:
        """The input of RegisterTaskDefinition for an image."""
        return {
            "family": self.family, "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256",
            "memory": "512", "executionRoleArn": "arn:aws:iam::123456789012:role/shop-execution",
            "taskRoleArn": "arn:aws:iam::123456789012:role/shop-task",
            "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            "containerDefinitions": [{
                "name": self.container, "image": image, "essential": True,
                "portMappings": [{"containerPort": self.port, "protocol": "tcp", "name": "http"}],
                "environment": [{"name": k, "value": v} for k, v in (environment or {"LOG_LEVEL": "info"}).items()],
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": "/shop/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}}}]}

    def weights(self, aws: Simulator) -> list[tuple[int, int]]:
        """BLUE's and GREEN's weight in each rule, as a client reads them."""
        found = []
        for rule in aws.client("elbv2").describe_rules(RuleArns=self.rules)["Rules"]:
            by_group = {g["TargetGroupArn"]: g["Weight"] for g in rule["Actions"][-1]["ForwardConfig"]["TargetGroups"]}
            found.append((by_group.get(self.blue_group, 0), by_group.get(self.green_group, 0)))
        return found


def make_shop(aws: Simulator, image: str = "shop/web:1", desired: int = 2, controller: str = "EXTERNAL",
              wait: bool = True, container: str = "web", deployment: dict | None = None) -> Shop:
    """Makes it all; with `wait` the first task set is in its steady state afterwards (the simulated clock goes on).

    `deployment`: the deploymentConfiguration of a service of the controller ECS, whose production rule is then the first of
    `rules` and its test rule the second.
    """
    shop = Shop(container=container)
    make_network(aws, shop)
    _make_balancer(aws, shop)
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=shop.cluster)
    shop.task_definition = ecs.register_task_definition(**shop.definition(image))["taskDefinition"]["taskDefinitionArn"]
    common = {"cluster": shop.cluster, "serviceName": shop.service, "desiredCount": desired,
              "deploymentController": {"type": controller}}
    task = {"taskDefinition": shop.task_definition, "launchType": "FARGATE", "networkConfiguration": shop.network,
            "loadBalancers": shop.balancers_of(shop.blue_group)}
    if deployment is not None:
        common["deploymentConfiguration"] = deployment
        task["loadBalancers"][0]["advancedConfiguration"] = {
            "alternateTargetGroupArn": shop.green_group, "productionListenerRule": shop.rules[0],
            "testListenerRule": shop.rules[1], "roleArn": "arn:aws:iam::123456789012:role/ecs-balancing"}
    created = ecs.create_service(**common, **({} if controller == "EXTERNAL" else task))["service"]
    shop.service_arn = created["serviceArn"]
    if controller == "EXTERNAL":
        shop.task_set = ecs.create_task_set(cluster=shop.cluster, service=shop.service, externalId="first",
                                            scale={"value": 100.0, "unit": "PERCENT"}, **task)["taskSet"]["taskSetArn"]
        ecs.update_service_primary_task_set(cluster=shop.cluster, service=shop.service, primaryTaskSet=shop.task_set)
    if wait:
        settle(aws, shop)
    return shop


def task_sets_of(ecs, cluster: str, service: str) -> list[dict]:
    """All of them, draining ones too."""
    return ecs.describe_services(cluster=cluster, services=[service])["services"][0]["taskSets"]


def settle(aws: Simulator, shop: Shop, seconds: float = 900) -> None:
    """Lets simulated time pass until as many tasks run, and are healthy, as the service wants."""
    ecs, elb = aws.client("ecs"), aws.client("elbv2")
    for _ in range(int(seconds / 5)):
        service = ecs.describe_services(cluster=shop.cluster, services=[shop.service])["services"][0]
        if service["runningCount"] == service["desiredCount"] and service["pendingCount"] == 0:
            states = [t["TargetHealth"]["State"] for g in (shop.blue_group, shop.green_group)
                      for t in elb.describe_target_health(TargetGroupArn=g)["TargetHealthDescriptions"]]
            if states.count("healthy") == service["desiredCount"] == len(states):
                return
        aws.advance(5)
    raise TimeoutError(f"the service has not settled: {service}")


def make_network(aws: Simulator, shop: Shop) -> None:
    ec2 = aws.client("ec2")
    shop.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=shop.vpc, **{name: {"Value": True}})
    for number, zone in enumerate(("eu-west-1a", "eu-west-1b")):
        shop.subnets.append(ec2.create_subnet(VpcId=shop.vpc, CidrBlock=f"10.0.{number}.0/24",
                                              AvailabilityZone=zone)["Subnet"]["SubnetId"])
    shop.security_group = ec2.create_security_group(GroupName="shop", Description="shop", VpcId=shop.vpc)["GroupId"]


def _make_balancer(aws: Simulator, shop: Shop) -> None:
    elb = aws.client("elbv2")
    shop.balancer = elb.create_load_balancer(Name="shop", Subnets=shop.subnets, SecurityGroups=[shop.security_group])[
        "LoadBalancers"][0]["LoadBalancerArn"]
    for color in ("blue", "green"):
        group = elb.create_target_group(
            Name=f"shop-{color}", Protocol="HTTP", Port=shop.port, VpcId=shop.vpc, TargetType="ip",
            HealthCheckPath="/health", HealthCheckIntervalSeconds=5, HealthyThresholdCount=2)["TargetGroups"][0]
        setattr(shop, f"{color}_group", group["TargetGroupArn"])
        elb.modify_target_group_attributes(TargetGroupArn=group["TargetGroupArn"], Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}])
    absent = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]
    certificate = aws.client("iam").upload_server_certificate(  # nobody reads it: no TLS is spoken
        ServerCertificateName="shop", CertificateBody="certificate", PrivateKey="key")["ServerCertificateMetadata"]["Arn"]
    shop.http_listener = elb.create_listener(LoadBalancerArn=shop.balancer, Protocol="HTTP", Port=80, DefaultActions=absent)[
        "Listeners"][0]["ListenerArn"]
    shop.https_listener = elb.create_listener(
        LoadBalancerArn=shop.balancer, Protocol="HTTPS", Port=443, DefaultActions=absent,
        Certificates=[{"CertificateArn": certificate}])["Listeners"][0]["ListenerArn"]
    for listener in (shop.http_listener, shop.https_listener):
        rule = elb.create_rule(
            ListenerArn=listener, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [
                {"TargetGroupArn": shop.blue_group, "Weight": 100}, {"TargetGroupArn": shop.green_group, "Weight": 0}]}}])
        shop.rules.append(rule["Rules"][0]["RuleArn"])
