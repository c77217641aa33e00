"""CodeDeploy for ECS and Lambda: applications, groups, configurations, deployments. All of it is answered here.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/. Deployments themselves run in codedeploy_deployment.py.
"""
import hashlib

from ..problems import AwsError
from .codedeploy_deployment import ACTIVE, Deployment, Stopped, standard_configurations
from .service import Service, page


class CodeDeploy(Service):
    NAME = "codedeploy"

    def __init__(self, place):
        super().__init__(place)
        self.applications: dict[str, dict] = {}
        self.groups: dict[tuple[str, str], dict] = {}
        self.configurations = standard_configurations()
        self.deployments: dict[str, Deployment] = {}
        self._revisions: dict[str, list[dict]] = {}

    # Applications.

    def CreateApplication(self, i: dict) -> dict:
        name = i["applicationName"]
        if name in self.applications:
            raise AwsError("ApplicationAlreadyExistsException", f"Application already exists: {name}", 400)
        platform = i.get("computePlatform", "Server")
        self.applications[name] = {"applicationId": self.world.uuid(), "applicationName": name, "createTime": self.place.now,
                                   "linkedToGitHub": False, "computePlatform": platform}
        return {"applicationId": self.applications[name]["applicationId"]}

    def GetApplication(self, i: dict) -> dict:
        return {"application": self._application(i["applicationName"])}

    def ListApplications(self, i: dict) -> dict:
        shown, token = page(sorted(self.applications), i.get("nextToken"), None, 100)
        return {"applications": shown, "nextToken": token}

    def DeleteApplication(self, i: dict) -> dict:
        self.applications.pop(i["applicationName"], None)
        for key in [k for k in self.groups if k[0] == i["applicationName"]]:
            del self.groups[key]
        return {}

    def _application(self, name: str) -> dict:
        if name not in self.applications:
            raise AwsError("ApplicationDoesNotExistException", f"No application found for name: {name}", 400)
        return self.applications[name]

    def RegisterApplicationRevision(self, i: dict) -> dict:
        self._application(i["applicationName"])
        self._revisions.setdefault(i["applicationName"], []).append(i["revision"])
        return {}

    def GetApplicationRevision(self, i: dict) -> dict:
        if i["revision"] not in self._revisions.get(i["applicationName"], []):
            raise AwsError("RevisionDoesNotExistException", "The named revision does not exist", 400)
        return {"applicationName": i["applicationName"], "revision": i["revision"], "revisionInfo": {}}

    # Groups.

    def CreateDeploymentGroup(self, i: dict) -> dict:
        application = self._application(i["applicationName"])
        key = (i["applicationName"], i["deploymentGroupName"])
        if key in self.groups:
            raise AwsError("DeploymentGroupAlreadyExistsException", f"Deployment group {key[1]} already exists", 400)
        platform = application["computePlatform"]
        self._check_group(platform, i)
        default = {"ECS": "CodeDeployDefault.ECSAllAtOnce", "Lambda": "CodeDeployDefault.LambdaAllAtOnce"}.get(platform)
        group = {"deploymentConfigName": default, **{k: v for k, v in i.items() if k != "tags"},
                 "deploymentGroupId": self.world.uuid(), "computePlatform": platform}
        self.groups[key] = group
        return {"deploymentGroupId": group["deploymentGroupId"]}

    def _check_group(self, platform: str, i: dict) -> None:
        """https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-groups-create-ecs.html"""
        if "deploymentConfigName" in i:
            configuration = self._configuration(i["deploymentConfigName"])
            if configuration["computePlatform"] != platform:
                raise AwsError("InvalidDeploymentConfigNameException", f"{i['deploymentConfigName']} is for "
                               f"{configuration['computePlatform']}, the application for {platform}", 400)
        if platform not in ("ECS", "Lambda"):
            return
        if i.get("deploymentStyle") != {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}:
            raise AwsError("InvalidDeploymentStyleException", f"{platform} needs the style BLUE_GREEN, WITH_TRAFFIC_CONTROL", 400)
        if platform == "Lambda":
            return
        if not i.get("ecsServices"):
            raise AwsError("InvalidECSServiceException", "An ECS service is needed", 400)
        if "blueGreenDeploymentConfiguration" not in i:
            raise AwsError("InvalidBlueGreenDeploymentConfigurationException", "blueGreenDeploymentConfiguration is needed", 400)
        pairs = i.get("loadBalancerInfo", {}).get("targetGroupPairInfoList", [])
        if len(pairs) != 1 or len(pairs[0].get("targetGroups", [])) != 2 or not pairs[0].get("prodTrafficRoute", {}).get(
                "listenerArns"):
            raise AwsError("InvalidTargetGroupPairException", "One pair of two target groups with a production listener is "
                           "needed", 400)

    def GetDeploymentGroup(self, i: dict) -> dict:
        group = dict(self._group(i["applicationName"], i["deploymentGroupName"]))
        own = [d for d in self.deployments.values() if d.group is self.groups[(i["applicationName"], i["deploymentGroupName"])]]
        for member, found in (("lastAttemptedDeployment", own), ("lastSuccessfulDeployment",
                                                                 [d for d in own if d.status == "Succeeded"])):
            if found:
                group[member] = {"deploymentId": found[-1].id, "status": found[-1].status, "createTime": found[-1].created_at,
                                 "endTime": found[-1].completed_at}
        return {"deploymentGroupInfo": group}

    def UpdateDeploymentGroup(self, i: dict) -> dict:
        group = self._group(i["applicationName"], i["currentDeploymentGroupName"])
        changed = {k: v for k, v in i.items() if k not in ("currentDeploymentGroupName", "newDeploymentGroupName")}
        self._check_group(group["computePlatform"], {**group, **changed})
        group.update(changed)
        if "newDeploymentGroupName" in i:
            del self.groups[(i["applicationName"], i["currentDeploymentGroupName"])]
            group["deploymentGroupName"] = i["newDeploymentGroupName"]
            self.groups[(i["applicationName"], i["newDeploymentGroupName"])] = group
        return {"hooksNotCleanedUp": []}

    def DeleteDeploymentGroup(self, i: dict) -> dict:
        self.groups.pop((i["applicationName"], i["deploymentGroupName"]), None)
        return {"hooksNotCleanedUp": []}

    def ListDeploymentGroups(self, i: dict) -> dict:
        self._application(i["applicationName"])
        shown, token = page(sorted(g for a, g in self.groups if a == i["applicationName"]), i.get("nextToken"), None, 100)
        return {"applicationName": i["applicationName"], "deploymentGroups": shown, "nextToken": token}

    def _group(self, application: str, name: str) -> dict:
        self._application(application)
        if (application, name) not in self.groups:
            raise AwsError("DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {name}", 400)
        return self.groups[(application, name)]

    # Configurations.

    def CreateDeploymentConfig(self, i: dict) -> dict:
        name = i["deploymentConfigName"]
        if name in self.configurations or name.startswith("CodeDeployDefault."):
            raise AwsError("DeploymentConfigAlreadyExistsException", f"{name} already exists", 400)
        routing = i.get("trafficRoutingConfig")
        platform = i.get("computePlatform", "Server")
        if (platform != "Server") != (routing is not None):
            raise AwsError("InvalidTrafficRoutingConfigurationException", "ECS and Lambda need a trafficRoutingConfig, Server "
                           "takes none", 400)
        for member, share in (("timeBasedCanary", "canaryPercentage"), ("timeBasedLinear", "linearPercentage")):
            if routing and routing["type"].lower() == member.lower() and not 1 <= routing.get(member, {}).get(share, 0) <= 99:
                raise AwsError("InvalidTrafficRoutingConfigurationException", f"{share} must be between 1 and 99", 400)
        self.configurations[name] = {"deploymentConfigId": self.world.uuid(), "createTime": self.place.now,
                                     "computePlatform": platform, **i}
        return {"deploymentConfigId": self.configurations[name]["deploymentConfigId"]}

    def GetDeploymentConfig(self, i: dict) -> dict:
        return {"deploymentConfigInfo": self._configuration(i["deploymentConfigName"])}

    def ListDeploymentConfigs(self, i: dict) -> dict:
        shown, token = page(sorted(self.configurations), i.get("nextToken"), None, 100)
        return {"deploymentConfigsList": shown, "nextToken": token}

    def DeleteDeploymentConfig(self, i: dict) -> dict:
        name = i["deploymentConfigName"]
        if any(g["deploymentConfigName"] == name for g in self.groups.values()):
            raise AwsError("DeploymentConfigInUseException", f"{name} is in use", 400)
        self.configurations.pop(name, None)
        return {}

    def _configuration(self, name: str) -> dict:
        if name not in self.configurations:
            raise AwsError("DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {name}", 400)
        return self.configurations[name]

    # Deployments.

    def CreateDeployment(self, i: dict) -> dict:
        if "deploymentGroupName" not in i:
            raise AwsError("DeploymentGroupNameRequiredException", "Deployment Group name is missing", 400)
        group = self._group(i["applicationName"], i["deploymentGroupName"])
        busy = next((d for d in self.deployments.values() if d.group is group and d.status in ACTIVE), None)
        if busy:
            raise AwsError("DeploymentLimitExceededException", f"The Deployment Group '{i['deploymentGroupName']}' already has "
                           f"an active Deployment '{busy.id}'", 400)
        revision = i.get("revision")
        if not revision:
            raise AwsError("RevisionRequiredException", "Revision is missing", 400)
        content = revision.get("appSpecContent") or revision.get("string") or {}
        if "sha256" in content and content["sha256"] != hashlib.sha256(content.get("content", "").encode()).hexdigest():
            raise AwsError("InvalidRevisionException", "The sha256 is not that of the content", 400)
        deployment = Deployment(self, group, self._configuration(i.get("deploymentConfigName", group["deploymentConfigName"])), i)
        self.deployments[deployment.id] = deployment
        deployment.begin()
        return {"deploymentId": deployment.id}

    def GetDeployment(self, i: dict) -> dict:
        return {"deploymentInfo": self.deployment(i["deploymentId"]).described()}

    def BatchGetDeployments(self, i: dict) -> dict:
        return {"deploymentsInfo": [self.deployment(d).described() for d in i["deploymentIds"]]}

    def ListDeployments(self, i: dict) -> dict:
        found = [d.id for d in self.deployments.values()
                 if i.get("applicationName") in (None, d.group["applicationName"])
                 and i.get("deploymentGroupName") in (None, d.group["deploymentGroupName"])
                 and d.status in (i.get("includeOnlyStatuses") or [d.status])]
        shown, token = page(found[::-1], i.get("nextToken"), None, 100)
        return {"deployments": shown, "nextToken": token}

    def StopDeployment(self, i: dict) -> dict:
        deployment = self.deployment(i["deploymentId"])
        if deployment.status not in ACTIVE:
            raise AwsError("DeploymentAlreadyCompletedException", f"The deployment {deployment.id} is {deployment.status}", 400)
        back = i.get("autoRollbackEnabled", "DEPLOYMENT_STOP_ON_REQUEST" in deployment.rollback_events())
        deployment.interrupt(Stopped("MANUAL_STOP", "The deployment was stopped by its user", "Stopped", back))
        return {"status": "Succeeded", "statusMessage": "No more instances will be deployed"}

    def ContinueDeployment(self, i: dict) -> dict:
        deployment = self.deployment(i["deploymentId"])
        wait = i.get("deploymentWaitType", "READY_WAIT")
        if deployment.waiting != wait:
            raise AwsError("DeploymentIsNotInReadyStateException", f"The deployment is not waiting for {wait}", 400)
        deployment.waiting = None
        return {}

    def PutLifecycleEventHookExecutionStatus(self, i: dict) -> dict:
        deployment = self.deployment(i["deploymentId"])
        token = i["lifecycleEventHookExecutionId"]
        if token not in deployment.hook_answers:
            raise AwsError("InvalidLifecycleEventHookExecutionIdException", f"{token} is no hook's", 400)
        if deployment.hook_answers[token] is not None:
            raise AwsError("LifecycleEventAlreadyCompletedException", "The lifecycle event has ended", 400)
        if i["status"] not in ("Succeeded", "Failed"):
            raise AwsError("InvalidLifecycleEventHookExecutionStatusException", "Succeeded or Failed is expected", 400)
        deployment.hook_answers[token] = i["status"]
        return {"lifecycleEventHookExecutionId": token}

    def ListDeploymentTargets(self, i: dict) -> dict:
        return {"targetIds": [self.deployment(i["deploymentId"]).target_id]}

    def GetDeploymentTarget(self, i: dict) -> dict:
        deployment = self.deployment(i["deploymentId"])
        if i["targetId"] != deployment.target_id:
            raise AwsError("DeploymentTargetDoesNotExistException", f"No target {i['targetId']}", 400)
        return {"deploymentTarget": deployment.target()}

    def BatchGetDeploymentTargets(self, i: dict) -> dict:
        return {"deploymentTargets": [self.GetDeploymentTarget({"deploymentId": i["deploymentId"], "targetId": t})[
            "deploymentTarget"] for t in i["targetIds"]]}

    def deployment(self, name: str) -> Deployment:
        if name not in self.deployments:
            raise AwsError("DeploymentDoesNotExistException", f"The deployment {name} could not be found", 400)
        return self.deployments[name]

    def overview(self) -> dict:
        return {name: (d.status, [(e["lifecycleEventName"], e["status"]) for e in d.events]) for name, d in self.deployments.items()}
