"""A template of CloudFormation, made in the simulated AWS by the calls that its resources stand for. moto has a CloudFormation
of its own, but that one goes past the simulator, and has neither task sets nor primary ones.

What a resource's `Ref` and attributes are: "Return values" of its page in the template reference.
"""

import json
import re
from typing import Any, NamedTuple

import yaml

REGION, ACCOUNT, PARTITION, SUFFIX = "eu-west-1", "123456789012", "aws", "amazonaws.com"
NOTHING = object()  # AWS::NoValue


class Made(NamedTuple):
    ref: str
    attributes: dict[str, str] = {}


class Loader(yaml.SafeLoader):
    """With the short forms: `!Sub x` is {"Fn::Sub": "x"}."""


def _short_form(loader: Loader, name: str, node: yaml.Node) -> dict:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    else:
        value = loader.construct_sequence(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", _short_form)


def camel(value: Any) -> Any:
    """Members as ECS's interface writes them."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: camel(item) for name, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


class Stack:
    """`create` and `update` make what is not there. Resources that are made are never written again: `changed` tells which of
    them an update would write, or remove."""

    def __init__(self, aws, template: str, **parameters: str) -> None:
        self.template = yaml.load(template, Loader)
        self.client = aws.client
        self.parameters = {name: given.get("Default") for name, given in self.template["Parameters"].items()} | parameters
        self.made: dict[str, Made] = {}
        self.properties: dict[str, Any] = {}
        self.left_out: set[str] = set()

    def create(self) -> "Stack":
        for name in self.template["Resources"]:
            if self.is_wanted(name) and name not in self.left_out:
                self.make(name)
        return self

    def update(self, **parameters: str) -> "Stack":
        self.parameters |= parameters
        return self.create()

    def changed(self, **parameters: str) -> list[str]:
        before, self.parameters = self.parameters, self.parameters | parameters
        try:
            return [name for name in self.made if not self.is_wanted(name)
                    or self.resolved(self.template["Resources"][name].get("Properties", {})) != self.properties[name]]
        finally:
            self.parameters = before

    def outputs(self) -> dict[str, str]:
        return {name: self.resolved(output["Value"]) for name, output in self.template["Outputs"].items()}

    def is_wanted(self, name: str) -> bool:
        condition = self.template["Resources"][name].get("Condition")
        return condition is None or self.holds({"Condition": condition})

    def make(self, name: str) -> Made:
        if name not in self.made:
            resource = self.template["Resources"][name]
            for other in [resource.get("DependsOn", [])] if isinstance(resource.get("DependsOn", []), str) else []:
                self.make(other)
            self.properties[name] = self.resolved(resource.get("Properties", {}))
            handler = getattr(self, "_" + resource["Type"].replace("::", "_"))
            self.made[name] = handler(dict(self.properties[name]), name)
        return self.made[name]

    # Intrinsic functions.

    def holds(self, condition: Any) -> bool:
        ((function, given),) = condition.items()
        match function:
            case "Condition":
                return self.holds(self.template["Conditions"][given])
            case "Fn::Not":
                return not self.holds(given[0])
            case "Fn::And":
                return all(self.holds(one) for one in given)
            case "Fn::Equals":
                return self.resolved(given[0]) == self.resolved(given[1])
        raise AssertionError(f"the condition {function} is not known here")

    def resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self.resolved, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, given),) = value.items()
            match function:
                case "Ref":
                    return self.reference(given)
                case "Fn::GetAtt":
                    return self.reference(given)
                case "Fn::Sub":
                    return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", lambda found: str(self.reference(found[1])), given)
                case "Fn::If":
                    return self.resolved(given[1 if self.holds({"Condition": given[0]}) else 2])
        found = {name: self.resolved(item) for name, item in value.items()}
        return {name: item for name, item in found.items() if item is not NOTHING}

    def reference(self, name: str) -> Any:
        pseudo = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": PARTITION, "AWS::URLSuffix": SUFFIX,
                  "AWS::NoValue": NOTHING}
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            kind, value = self.template["Parameters"][name]["Type"], self.parameters[name]
            if kind.startswith("List<"):
                return value.split(",")
            return int(value) if kind == "Number" else value
        logical, _, attribute = name.partition(".")
        made = self.make(logical)
        return made.attributes[attribute] if attribute else made.ref

    # Resources.

    def _AWS_ECR_Repository(self, p: dict, _: str) -> Made:
        policy = p.pop("LifecyclePolicy")["LifecyclePolicyText"]
        filters = [{"filterType": f["ImageTagMutabilityExclusionFilterType"],
                    "filter": f["ImageTagMutabilityExclusionFilterValue"]} for f in p.pop("ImageTagMutabilityExclusionFilters")]
        ecr = self.client("ecr")
        made = ecr.create_repository(**camel(p), imageTagMutabilityExclusionFilters=filters)["repository"]
        ecr.put_lifecycle_policy(repositoryName=made["repositoryName"], lifecyclePolicyText=policy)
        return Made(made["repositoryName"], {"Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]})

    def _AWS_Logs_LogGroup(self, p: dict, _: str) -> Made:
        name = p["LogGroupName"]
        self.client("logs").create_log_group(logGroupName=name)
        self.client("logs").put_retention_policy(logGroupName=name, retentionInDays=p["RetentionInDays"])
        return Made(name, {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"})

    def _AWS_Logs_MetricFilter(self, p: dict, _: str) -> Made:
        self.client("logs").put_metric_filter(**camel(p))
        return Made(p["FilterName"])

    def _AWS_EC2_SecurityGroup(self, p: dict, name: str) -> Made:
        group = self.client("ec2").create_security_group(
            GroupName=f"{self.parameters['Project']}-{name}", Description=p["GroupDescription"], VpcId=p["VpcId"])["GroupId"]
        for rule in p["SecurityGroupIngress"]:
            peer = ({"IpRanges": [{"CidrIp": rule["CidrIp"]}]} if "CidrIp" in rule
                    else {"UserIdGroupPairs": [{"GroupId": rule["SourceSecurityGroupId"]}]})
            self.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[
                {"IpProtocol": rule["IpProtocol"], "FromPort": rule["FromPort"], "ToPort": rule["ToPort"]} | peer])
        return Made(group, {"GroupId": group})

    def _AWS_ElasticLoadBalancingV2_LoadBalancer(self, p: dict, name: str) -> Made:
        made = self.client("elbv2").create_load_balancer(Name=f"{self.parameters['Project']}-{name}", **p)["LoadBalancers"][0]
        arn = made["LoadBalancerArn"]
        return Made(arn, {"DNSName": made["DNSName"], "LoadBalancerFullName": arn.partition("loadbalancer/")[2]})

    def _AWS_ElasticLoadBalancingV2_TargetGroup(self, p: dict, _: str) -> Made:
        attributes = p.pop("TargetGroupAttributes")
        arn = self.client("elbv2").create_target_group(**p)["TargetGroups"][0]["TargetGroupArn"]
        self.client("elbv2").modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)
        return Made(arn, {"TargetGroupFullName": arn.rpartition(":")[2], "TargetGroupName": p["Name"]})

    def _AWS_ElasticLoadBalancingV2_Listener(self, p: dict, _: str) -> Made:
        return Made(self.client("elbv2").create_listener(**p)["Listeners"][0]["ListenerArn"])

    def _AWS_ElasticLoadBalancingV2_ListenerRule(self, p: dict, _: str) -> Made:
        return Made(self.client("elbv2").create_rule(**p)["Rules"][0]["RuleArn"])

    def _AWS_ECS_Cluster(self, p: dict, _: str) -> Made:
        made = self.client("ecs").create_cluster(**camel(p))["cluster"]
        return Made(made["clusterName"], {"Arn": made["clusterArn"]})

    def _AWS_ECS_Service(self, p: dict, _: str) -> Made:
        made = self.client("ecs").create_service(**camel(p))["service"]
        return Made(made["serviceArn"], {"Name": made["serviceName"]})

    def _AWS_ECS_TaskDefinition(self, p: dict, _: str) -> Made:
        return Made(self.client("ecs").register_task_definition(**camel(p))["taskDefinition"]["taskDefinitionArn"])

    def _AWS_ECS_TaskSet(self, p: dict, _: str) -> Made:
        network = p.pop("NetworkConfiguration")["AwsVpcConfiguration"]
        set_id = self.client("ecs").create_task_set(
            **camel(p), networkConfiguration={"awsvpcConfiguration": camel(network)})["taskSet"]["id"]
        return Made(f"{p['Cluster']}|{p['Service']}|{set_id}", {"Id": set_id})

    def _AWS_ECS_PrimaryTaskSet(self, p: dict, name: str) -> Made:
        self.client("ecs").update_service_primary_task_set(
            cluster=p["Cluster"], service=p["Service"], primaryTaskSet=p["TaskSetId"])
        return Made(name)

    def _AWS_IAM_Role(self, p: dict, _: str) -> Made:
        policies = p.pop("Policies", [])
        trust = json.dumps(p.pop("AssumeRolePolicyDocument"))
        made = self.client("iam").create_role(**p, AssumeRolePolicyDocument=trust)["Role"]
        for policy in policies:
            self._AWS_IAM_RolePolicy(policy | {"RoleName": made["RoleName"]}, "")
        return Made(made["RoleName"], {"Arn": made["Arn"]})

    def _AWS_IAM_RolePolicy(self, p: dict, name: str) -> Made:
        self.client("iam").put_role_policy(RoleName=p["RoleName"], PolicyName=p["PolicyName"],
                                           PolicyDocument=json.dumps(p["PolicyDocument"]))
        return Made(name)

    def _AWS_IAM_OIDCProvider(self, p: dict, _: str) -> Made:
        return Made(self.client("iam").create_open_id_connect_provider(
            Url=p["Url"], ClientIDList=p["ClientIdList"])["OpenIDConnectProviderArn"])

    def _AWS_CloudWatch_Alarm(self, p: dict, _: str) -> Made:
        self.client("cloudwatch").put_metric_alarm(**p)
        return Made(p["AlarmName"])

    def _AWS_CloudWatch_CompositeAlarm(self, p: dict, _: str) -> Made:
        self.client("cloudwatch").put_composite_alarm(**p)
        return Made(p["AlarmName"])
