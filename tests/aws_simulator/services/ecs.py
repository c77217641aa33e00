"""ECS: services and task sets whose tasks start, become healthy, crash and stop; moto keeps clusters and task definitions.

API: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/. Rules are cited where they are held.
"""
import copy
import json
import re

from ..problems import AwsError
from . import ecs_definition
from .ecs_service_deployments import ServiceDeployments
from .ecs_service import ServiceRecord
from .ecs_task_sets import TaskSet
from .ecs_tasks import Task
from .service import Service, page

# What UpdateService may change where the controller is not ECS itself.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
UPDATABLE_ELSEWHERE = {
    "CODE_DEPLOY": {"desiredCount", "deploymentConfiguration", "healthCheckGracePeriodSeconds", "placementConstraints",
                    "placementStrategy", "enableECSManagedTags", "propagateTags", "enableExecuteCommand"},
    "EXTERNAL": {"desiredCount", "healthCheckGracePeriodSeconds", "placementConstraints", "placementStrategy",
                 "enableECSManagedTags", "propagateTags", "enableExecuteCommand"}}
# What belongs to the task set with the external controller (API_CreateService.html, deploymentController).
OF_THE_TASK_SET = ("taskDefinition", "loadBalancers", "serviceRegistries", "networkConfiguration", "launchType",
                   "platformVersion", "capacityProviderStrategy", "serviceConnectConfiguration")

MOST_TASK_SETS = 5  # of a service


class ContainerService(Service):
    NAME = "ecs"

    def __init__(self, place):
        super().__init__(place)
        self.tasks: dict[str, Task] = {}
        self.services: dict[str, ServiceRecord] = {}
        self.deployments = ServiceDeployments(self)
        self._clusters: dict[str, str] = {}
        self._definitions: dict[str, dict] = {}
        self._tokens: dict[tuple[str, str], tuple[dict, object]] = {}
        self._addresses = 0
        self._tags: dict[str, list[dict]] = {}

    # Task definitions.

    def RegisterTaskDefinition(self, i: dict) -> dict:
        ecs_definition.check(i)
        stored = self.store("RegisterTaskDefinition", **ecs_definition.storable(i))["taskDefinition"]
        arn = stored["taskDefinitionArn"]
        self._definitions[arn] = ecs_definition.described(i, arn, stored["revision"], self.place.now,
                                                          self.place.call.keys.arn)
        return {"taskDefinition": copy.deepcopy(self._definitions[arn]), "tags": i.get("tags", [])}

    def DescribeTaskDefinition(self, i: dict) -> dict:
        output = self.store("DescribeTaskDefinition", **i)
        known = self._definitions.get(output["taskDefinition"]["taskDefinitionArn"])
        output["taskDefinition"] = copy.deepcopy(known) or output["taskDefinition"]
        if "TAGS" not in i.get("include", []):
            output.pop("tags", None)
        return output

    def DeregisterTaskDefinition(self, i: dict) -> dict:
        output = self.store("DeregisterTaskDefinition", **i)
        known = self._definitions.get(output["taskDefinition"]["taskDefinitionArn"])
        if known:
            known.update(status="INACTIVE", deregisteredAt=self.place.now)
            output["taskDefinition"] = copy.deepcopy(known)
        return output

    def definition(self, name: str) -> dict:
        """The task definition as DescribeTaskDefinition shows it. Raises AwsError (ClientException) where it is none."""
        try:
            found = self.place.store("ecs", "DescribeTaskDefinition", taskDefinition=name)["taskDefinition"]
        except AwsError as why:
            raise AwsError("ClientException", "Unable to describe task definition.", 400) from why
        found = self._definitions.get(found["taskDefinitionArn"], found)
        if found.get("status") == "INACTIVE":
            raise AwsError("ClientException", "TaskDefinition is inactive", 400)
        return found

    def cluster_arn(self, name: str | None) -> str:
        name = name or "default"
        if name not in self._clusters:
            found = self.place.store("ecs", "DescribeClusters", clusters=[name])["clusters"]
            if not found or found[0]["status"] != "ACTIVE":
                raise AwsError("ClusterNotFoundException", "Cluster not found.", 400)
            self._clusters[name] = found[0]["clusterArn"]
        return self._clusters[name]

    def DeleteCluster(self, i: dict) -> dict:
        arn = self.cluster_arn(i["cluster"])
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
        if any(s.cluster == arn and s.status == "ACTIVE" for s in self.services.values()):
            raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.", 400)
        if any(t.cluster == arn and t.status != "STOPPED" for t in self.tasks.values()):
            raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.", 400)
        self._clusters.clear()
        return self.store("DeleteCluster", **i)

    # Services.

    def CreateService(self, i: dict) -> dict:
        cluster = self.cluster_arn(i.get("cluster"))
        token = i.get("clientToken")
        if (known := self._replayed("CreateService", token, i)) is not None:
            return {"service": known.described()}
        arn = self.place.arn("ecs", f"service/{cluster.rpartition('/')[2]}/{i['serviceName']}")
        if arn in self.services and self.services[arn].status == "ACTIVE":
            raise AwsError("InvalidParameterException", "Creation of service was not idempotent.", 400)
        controller = i.get("deploymentController", {}).get("type", "ECS")
        if controller == "EXTERNAL":
            given = [name for name in OF_THE_TASK_SET if i.get(name)]
            if given:
                raise AwsError("InvalidParameterException", f"{', '.join(given)} belong to the task set when the deployment "
                               "controller is EXTERNAL", 400)
            if i.get("schedulingStrategy") == "DAEMON":
                raise AwsError("InvalidParameterException", "DAEMON is not supported with the EXTERNAL controller", 400)
        elif "taskDefinition" not in i:
            raise AwsError("InvalidParameterException", "TaskDefinition can not be blank.", 400)
        else:
            self.check_load_balancers(i.get("loadBalancers", []), self.definition(i["taskDefinition"]))
        service = ServiceRecord(self, arn, cluster, controller, i)
        self.services[arn] = service
        self._tags[arn] = i.get("tags", [])
        self._remember("CreateService", token, i, service)
        if controller == "CODE_DEPLOY":
            self._first_task_set(service, i)
        elif controller == "ECS":
            self.deployments.begin(service, service.data)
        return {"service": service.described()}

    def _first_task_set(self, service: ServiceRecord, i: dict) -> None:
        given = {k: v for k, v in i.items() if k in ("taskDefinition", "loadBalancers", "networkConfiguration",
                                                     "launchType", "platformVersion", "serviceRegistries")}
        task_set = TaskSet(self, service, {**given, "scale": {"value": 100.0, "unit": "PERCENT"}})
        service.task_sets.append(task_set)
        service.primary = task_set

    def UpdateService(self, i: dict) -> dict:
        service = self.active_service(i.get("cluster"), i["service"])
        changes = {k: v for k, v in i.items() if k not in ("cluster", "service")}
        allowed = UPDATABLE_ELSEWHERE.get(service.controller)
        refused = sorted(set(changes) - allowed) if allowed is not None else []
        if refused:
            raise AwsError("InvalidParameterException", f"Unable to update {', '.join(refused)} on services with a "
                           f"{service.controller} deployment controller. Use AWS CodeDeploy or a new task set.", 400)
        if service.controller == "ECS":
            self.deployments.update(service, changes)
        else:
            service.data.update(changes)
        service.reconcile()
        return {"service": service.described()}

    def DeleteService(self, i: dict) -> dict:
        service = self.active_service(i.get("cluster"), i["service"])
        scaled = service.data.get("desiredCount", 0) > 0 or any(s.computed() for s in service.task_sets)
        if scaled and not i.get("force"):
            raise AwsError("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.", 400)
        service.delete()
        return {"service": service.described()}

    def DescribeServices(self, i: dict) -> dict:
        cluster = self.cluster_arn(i.get("cluster"))
        found, failures = [], []
        for name in i["services"]:
            service = self.services.get(self._service_arn(cluster, name))
            if service is None:
                failures.append({"arn": self._service_arn(cluster, name), "reason": "MISSING"})
            else:
                tags = {"tags": self._tags.get(service.arn, [])} if "TAGS" in i.get("include", []) else {}
                found.append({**service.described(), **tags})
        return {"services": found, "failures": failures}

    def ListServices(self, i: dict) -> dict:
        cluster = self.cluster_arn(i.get("cluster"))
        arns = [s.arn for s in self.services.values() if s.cluster == cluster and s.status != "INACTIVE"]
        shown, token = page(sorted(arns), i.get("nextToken"), i.get("maxResults", 10), 100)
        return {"serviceArns": shown, "nextToken": token}

    def _service_arn(self, cluster: str, name: str) -> str:
        name = name.rpartition("/")[2] if name.startswith("arn:") else name
        return self.place.arn("ecs", f"service/{cluster.rpartition('/')[2]}/{name}")

    def active_service(self, cluster: str | None, name: str) -> ServiceRecord:
        """The service. Raises AwsError (ServiceNotFoundException, ServiceNotActiveException)."""
        service = self.services.get(self._service_arn(self.cluster_arn(cluster), name))
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.", 400)
        if service.status != "ACTIVE":
            raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.", 400)
        return service

    def check_load_balancers(self, balancers: list[dict], definition: dict) -> None:
        """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html"""
        elb = self.place.service("elbv2")
        containers = {c["name"]: c for c in definition["containerDefinitions"]}
        for balancer in balancers:
            container = containers.get(balancer.get("containerName"))
            if container is None:
                raise AwsError("InvalidParameterException", f"The container {balancer.get('containerName')} does not exist in "
                               "the task definition.", 400)
            ports = [p["containerPort"] for p in container.get("portMappings", []) if "containerPort" in p]
            if balancer.get("containerPort") not in ports:
                raise AwsError("InvalidParameterException", f"The container {balancer['containerName']} did not have a "
                               f"container port {balancer.get('containerPort')} defined.", 400)
            arn = balancer.get("targetGroupArn")
            try:
                group = elb.group(arn)
            except AwsError as why:
                raise AwsError("InvalidParameterException", "Unable to assume role and validate the specified "
                               f"targetGroupArn. Target group {arn} was not found.", 400) from why
            if not elb.balancers_of(arn):
                raise AwsError("InvalidParameterException", f"The target group with targetGroupArn {arn} does not have an "
                               "associated load balancer.", 400)
            if definition.get("networkMode") == "awsvpc" and group.get("TargetType") != "ip":
                raise AwsError("InvalidParameterException", f"The provided target group {arn} has target type "
                               f"{group.get('TargetType')}, which is incompatible with the awsvpc network mode specified in "
                               "the task definition.", 400)

    # Task sets.

    def CreateTaskSet(self, i: dict) -> dict:
        service = self.active_service(i["cluster"], i["service"])
        if service.controller != "EXTERNAL":
            raise AwsError("InvalidParameterException", "CreateTaskSet is for services with the EXTERNAL deployment "
                           f"controller; this one has {service.controller}", 400)
        token = i.get("clientToken")
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
        if (known := self._replayed("CreateTaskSet", token, i)) is not None:
            return {"taskSet": known.described()}
        definition = self.definition(i["taskDefinition"])
        if definition.get("networkMode") == "awsvpc" and not i.get("networkConfiguration"):
            raise AwsError("InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is "
                           "specified.", 400)
        if i.get("launchType") and i.get("capacityProviderStrategy"):
            raise AwsError("InvalidParameterException", "Specifying both a launch type and capacity provider strategy is not "
                           "supported. Remove one and try again.", 400)
        self.check_load_balancers(i.get("loadBalancers", []), definition)
        # https://github.com/aws-samples/ecs-bg-external-controller/issues/6: those that drain count, too.
        if len(service.task_sets) >= MOST_TASK_SETS:
            raise AwsError("InvalidParameterException", f"{MOST_TASK_SETS} deployments exist on the service. Unable to create new "
                           "TaskSet since this exceeds the maximum limit.", 400)
        task_set = TaskSet(self, service, i)
        service.task_sets.append(task_set)
        self._tags[task_set.arn] = i.get("tags", [])
        self._remember("CreateTaskSet", token, i, task_set)
        return {"taskSet": task_set.described()}

    def UpdateTaskSet(self, i: dict) -> dict:
        service = self.active_service(i["cluster"], i["service"])
        task_set = self._task_set(service, i["taskSet"])
        if task_set.status == "DRAINING":
            raise AwsError("InvalidParameterException", "The task set is draining", 400)
        value = i["scale"].get("value", 0.0)
        if not 0 <= value <= 100:  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Scale.html
            raise AwsError("InvalidParameterException", "The scale must be between 0 and 100", 400)
        task_set.scale = {"value": value, "unit": i["scale"].get("unit", "PERCENT")}
        task_set.updated_at = self.place.now
        task_set.group.reconcile()
        return {"taskSet": task_set.described()}

    def UpdateServicePrimaryTaskSet(self, i: dict) -> dict:
        service = self.active_service(i["cluster"], i["service"])
        task_set = self._task_set(service, i["primaryTaskSet"])
        if task_set.status == "DRAINING":
            raise AwsError("InvalidParameterException", "The task set is draining", 400)
        service.primary = task_set
        task_set.updated_at = self.place.now
        return {"taskSet": task_set.described()}

    def DeleteTaskSet(self, i: dict) -> dict:
        service = self.active_service(i["cluster"], i["service"])
        task_set = self._task_set(service, i["taskSet"])
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskSet.html (force)
        if not i.get("force") and (task_set is service.primary or task_set.computed() > 0):
            word = "is the primary one" if task_set is service.primary else "has not been scaled down to zero"
            raise AwsError("InvalidParameterException", f"The task set {word}; use force to delete it", 400)
        task_set.delete()
        return {"taskSet": task_set.described()}

    def DescribeTaskSets(self, i: dict) -> dict:
        # The reference calls them optional: https://github.com/aws/aws-cli/issues/5380
        if not i.get("taskSets"):
            raise AwsError("InvalidParameterException", "TaskSets cannot be empty.", 400)
        service = self.active_service(i["cluster"], i["service"])
        known = {name: s for s in service.task_sets for name in (s.id, s.arn)}
        found = [known[name] for name in i["taskSets"] if name in known]
        missing = [name for name in i["taskSets"] if name not in known]
        tags = "TAGS" in i.get("include", [])
        return {"taskSets": [{**s.described(), **({"tags": self._tags.get(s.arn, [])} if tags else {})} for s in found],
                "failures": [{"arn": name, "reason": "MISSING"} for name in missing]}

    @staticmethod
    def _task_set(service: ServiceRecord, name: str) -> TaskSet:
        for task_set in service.task_sets:
            if name in (task_set.id, task_set.arn):
                return task_set
        raise AwsError("TaskSetNotFoundException", "The specified task set wasn't found.", 400)

    # Tasks.

    def RunTask(self, i: dict) -> dict:
        cluster = self.cluster_arn(i.get("cluster"))
        if (known := self._replayed("RunTask", i.get("clientToken"), i)) is not None:
            return {"tasks": [t.described() for t in known], "failures": []}
        definition = self.definition(i["taskDefinition"])
        if definition.get("networkMode") == "awsvpc" and not i.get("networkConfiguration"):
            raise AwsError("InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is "
                           "specified.", 400)
        self._check_started_by(i.get("startedBy"))
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html (8192 characters in all)
        if len(json.dumps(i.get("overrides", {}), separators=(",", ":"))) > 8192:
            raise AwsError("InvalidParameterException", "Container Overrides length must be at most 8192", 400)
        if not 1 <= i.get("count", 1) <= 10:
            raise AwsError("InvalidParameterException", "Count must be between 1 and 10", 400)
        options = {"group": i.get("group", f"family:{definition['family']}"), "startedBy": i.get("startedBy"),
                   "launchType": i.get("launchType", "EC2"), "platformVersion": i.get("platformVersion"),
                   "overrides": i.get("overrides", {}), "tags": i.get("tags")}
        definition = ecs_definition.overridden(definition, i.get("overrides", {}))
        no_room = self.world.behaviour_of_task(definition["containerDefinitions"]).no_room
        if no_room:  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html (RunTask)
            return {"tasks": [], "failures": [{"arn": cluster, "reason": no_room}]}
        tasks = [Task(self, cluster, definition, options, [], lambda task: None) for _ in range(i.get("count", 1))]
        self.tasks.update({t.arn: t for t in tasks})
        self._remember("RunTask", i.get("clientToken"), i, tasks)
        return {"tasks": [t.described() for t in tasks], "failures": []}

    @staticmethod
    def _check_started_by(text: str | None) -> None:
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html (startedBy)
        if text is not None and (len(text) > 128 or not re.fullmatch(r"[A-Za-z0-9_/-]*", text)):
            raise AwsError("InvalidParameterException", "startedBy takes up to 128 letters, numbers, hyphens, slashes and "
                           "underscores", 400)

    def StopTask(self, i: dict) -> dict:
        task = self._task(self.cluster_arn(i.get("cluster")), i["task"])
        if task is None:
            raise AwsError("InvalidParameterException", "The referenced task was not found.", 400)
        task.stop("UserInitiated", i.get("reason", "Task stopped by user"))
        return {"task": task.described()}

    def DescribeTasks(self, i: dict) -> dict:
        cluster = self.cluster_arn(i.get("cluster"))
        found = {name: self._task(cluster, name) for name in i["tasks"]}
        return {"tasks": [_with_tags(t, i) for t in found.values() if t],
                "failures": [{"arn": name if name.startswith("arn:") else self.place.arn(
                    "ecs", f"task/{cluster.rpartition('/')[2]}/{name}"), "reason": "MISSING"}
                    for name, t in found.items() if t is None]}

    def ListTasks(self, i: dict) -> dict:
        cluster = self.cluster_arn(i.get("cluster"))
        if "serviceName" in i and self._service_arn(cluster, i["serviceName"]) not in self.services:
            raise AwsError("ServiceNotFoundException", "Service not found.", 400)
        wanted = {"group": f"service:{i['serviceName'].rpartition('/')[2]}" if "serviceName" in i else None,
                  "startedBy": i.get("startedBy"), "launchType": i.get("launchType")}
        arns = [t.arn for t in self.tasks.values()
                if t.cluster == cluster and t.desired == i.get("desiredStatus", "RUNNING")
                and all(v is None or t.options.get(k) == v for k, v in wanted.items())
                and i.get("family") in (None, t.definition["family"])]
        shown, token = page(arns, i.get("nextToken"), i.get("maxResults"), 100)
        return {"taskArns": shown, "nextToken": token}

    def _task(self, cluster: str, name: str) -> Task | None:
        return self.tasks.get(name if name.startswith("arn:") else
                              self.place.arn("ecs", f"task/{cluster.rpartition('/')[2]}/{name}"))

    def task_at(self, address: str) -> Task | None:
        return next((t for t in self.tasks.values() if t.address == address), None)

    def forget_task(self, task: Task) -> None:
        self.tasks.pop(task.arn, None)

    def next_address(self) -> int:
        self._addresses += 1
        return self._addresses

    # Deployments of services with ECS's own controller.

    def ListServiceDeployments(self, i: dict) -> dict:
        return self.deployments.listed(self._known_service(i), i)

    def DescribeServiceDeployments(self, i: dict) -> dict:
        return self.deployments.describe(i["serviceDeploymentArns"])

    def DescribeServiceRevisions(self, i: dict) -> dict:
        return self.deployments.describe_revisions(i["serviceRevisionArns"])

    def StopServiceDeployment(self, i: dict) -> dict:
        return self.deployments.stop(i["serviceDeploymentArn"], i.get("stopType", "ROLLBACK"))

    def ContinueServiceDeployment(self, i: dict) -> dict:
        return self.deployments.resume(i["serviceDeploymentArn"], i["hookId"], i.get("action", "CONTINUE"))

    def _known_service(self, i: dict) -> ServiceRecord:
        service = self.services.get(self._service_arn(self.cluster_arn(i.get("cluster")), i["service"]))
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.", 400)
        return service

    # Tags of what is kept here; moto has those of clusters and task definitions.

    def TagResource(self, i: dict) -> dict:
        if i["resourceArn"] not in self._tags:
            return self.store("TagResource", **i)
        new = {t["key"]: t for t in i["tags"]}
        self._tags[i["resourceArn"]] = [t for t in self._tags[i["resourceArn"]] if t["key"] not in new] + list(new.values())
        return {}

    def UntagResource(self, i: dict) -> dict:
        if i["resourceArn"] not in self._tags:
            return self.store("UntagResource", **i)
        self._tags[i["resourceArn"]] = [t for t in self._tags[i["resourceArn"]] if t["key"] not in i["tagKeys"]]
        return {}

    def ListTagsForResource(self, i: dict) -> dict:
        if i["resourceArn"] not in self._tags:
            return self.store("ListTagsForResource", **i)
        return {"tags": self._tags[i["resourceArn"]]}

    # Metrics.

    def measure(self, second: int) -> None:
        """Of each service, at the end of a period: its share of CPU and memory, and with Container Insights its counts and what
        each of its tasks uses.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
        """
        store = self.place.service("cloudwatch").metrics
        for service in self.services.values():
            if service.status != "ACTIVE":
                continue
            dimensions = {"ClusterName": service.cluster.rpartition("/")[2], "ServiceName": service.name}
            put = lambda namespace, name, value: store.aws(namespace, name, dimensions, second).add(value)
            has_insights = self._has_insights(service.cluster)
            for task in (t for group in service.groups() for t in group.tasks if t.status == "RUNNING"):
                behaviour = self.world.behaviour_of_task(task.definition["containerDefinitions"])
                put("AWS/ECS", "CPUUtilization", behaviour.cpu_percent)
                put("AWS/ECS", "MemoryUtilization", behaviour.memory_percent)
                if has_insights:
                    self._log_performance(task, behaviour, second)
            if has_insights:
                put("ECS/ContainerInsights", "DesiredTaskCount", service.data.get("desiredCount", 0))
                put("ECS/ContainerInsights", "RunningTaskCount", sum(g.running for g in service.groups()))
                put("ECS/ContainerInsights", "PendingTaskCount", sum(g.pending for g in service.groups()))

    def _log_performance(self, task: Task, behaviour, second: int) -> None:
        """One event a minute and task, of the minute's beginning; it is there when the minute's metrics are.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
        """
        period = self.place.delays.standard_period
        minute = second // period * period
        cluster = task.cluster.rpartition("/")[2]
        reserved = {name: float(task.definition.get(name) or sum(c.get(name, 0) for c in task.definition["containerDefinitions"]))
                    for name in ("cpu", "memory")}
        event = {"Version": "0", "Type": "Task", "TaskId": task.id, "TaskDefinitionFamily": task.definition["family"],
                 "TaskDefinitionRevision": str(task.definition["revision"]), "ClusterName": cluster,
                 "AccountID": self.place.account, "Region": self.place.region, "KnownStatus": "RUNNING",
                 "LaunchType": task.options.get("launchType", "FARGATE"), "Timestamp": int(minute * 1000),
                 "CpuUtilized": reserved["cpu"] * behaviour.cpu_percent / 100, "CpuReserved": reserved["cpu"],
                 "MemoryUtilized": int(reserved["memory"] * behaviour.memory_percent / 100), "MemoryReserved": int(reserved["memory"])}
        known = minute + period + self.place.delays.publication
        self.place.after(known - self.place.now, lambda: self.place.service("logs").write(
            f"/aws/ecs/containerinsights/{cluster}/performance", f"FargateTelemetry-{task.id[:4]}", [json.dumps(event)], at=minute))

    def _has_insights(self, cluster: str) -> bool:
        found = self.place.store("ecs", "DescribeClusters", clusters=[cluster], include=["SETTINGS"])["clusters"]
        settings = {s["name"]: s["value"] for s in found[0].get("settings", [])} if found else {}
        return settings.get("containerInsights") in ("enabled", "enhanced")

    # Idempotency, events, logs.

    def _replayed(self, operation: str, token: str | None, i: dict):
        """What the same call made before; None for a new one. Raises AwsError for the token of a different call."""
        if token is None or (operation, token) not in self._tokens:
            return None
        before, result = self._tokens[(operation, token)]
        if before != i:
            raise AwsError("ConflictException" if operation == "RunTask" else "InvalidParameterException",
                           "The client token was used with different parameters.", 400)
        return result

    def _remember(self, operation: str, token: str | None, i: dict, result) -> None:
        if token is not None:
            if not 1 <= len(token) <= 36 or not token.isascii():
                raise AwsError("InvalidParameterException", "clientToken takes up to 36 ASCII characters", 400)
            self._tokens[(operation, token)] = (copy.deepcopy(i), result)

    def note(self, group, text: str) -> None:
        """An event of the service that the group of tasks belongs to."""
        name = group.options.get("group", "").removeprefix("service:")
        service = self.services.get(self.place.arn("ecs", f"service/{group.cluster.rpartition('/')[2]}/{name}"))
        if service:
            service.note(text)

    def write_logs(self, task: Task) -> None:
        """What the task's containers write on their start, through the awslogs driver."""
        self.write_lines(task, task.behaviour.log_lines)

    def write_lines(self, task: Task, lines: list[str]) -> None:
        """Lines of the task's containers, where they log through the awslogs driver."""
        for container in task.definition["containerDefinitions"] if lines else ():
            log = container.get("logConfiguration", {})
            options = log.get("options", {})
            if log.get("logDriver") != "awslogs" or "awslogs-group" not in options:
                continue
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html (awslogs-stream-prefix)
            stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task.id}"
            self.place.service("logs").write(options["awslogs-group"], stream, lines)

    def overview(self) -> dict:
        return {s.name: {"status": s.status, "taskSets": [(t.id, t.status, t.scale["value"], t.group.running, t.group.desired())
                                                          for t in s.task_sets]} for s in self.services.values()}


def _with_tags(task: Task, i: dict) -> dict:
    shown = task.described()
    if "TAGS" not in i.get("include", []):
        shown.pop("tags", None)
    return shown
