"""MangaAssist's place in the simulated AWS, as its sluice.yaml names it, and the real program that deploys it there."""

import json
import os
import re
import shutil
import subprocess
import unittest
import zipfile
from pathlib import Path

import yaml
from aws_simulator import Simulator, task_sets_of
from aws_simulator.fixture import Shop, make_network
from function_in_aws import ALIAS, ROLE, packed
from simulated_release import BEGINNING, stand_still
from sluice_in_aws import SluiceInAws, digest, wait_until

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "mangaassist"
CLUSTER, CONTAINER, PORT, STAGE = "mangaassist", "chatbot", 8080, "production"
CONTAINERS = {"orchestrator": "/*", "classifier": "/internal/classifier/*", "rag": "/internal/rag/*",
              "guardrails": "/internal/guardrails/*"}
FUNCTIONS = {"overflow": "python3.11", "websocket": "nodejs20.x"}
STAGES = ("rest-api", "websocket-api")
MEMBERS = {*CONTAINERS, *FUNCTIONS, *STAGES}
# What the smoke tests want to hear, as a behaviour's `answers`.
GOOD = {"/api/v1/classify": {"intent": "order_return"}}


def image(number: int) -> str:
    return f"mangaassist-chatbot@{digest(number)}"


class Yaml12(yaml.SafeLoader):
    """With the booleans of YAML 1.2, to which `off` is a word."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if not tag.endswith(":bool")] for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


class ExampleInAws(SluiceInAws):
    """All of it runs, with a first version of each, and nothing of it was deployed by sluice."""

    def __init__(self, build: Path, aws: Simulator) -> None:
        super().__init__(build, aws, None)
        shutil.copytree(EXAMPLE, self.folder / "example", ignore=shutil.ignore_patterns("node_modules", ".*cache", "__pycache__"))
        self.ecs, self.elb, self.lam = aws.client("ecs"), aws.client("elbv2"), aws.client("lambda")
        self.rest, self.v2 = aws.client("apigateway"), aws.client("apigatewayv2")
        self.rules: dict[str, str] = {}
        self.groups: dict[str, tuple[str, str]] = {}
        self._make_balanced_services()
        for name, runtime in FUNCTIONS.items():
            self._make_function(name, runtime)
        self.rest_api = self._make_rest_api()
        self.socket_api = self._make_socket_api()
        self.folder = self.folder / "example"

    def __exit__(self, *exception: object) -> None:
        whole = self.folder.parent
        super().__exit__(*exception)
        shutil.rmtree(whole, ignore_errors=True)

    # What stands there.

    def _make_balanced_services(self) -> None:
        network = Shop()
        make_network(self.aws, network)
        self.ecs.create_cluster(clusterName=CLUSTER)
        balancer = self.elb.create_load_balancer(Name=CLUSTER, Subnets=network.subnets, SecurityGroups=[network.security_group])[
            "LoadBalancers"][0]["LoadBalancerArn"]
        users, tests = (self.elb.create_listener(
            LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}])["Listeners"][0]["ListenerArn"]
            for port in (80, 8443))
        for number, (name, path) in enumerate(reversed(CONTAINERS.items()), 1):
            blue, green = (self._make_group(f"{name}-{colour}", network.vpc) for colour in ("blue", "green"))
            self.groups[name] = (blue, green)
            self.rules[name] = self._make_rule(users, number, path, blue, green)
            self._make_service(name, network, blue)
        self.test_rule = self._make_rule(tests, 1, "/*", *self.groups["orchestrator"])
        wait_until("all tasks", lambda: all(self._is_steady(name) for name in CONTAINERS))

    def _make_group(self, name: str, vpc: str) -> str:
        return self.elb.create_target_group(
            Name=name, Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip", HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5, HealthyThresholdCount=2)["TargetGroups"][0]["TargetGroupArn"]

    def _make_rule(self, listener: str, priority: int, path: str, blue: str, green: str) -> str:
        return self.elb.create_rule(
            ListenerArn=listener, Priority=priority, Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [
                {"TargetGroupArn": blue, "Weight": 100}, {"TargetGroupArn": green, "Weight": 0}]}}])["Rules"][0]["RuleArn"]

    def _make_service(self, name: str, network: Shop, group: str) -> None:
        definition = self.ecs.register_task_definition(
            family=f"{CLUSTER}-{name}", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
            containerDefinitions=[{"name": CONTAINER, "image": image(0), "essential": True,
                                   "portMappings": [{"containerPort": PORT}]}])["taskDefinition"]["taskDefinitionArn"]
        place = {"cluster": CLUSTER, "service": name}
        self.ecs.create_service(cluster=CLUSTER, serviceName=name, desiredCount=2, deploymentController={"type": "EXTERNAL"})
        first = self.ecs.create_task_set(
            **place, taskDefinition=definition, launchType="FARGATE", networkConfiguration=network.network,
            scale={"value": 100.0, "unit": "PERCENT"},
            loadBalancers=[{"targetGroupArn": group, "containerName": CONTAINER, "containerPort": PORT}])["taskSet"]["taskSetArn"]
        self.ecs.update_service_primary_task_set(**place, primaryTaskSet=first)

    def _is_steady(self, name: str) -> bool:
        sets = task_sets_of(self.ecs, CLUSTER, name)
        return [s["stabilityStatus"] for s in sets] == ["STEADY_STATE"]

    def _make_function(self, name: str, runtime: str) -> None:
        package = self.folder / "first.zip"
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr(zipfile.ZipInfo("first.txt"), name)
        function = f"mangaassist-{name}"
        self.lam.create_function(FunctionName=function, Role=ROLE, Runtime=runtime, Handler="handler.handler",
                                 Code={"ZipFile": package.read_bytes()},
                                 Environment={"Variables": {"METRICS_NAMESPACE": "MangaAssist"}})
        wait_until(function, lambda: self.lam.get_function_configuration(FunctionName=function)["State"] == "Active")
        self.lam.publish_version(FunctionName=function)
        self.lam.create_alias(FunctionName=function, Name=ALIAS, FunctionVersion="1")

    def _make_rest_api(self) -> str:
        api = self.rest.create_rest_api(name=CLUSTER)["id"]
        self.rest.put_rest_api(restApiId=api, mode="overwrite", body=(EXAMPLE / "gateway" / "rest.openapi.yaml").read_bytes())
        self.rest.create_deployment(restApiId=api, stageName=STAGE, variables={"overflow_alias": ALIAS})
        return api

    def _make_socket_api(self) -> str:
        """Of websocket.json, as the gateway's README says that it is meant."""
        made = json.loads((EXAMPLE / "gateway" / "websocket.json").read_text())
        api = self.v2.create_api(**made["Api"])["ApiId"]
        integrations = {name: self.v2.create_integration(ApiId=api, **i)["IntegrationId"] for name, i in made["Integrations"].items()}
        for route in made["Routes"]:
            integration = integrations[route.pop("Target").removeprefix("integrations/")]
            self.v2.create_route(ApiId=api, Target=f"integrations/{integration}", **route)
        first = self.v2.create_deployment(ApiId=api)["DeploymentId"]
        self.v2.create_stage(ApiId=api, StageName=STAGE, DeploymentId=first, **made["Stage"])
        return api

    def send_requests(self, containers: dict[str, float], functions: float) -> None:
        """So many a second to each of these services, and to each function."""
        for name, rate in containers.items():
            self.aws.set_traffic(self.rules[name], rate)
        for name in FUNCTIONS:
            alias = self.lam.get_alias(FunctionName=f"mangaassist-{name}", Name=ALIAS)["AliasArn"]
            self.aws.set_traffic(alias, functions)

    # How it is deployed.

    def package(self, number: int) -> dict[str, str]:
        """The functions' zips of a change to each, by the example's own tool; where a zip is, by service. The REST API's
        definition is changed, too."""
        self._add_line("functions/overflow/handler.py", f"NUMBER = {number}")
        self._add_line("functions/websocket/src/handler.ts", f"export const number = {number};")
        self.define_rest_api(number)
        for name in FUNCTIONS:
            subprocess.run(["/usr/bin/python3", "tools/package_function.py", name, f"{name}.zip"], check=True, env=os.environ,
                           cwd=self.folder, stdout=subprocess.DEVNULL)
        return {name: f"{name}.zip" for name in FUNCTIONS}

    def stand_ins(self, number: int) -> dict[str, str]:
        """Something new for each member, by service, without the example's own tools: they take their time."""
        for name in FUNCTIONS:
            (self.folder / f"{name}.zip").write_bytes(packed(f"{name} {number}"))
        self.define_rest_api(number)
        return dict.fromkeys(CONTAINERS, image(number)) | {name: f"{name}.zip" for name in FUNCTIONS}

    def define_rest_api(self, number: int) -> None:
        """Otherwise than by any other number."""
        self._add_line("gateway/rest.openapi.yaml", f"x-number: {number}")

    def _add_line(self, source: str, line: str) -> None:
        (self.folder / source).write_text(f"{(EXAMPLE / source).read_text()}\n{line}\n")

    def configuration(self) -> dict:
        """The example's own sluice.yaml of this environment, but for the ids that AWS gives."""
        made = yaml.load((EXAMPLE / "sluice.yaml").read_text(), Yaml12)
        ours = made["environments"]["aws"]
        made["environments"] = {"aws": ours}
        made["registry"] = {"aws": made["registry"]["aws"]}
        ours["url"] = self.aws.front_door(self.rules["orchestrator"])
        of_service = ours["services"]
        for name in CONTAINERS:
            of_service[name]["aws"]["rules"] = [self.rules[name]]
        of_service["orchestrator"]["aws"]["test"] = {"rule": self.test_rule, "url": self.aws.front_door(self.test_rule)}
        of_service["rest-api"]["aws"]["rest_api"] = self.rest_api
        of_service["websocket-api"]["aws"]["api"] = self.socket_api
        return made

    def configure_for_now(self, bake: str, within: str = "") -> None:
        """The same with bakes of a moment, `bake` the last one, for which no alarm or comparison has minutes enough. `within`:
        how long its tasks may take to be healthy, if not as long as the example says."""
        made = self.configuration()
        ours = made["environments"]["aws"]
        of_service = ours["services"]
        ours["analysis"] = "off"
        for name in (*CONTAINERS, *FUNCTIONS):
            del of_service[name]["analysis"]
        for name in CONTAINERS if within else ():
            of_service[name]["health"]["within"] = within
        for strategy in (ours["strategy"], *(of_service[name]["strategy"] for name in FUNCTIONS)):
            for step in strategy["steps"]:
                step["bake"] = "100ms"
            strategy["steps"][-1]["bake"] = bake
            strategy["drain"] = "100ms"
        made["alarms"] = {}
        ours.pop("alarms"), [of_service[name].pop("alarms") for name in FUNCTIONS]
        self.write(made)

    def write(self, configuration: dict) -> None:
        (self.folder / "sluice.yaml").write_text(json.dumps(configuration, indent=1))

    # What botocore sees.

    def serves(self) -> dict[str, str]:
        """By member what has all of its traffic: an image, a version, a deployment; or `divided`."""
        return ({name: self._image(name) for name in CONTAINERS} | {name: self._version(name) for name in FUNCTIONS}
                | {"rest-api": self.rest.get_stage(restApiId=self.rest_api, stageName=STAGE)["deploymentId"],
                   "websocket-api": self.v2.get_stage(ApiId=self.socket_api, StageName=STAGE)["DeploymentId"]})

    def _image(self, name: str) -> str:
        (rule,) = self.elb.describe_rules(RuleArns=[self.rules[name]])["Rules"]
        with_traffic = [g["TargetGroupArn"] for g in rule["Actions"][-1]["ForwardConfig"]["TargetGroups"] if g["Weight"]]
        sets = [s for s in task_sets_of(self.ecs, CLUSTER, name)
                if s["loadBalancers"][0]["targetGroupArn"] in with_traffic]
        return self.image_of(sets[0]) if len(with_traffic) == len(sets) == 1 else "divided"

    def _version(self, name: str) -> str:
        alias = self.lam.get_alias(FunctionName=f"mangaassist-{name}", Name=ALIAS)
        return "divided" if alias.get("RoutingConfig", {}).get("AdditionalVersionWeights") else alias["FunctionVersion"]

    def made(self) -> dict[str, set[str]]:
        """What there is of what a release makes one of, by member."""
        made = {name: self.ecs.list_task_definitions(familyPrefix=f"{CLUSTER}-{name}")["taskDefinitionArns"]
                for name in CONTAINERS}
        for name in FUNCTIONS:
            versions = self.lam.list_versions_by_function(FunctionName=f"mangaassist-{name}")["Versions"]
            made[name] = [v["Version"] for v in versions]
        rest = self.rest.get_deployments(restApiId=self.rest_api, limit=500)["items"]
        socket = self.v2.get_deployments(ApiId=self.socket_api, MaxResults="500")["Items"]
        made |= {"rest-api": [d["id"] for d in rest], "websocket-api": [d["DeploymentId"] for d in socket]}
        return {name: set(ids) for name, ids in made.items()}

    def task_sets_there(self) -> int:
        return sum(len([s for s in task_sets_of(self.ecs, CLUSTER, name)
                        if s["status"] != "DRAINING"]) for name in CONTAINERS)


def example_at_rest(build: Path) -> ExampleInAws:
    """For `setUpModule`: in an AWS whose clock stands, for releases in simulated time."""
    aws = unittest.enterModuleContext(Simulator(scale=60))
    aws.advance(BEGINNING - aws.now())  # while there is nothing whose minutes would be counted
    world = unittest.enterModuleContext(ExampleInAws(build, aws))
    stand_still(aws)
    aws.set_behaviours({"answers": GOOD})
    return world
