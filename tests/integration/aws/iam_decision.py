"""What IAM would say of requests under one policy: the part of its evaluation logic that sluice's policies use. Nothing is
allowed that no statement allows; an action, a resource or a condition that is not known here is a mistake of the test's.

Actions, resources and condition keys are those of AWS's service authorization reference.
"""

import fnmatch
from typing import NamedTuple

REGION, ACCOUNT = "eu-west-1", "123456789012"
PREFIXES = {"elbv2": "elasticloadbalancing", "amp": "aps"}
# API Gateway's actions are those of HTTP; the paths are behind `/restapis/ID` and `/apis/ID`.
GATEWAY = {"PutRestApi": ("PUT", ""), "ReimportApi": ("PUT", ""), "GetApi": ("GET", ""),
           "GetDeployments": ("GET", "/deployments"), "CreateDeployment": ("POST", "/deployments"),
           "GetDeployment": ("GET", "/deployments/{deployment}"), "DeleteDeployment": ("DELETE", "/deployments/{deployment}"),
           "GetStages": ("GET", "/stages"), "GetStage": ("GET", "/stages/{stage}"), "UpdateStage": ("PATCH", "/stages/{stage}")}
# Of AppConfig by what is under the application; an action needs each of its resources.
APPCONFIG = {"GetConfigurationProfile": ("profile",), "GetDeploymentStrategy": ("strategy",),
             "ListHostedConfigurationVersions": ("profile",), "CreateHostedConfigurationVersion": ("profile",),
             "GetHostedConfigurationVersion": ("profile", "version"), "ValidateConfiguration": ("profile",),
             "ListDeployments": ("environment",), "GetDeployment": ("environment", "deployment"),
             "StopDeployment": ("environment", "deployment"), "StartDeployment": ("profile", "environment", "strategy")}
ECS = f"arn:aws:ecs:{REGION}:{ACCOUNT}:"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


class Asked(NamedTuple):
    action: str
    resource: str
    context: dict[str, str]


def _of_definition(given: dict) -> list[Asked]:
    definition = f"{ECS}task-definition/{given['family']}:1"
    asked = [Asked("ecs:RegisterTaskDefinition", definition, {})]
    if given.get("tags"):
        asked.append(Asked("ecs:TagResource", definition, {"ecs:CreateAction": "RegisterTaskDefinition"}))
    roles = [given[name] for name in ("taskRoleArn", "executionRoleArn") if given.get(name)]
    return asked + [Asked("iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}) for role in roles]


def _of_api(service: str, operation: str, given: dict) -> Asked:
    if operation not in GATEWAY:
        raise AssertionError(f"{service}:{operation}: say here what IAM asks of it, and see that `sluice iam-policy` allows it")
    verb, path = GATEWAY[operation]
    given = {name[0].lower() + name[1:]: value for name, value in given.items()}
    api = f"/restapis/{given['restApiId']}" if service == "apigateway" else f"/apis/{given['apiId']}"
    path = path.format(deployment=given.get("deploymentId", ""), stage=given.get("stageName", ""))
    return Asked(f"apigateway:{verb}", f"arn:aws:apigateway:{REGION}::{api}{path}", {})


def _of_flags(operation: str, given: dict) -> list[Asked]:
    if operation not in APPCONFIG:
        raise AssertionError(f"appconfig:{operation}: say here what IAM asks of it, and see that `sluice iam-policy` allows it")
    prefix = f"arn:aws:appconfig:{REGION}:{ACCOUNT}:"
    application = f"{prefix}application/{given.get('ApplicationId')}"
    profile = f"{application}/configurationprofile/{given.get('ConfigurationProfileId')}"
    environment = f"{application}/environment/{given.get('EnvironmentId')}"
    resources = {"profile": profile, "environment": environment,
                 "version": f"{profile}/hostedconfigurationversion/{given.get('VersionNumber')}",
                 "deployment": f"{environment}/deployment/{given.get('DeploymentNumber')}",
                 "strategy": f"{prefix}deploymentstrategy/{given.get('DeploymentStrategyId')}"}
    of = [resources[kind] for kind in APPCONFIG[operation]] + ([application] if "ApplicationId" in given else [])
    return [Asked(f"appconfig:{operation}", resource, {}) for resource in of]


def asked_by(request: dict) -> list[Asked]:
    """What a recorded request needs to be allowed; its own action first."""
    operation, given = request["operation"], request["input"]
    if request["service"].startswith("apigateway"):
        return [_of_api(request["service"], operation, given)]
    if request["service"] == "appconfig":
        return _of_flags(operation, given)
    action = f"{PREFIXES.get(request['service'], request['service'])}:{operation}"
    cluster = given.get("cluster", "")
    of_cluster = {"ecs:cluster": f"{ECS}cluster/{cluster}"}
    of_service = of_cluster | {"ecs:service": f"{ECS}service/{cluster}/{given.get('service', '')}"}
    function = LAMBDA + given.get("FunctionName", "").removeprefix(LAMBDA)
    task_sets = f"{ECS}task-set/{cluster}/{given.get('service', '')}/"
    if request["service"] == "codedeploy":
        place = f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:"
        if operation == "GetDeploymentConfig":
            return [Asked(action, f"{place}deploymentconfig:{given['deploymentConfigName']}", {})]
        # A deployment is of its group, which its id does not tell: the tests have one.
        asked = [Asked(action, f"{place}deploymentgroup:shop/web", {})]
        if operation == "CreateDeployment":
            asked += [Asked(f"codedeploy:{verb}ApplicationRevision", f"{place}application:shop", {})
                      for verb in ("Get", "Register")]
        return asked
    if action == "lambda:Invoke":
        return [Asked("lambda:InvokeFunction", function, {})]
    match action:
        case "ecs:DescribeServices":
            return [Asked(action, f"{ECS}service/{cluster}/{name}", of_cluster) for name in given["services"]]
        case "ecs:ListServiceDeployments":
            return [Asked(action, of_service["ecs:service"], of_cluster)]
        case "ecs:UpdateService":
            hooks = given.get("deploymentConfiguration", {}).get("lifecycleHooks", [])
            return [Asked(action, of_service["ecs:service"], of_cluster)] + [
                Asked("iam:PassRole", h["roleArn"], {"iam:PassedToService": "ecs.amazonaws.com"}) for h in hooks if "roleArn" in h]
        case "ecs:DescribeServiceDeployments":
            return [Asked(action, arn, {}) for arn in given["serviceDeploymentArns"]]
        case "ecs:DescribeServiceRevisions":
            return [Asked(action, arn, {}) for arn in given["serviceRevisionArns"]]
        case "ecs:StopServiceDeployment" | "ecs:ContinueServiceDeployment":
            return [Asked(action, given["serviceDeploymentArn"], {})]
        case "ecs:UpdateServicePrimaryTaskSet":
            return [Asked(action, of_service["ecs:service"], of_cluster)]
        case "ecs:DescribeTaskSets":
            return [Asked(action, task_sets + name, of_service) for name in given.get("taskSets", ["any"])]
        case "ecs:DeleteTaskSet":
            return [Asked(action, task_sets + given["taskSet"], of_service)]
        case "ecs:CreateTaskSet":
            return [Asked(action, task_sets + "new", of_service)]
        case "ecs:ListTasks":
            return [Asked(action, f"{ECS}container-instance/{cluster}/any", of_cluster)]
        case "ecs:DescribeTasks":
            return [Asked(action, task if task.startswith("arn:") else f"{ECS}task/{cluster}/{task}", of_cluster)
                    for task in given["tasks"]]
        case "ecs:RunTask":
            definition = given["taskDefinition"]
            return [Asked(action, f"{ECS}task-definition/{definition}" + ("" if ":" in definition else ":1"), of_cluster)]
        case "ecs:StopTask":
            return [Asked(action, given["task"], of_cluster)]
        case "s3:GetObject" | "s3:PutObject" | "s3:DeleteObject":
            return [Asked(action, f"arn:aws:s3:::{given['Bucket']}/{given['Key']}", {})]
        case "s3:ListObjectsV2":
            return [Asked("s3:ListBucket", f"arn:aws:s3:::{given['Bucket']}", {})]
        case "logs:FilterLogEvents" | "logs:GetLogEvents" | "logs:DescribeLogStreams":
            stream = given.get("logStreamName", given.get("logStreamNamePrefix", ""))
            return [Asked(action, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{given['logGroupName']}:log-stream:{stream}", {})]
        case "ecs:RegisterTaskDefinition":
            return _of_definition(given)
        case "elasticloadbalancing:ModifyRule":
            return [Asked(action, given["RuleArn"], {})]
        case "elasticloadbalancing:ModifyListener":
            return [Asked(action, given["ListenerArn"], {})]
        case ("lambda:GetFunctionConfiguration" | "lambda:GetProvisionedConcurrencyConfig" |
              "lambda:PutProvisionedConcurrencyConfig" | "lambda:DeleteProvisionedConcurrencyConfig"):
            return [Asked(action, function + (f":{given['Qualifier']}" if "Qualifier" in given else ""), {})]
        case ("lambda:UpdateFunctionCode" | "lambda:PublishVersion" | "lambda:ListVersionsByFunction" | "lambda:GetAlias" |
              "lambda:CreateAlias" | "lambda:UpdateAlias" | "lambda:DeleteAlias"):
            return [Asked(action, function, {})]
        case "secretsmanager:DescribeSecret" | "secretsmanager:GetSecretValue":
            name = given["SecretId"]  # IAM sees the ARN, with what AWS adds to a name
            return [Asked(action, name if name.startswith("arn:") else
                          f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf", {})]
        case "ssm:GetParameter":
            return [Asked(action, f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/" + given["Name"].split(":")[0].lstrip("/"), {})]
        case "ecr:DescribeRepositories":
            return [Asked(action, f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}", {}) for name in given["repositoryNames"]]
        case "ecr:GetLifecyclePolicy" | "ecr:BatchGetImage" | "ecr:DescribeImageScanFindings":
            return [Asked(action, f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{given['repositoryName']}", {})]
        case "ecr:GetAuthorizationToken":
            return [Asked(action, "*", {})]
        case "aps:QueryMetrics":
            return [Asked(action, f"arn:aws:aps:{request['region']}:{ACCOUNT}:workspace/{given['workspaceId']}", {})]
        case "sns:Publish":
            return [Asked(action, given["TopicArn"], {})]
        case "events:PutEvents":
            return [Asked(action, f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{e['EventBusName']}", {})
                    for e in given["Entries"]]
        case "cloudwatch:PutMetricData":
            return [Asked(action, "*", {"cloudwatch:namespace": given["Namespace"]})]
        case "application-autoscaling:RegisterScalableTarget":
            return [Asked(action, f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/0ec5{'0' * 26}",
                          {"application-autoscaling:service-namespace": given["ServiceNamespace"]})]
        case ("application-autoscaling:DescribeScalableTargets" | "ecs:DescribeTaskDefinition" | "ecs:ListTaskDefinitions" | "elasticloadbalancing:DescribeRules" |
              "elasticloadbalancing:DescribeTargetGroups" | "elasticloadbalancing:DescribeTargetHealth" |
              "cloudwatch:GetMetricData" | "cloudwatch:DescribeAlarms"):
            return [Asked(action, "*", {})]
    raise AssertionError(f"{action}: say here what IAM asks of it, and see that `sluice iam-policy` allows it")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _holds(condition: dict, context: dict[str, str]) -> bool:
    for operator, wanted in condition.items():
        if operator not in ("StringEquals", "ArnEquals"):
            raise AssertionError(f"the operator {operator} is not known here")
        # A key that the request lacks does not match. All keys must, each with one of its values; those of ARNs may hold
        # an asterisk ("Amazon Resource Name (ARN) condition operators" of IAM's user guide).
        equal = fnmatch.fnmatchcase if operator == "ArnEquals" else str.__eq__
        if not all(any(equal(context.get(key, ""), value) for value in _listed(values)) for key, values in wanted.items()):
            return False
    return True


def is_allowed(policy: dict, asked: Asked) -> bool:
    context = asked.context | {"aws:RequestedRegion": REGION}
    return any(
        statement["Effect"] == "Allow"
        and any(fnmatch.fnmatchcase(asked.action, action) for action in _listed(statement["Action"]))
        and any(fnmatch.fnmatchcase(asked.resource, resource) for resource in _listed(statement["Resource"]))
        and _holds(statement.get("Condition", {}), context)
        for statement in policy["Statement"])
