"""Terraform's resources in the words of the template: what the properties of their counterparts must be."""

import json
from typing import Any

from stack_walk import ACCOUNT, PARTITION, SUFFIX, Stack
from terraform_reader import Module

COUNTERPARTS = {
    "aws_ecr_repository.images": "Repository", "aws_cloudwatch_log_group.tasks": "Logs",
    "aws_security_group.balancer": "BalancerSecurity", "aws_security_group.tasks": "TaskSecurity", "aws_lb.main": "Balancer",
    "aws_lb_target_group.colours.blue": "BlueGroup", "aws_lb_target_group.colours.green": "GreenGroup",
    "aws_lb_listener.http": "HttpListener", "aws_lb_listener.https": "HttpsListener", "aws_lb_listener_rule.http": "HttpRule",
    "aws_lb_listener_rule.redirect": "RedirectRule", "aws_lb_listener_rule.https": "HttpsRule",
    "aws_ecs_cluster.main": "Cluster", "aws_ecs_service.main": "Service", "aws_ecs_task_definition.first": "TaskDefinition",
    "aws_iam_role.task": "TaskRole", "aws_iam_role.execution": "ExecutionRole", "aws_iam_role.sluice": "SluiceRole",
    "aws_iam_openid_connect_provider.github": "GithubTokens", "aws_cloudwatch_metric_alarm.errors": "ErrorAlarm",
    "aws_cloudwatch_metric_alarm.latency": "LatencyAlarm", "aws_cloudwatch_metric_alarm.health": "HealthAlarm",
    "aws_cloudwatch_metric_alarm.log": "LogAlarm", "aws_cloudwatch_log_metric_filter.error_lines": "ErrorLineCount",
    "aws_cloudwatch_metric_alarm.deployment_success": "DeploymentSuccessAlarm",
    "aws_cloudwatch_metric_alarm.deployment_duration": "DeploymentDurationAlarm",
    "aws_cloudwatch_metric_alarm.rollbacks": "RollbackAlarm", "aws_cloudwatch_metric_alarm.slow_recoveries": "SlowRecoveries",
    "aws_cloudwatch_metric_alarm.rollback_today": "RollbackToday", "aws_cloudwatch_composite_alarm.recovery": "RecoveryAlarm"}
# Parts of what is one resource in the template, and what is two there.
PARTS = {"aws_ecr_lifecycle_policy.images", "aws_iam_role_policy.execution", "aws_iam_role_policy.sluice",
         "terraform_data.first_task_set"}
WITHOUT_COUNTERPART = {"SluicePolicy", "FirstTaskSet", "PrimaryTaskSet"}
ATTRIBUTES = {"arn_suffix": {"aws_lb": ".LoadBalancerFullName", "aws_lb_target_group": ".TargetGroupFullName"},
              "arn": {"aws_ecr_repository": ".Arn", "aws_iam_role": ".Arn", "aws_ecs_cluster": ".Arn",
                      "aws_cloudwatch_log_group": ".Arn"},
              "id": {"aws_security_group": ".GroupId"}, "dns_name": {"aws_lb": ".DNSName"},
              "alarm_name": {}, "name": {"aws_lb_target_group": ".TargetGroupName", "aws_ecs_service": ".Name"}}


def known(value: Any, stack: Stack) -> Any:
    """With what the stack has in the place of each attribute that only AWS knows."""
    if isinstance(value, dict):
        return {name: known(item, stack) for name, item in value.items()}
    if isinstance(value, list):
        return [known(item, stack) for item in value]
    if not isinstance(value, str):
        return value
    given = {"<data.aws_caller_identity.here.account_id>": ACCOUNT, "<data.aws_partition.here.partition>": PARTITION,
             "<data.aws_partition.here.dns_suffix>": SUFFIX}
    for address, logical in COUNTERPARTS.items():
        kind = address.partition(".")[0]
        for attribute in ("arn", "arn_suffix", "id", "name", "dns_name", "alarm_name"):
            token = f"<{address}.{attribute}>"
            if token in value:
                given[token] = stack.reference(logical + ATTRIBUTES[attribute].get(kind, ""))
    if "log_group.tasks.arn>:*" in value:  # Terraform leaves the end of that ARN out
        value = value.replace(">:*", ">")
    for token, found in given.items():
        value = value.replace(token, str(found))
    return value


def _listed(value: Any) -> list:
    return value if isinstance(value, list) else [value]


def statements(document: dict) -> list[dict]:
    """Of a policy of IAM, in one form."""
    found = []
    for s in document["Statement"]:
        conditions = {f"{test}:{key}": _listed(values) for test, keys in s.get("Condition", {}).items()
                      for key, values in keys.items()}
        found.append({"Sid": s.get("Sid"), "Action": sorted(_listed(s["Action"])), "Resource": _listed(s.get("Resource", [])),
                      "Principal": s.get("Principal"), "Condition": conditions})
    return found


def _statement(s: dict) -> dict:
    principal = {p["type"]: p["identifiers"][0] for p in s.get("principals", [])} or None
    return {"Sid": s.get("sid"), "Action": sorted(s["actions"]), "Resource": s.get("resources", []), "Principal": principal,
            "Condition": {f"{c['test']}:{c['variable']}": c["values"] for c in s.get("condition", [])}}


def policy(module: Module, name: str) -> list[dict]:
    address = f"aws_iam_policy_document.{name}"
    found = [_statement(s) for s in module.data[address]["statement"]]
    if "dynamic" in module.written[address] and module.variables["github_repository"]:
        found.append(_statement(module.dynamic(address, "statement", {})))
    return found


def _actions(given: list[dict]) -> list[dict]:
    found = []
    for action in given:
        if "forward" in action:
            groups = [{"TargetGroupArn": g["arn"], "Weight": g["weight"]} for g in action["forward"][0]["target_group"]]
            found.append({"Type": "forward", "ForwardConfig": {"TargetGroups": groups}})
        elif "redirect" in action:
            to = action["redirect"][0]
            found.append({"Type": "redirect", "RedirectConfig": {
                "Protocol": to["protocol"], "Port": to["port"], "StatusCode": to["status_code"]}})
        else:
            answer = action["fixed_response"][0]
            found.append({"Type": action["type"], "FixedResponseConfig": {
                "StatusCode": answer["status_code"], "ContentType": answer["content_type"]}})
    return found


def _query(q: dict) -> dict:
    if "metric" not in q:
        return {"Id": q["id"], "Label": q["label"], "Expression": q["expression"]}
    metric = q["metric"][0]
    return {"Id": q["id"], "ReturnData": False, "MetricStat": {
        "Metric": {"Namespace": metric["namespace"], "MetricName": metric["metric_name"], "Dimensions": _dimensions(metric)},
        "Period": metric["period"], "Stat": metric["stat"]}}


def _dimensions(metric: dict) -> list[dict]:
    return [{"Name": name, "Value": value} for name, value in sorted(metric["dimensions"].items(), reverse=True)]


def _alarm(r: dict, module: Module, address: str) -> dict:
    found = {"AlarmName": r["alarm_name"], "AlarmDescription": r["alarm_description"], "Threshold": r["threshold"],
             "ComparisonOperator": r["comparison_operator"], "EvaluationPeriods": r["evaluation_periods"],
             "DatapointsToAlarm": r["datapoints_to_alarm"], "TreatMissingData": r["treat_missing_data"]}
    if "alarm_actions" in r:
        found["AlarmActions"] = r["alarm_actions"]
    if "metric_query" in r:
        queries = [_query(q) for q in r["metric_query"]]
        if "dynamic" in module.written[address]:
            queries += [_query(module.dynamic(address, "metric_query", {
                "metric_query.key": colour,
                "metric_query.value.arn_suffix": f"<aws_lb_target_group.colours.{colour}.arn_suffix>"}))
                for colour in ("blue", "green")]
        return found | {"Metrics": queries}
    found |= {"Namespace": r["namespace"], "MetricName": r["metric_name"], "Period": r["period"]}
    if "dimensions" in r:
        found["Dimensions"] = _dimensions(r)
    return found | ({"Statistic": r["statistic"]} if "statistic" in r else {"ExtendedStatistic": r["extended_statistic"]})


def _ingress(rule: dict) -> dict:
    peer = ({"CidrIp": rule["cidr_blocks"][0]} if "cidr_blocks" in rule
            else {"SourceSecurityGroupId": rule["security_groups"][0]})
    return {"IpProtocol": rule["protocol"], "FromPort": rule["from_port"], "ToPort": rule["to_port"]} | peer


def properties(module: Module, address: str) -> dict:
    """What stands in the template for the resource."""
    r = module.resources[address]
    match address.partition(".")[0]:
        case "aws_ecr_repository":
            rules = json.loads(module.resources["aws_ecr_lifecycle_policy.images"]["policy"])
            excluded = r["image_tag_mutability_exclusion_filter"][0]
            return {"RepositoryName": r["name"], "ImageTagMutability": r["image_tag_mutability"],
                    "ImageTagMutabilityExclusionFilters": [{
                        "ImageTagMutabilityExclusionFilterType": excluded["filter_type"],
                        "ImageTagMutabilityExclusionFilterValue": excluded["filter"]}],
                    "ImageScanningConfiguration": {"ScanOnPush": r["image_scanning_configuration"][0]["scan_on_push"]},
                    "LifecyclePolicy": rules}
        case "aws_cloudwatch_log_group":
            return {"LogGroupName": r["name"], "RetentionInDays": r["retention_in_days"]}
        case "aws_security_group":
            return {"GroupDescription": r["description"], "VpcId": r["vpc_id"],
                    "SecurityGroupIngress": [_ingress(rule) for rule in r["ingress"]]}
        case "aws_lb":
            return {"Type": r["load_balancer_type"], "Scheme": "internal" if r["internal"] else "internet-facing",
                    "Subnets": r["subnets"], "SecurityGroups": r["security_groups"]}
        case "aws_lb_target_group":
            health = r["health_check"][0]
            return {"Name": r["name"], "VpcId": r["vpc_id"], "TargetType": r["target_type"], "Protocol": r["protocol"],
                    "Port": r["port"], "HealthCheckPath": health["path"], "HealthCheckIntervalSeconds": health["interval"],
                    "HealthCheckTimeoutSeconds": health["timeout"], "HealthyThresholdCount": health["healthy_threshold"],
                    "UnhealthyThresholdCount": health["unhealthy_threshold"], "Matcher": {"HttpCode": health["matcher"]},
                    "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds",
                                               "Value": str(r["deregistration_delay"])}]}
        case "aws_lb_listener":
            secure = ({"SslPolicy": r["ssl_policy"], "Certificates": [{"CertificateArn": r["certificate_arn"]}]}
                      if "ssl_policy" in r else {})
            return {"LoadBalancerArn": r["load_balancer_arn"], "Protocol": r["protocol"], "Port": r["port"],
                    "DefaultActions": _actions(r["default_action"])} | secure
        case "aws_lb_listener_rule":
            return {"ListenerArn": r["listener_arn"], "Priority": r["priority"], "Actions": _actions(r["action"]),
                    "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {
                        "Values": r["condition"][0]["path_pattern"][0]["values"]}}]}
        case "aws_ecs_cluster":
            return {"ClusterName": r["name"]}
        case "aws_ecs_service":
            return {"ServiceName": r["name"], "Cluster": r["cluster"].replace(".arn>", ".name>"),  # either is taken
                    "DesiredCount": r["desired_count"],
                    "DeploymentController": {"Type": r["deployment_controller"][0]["type"]}}
        case "aws_ecs_task_definition":
            return {"Family": r["family"], "RequiresCompatibilities": r["requires_compatibilities"],
                    "NetworkMode": r["network_mode"], "Cpu": str(r["cpu"]), "Memory": str(r["memory"]),
                    "ExecutionRoleArn": r["execution_role_arn"], "TaskRoleArn": r["task_role_arn"],
                    "ContainerDefinitions": [pascal(c) for c in json.loads(r["container_definitions"])]}
        case "aws_iam_role":
            return {"RoleName": r["name"]}
        case "aws_iam_openid_connect_provider":
            return {"Url": r["url"], "ClientIdList": r["client_id_list"]}
        case "aws_cloudwatch_metric_alarm":
            return _alarm(r, module, address)
        case "aws_cloudwatch_composite_alarm":
            return {"AlarmName": r["alarm_name"], "AlarmDescription": r["alarm_description"], "AlarmRule": r["alarm_rule"],
                    "AlarmActions": r["alarm_actions"]}
        case "aws_cloudwatch_log_metric_filter":
            to = r["metric_transformation"][0]
            return {"LogGroupName": r["log_group_name"], "FilterName": r["name"], "FilterPattern": r["pattern"],
                    "MetricTransformations": [{"MetricNamespace": to["namespace"], "MetricName": to["name"],
                                               "MetricValue": to["value"], "DefaultValue": int(to["default_value"])}]}
    raise AssertionError(f"{address} is not known here")


def pascal(value: Any) -> Any:
    """Members of ECS's interface as the template writes them; an option's own name stays."""
    if isinstance(value, dict):
        return {name[0].upper() + name[1:] if not name.startswith("awslogs") else name: pascal(item)
                for name, item in value.items()}
    return [pascal(item) for item in value] if isinstance(value, list) else value


def in_one_form(given: dict) -> dict:
    """Properties of the template as `properties` writes them."""
    given = {name: item for name, item in given.items() if name not in ("AssumeRolePolicyDocument", "Policies")}
    if "LifecyclePolicy" in given:
        given["LifecyclePolicy"] = json.loads(given["LifecyclePolicy"]["LifecyclePolicyText"])
    return given
