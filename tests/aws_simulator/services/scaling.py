"""Application Auto Scaling: targets and policies of ECS services, which are kept here. Nothing scales by itself.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
"""
from ..problems import AwsError
from .service import Service, page


SWITCHES = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


class Scaling(Service):
    NAME = "application-autoscaling"

    def __init__(self, place):
        super().__init__(place)
        self._targets: dict[tuple, dict] = {}
        self._policies: dict[tuple, dict] = {}

    @staticmethod
    def _key(i: dict) -> tuple:
        return i["ServiceNamespace"], i["ResourceId"], i["ScalableDimension"]

    def RegisterScalableTarget(self, i: dict) -> dict:
        key = self._key(i)
        known = self._targets.get(key)
        if known is None:
            if i["ServiceNamespace"] == "ecs":
                self._check_service(i["ResourceId"])
            if "MinCapacity" not in i or "MaxCapacity" not in i:
                raise AwsError("ValidationException", "MinCapacity and MaxCapacity are required for a new target", 400)
            arn = self.place.arn("application-autoscaling", f"scalable-target/{self.world.hex_id(30)}")
            known = {"ScalableTargetARN": arn, "CreationTime": self.place.now, "RoleARN": f"arn:aws:iam::{self.place.account}:role/"
                     "aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
                     "SuspendedState": dict.fromkeys(SWITCHES, False)}
            self._targets[key] = known
        # "Any parameters that you don't specify are not changed"; of the members of SuspendedState the page names a default.
        state = dict.fromkeys(SWITCHES, False) | i["SuspendedState"] if "SuspendedState" in i else known["SuspendedState"]
        known.update({k: v for k, v in i.items() if k != "Tags"}, SuspendedState=state)
        if known["MinCapacity"] > known["MaxCapacity"]:
            raise AwsError("ValidationException", "MinCapacity is over MaxCapacity", 400)
        return {"ScalableTargetARN": known["ScalableTargetARN"]}

    def _check_service(self, resource: str) -> None:
        _, cluster, name = (resource.split("/") + ["", ""])[:3]
        try:
            self.place.service("ecs").active_service(cluster, name)
        except AwsError as why:
            raise AwsError("ValidationException", f"ECS service doesn't exist: {resource}", 400) from why

    def DescribeScalableTargets(self, i: dict) -> dict:
        found = [t for key, t in self._targets.items() if key[0] == i["ServiceNamespace"]
                 and (not i.get("ResourceIds") or key[1] in i["ResourceIds"])
                 and i.get("ScalableDimension") in (None, key[2])]
        shown, token = page(found, i.get("NextToken"), i.get("MaxResults"), 50)
        return {"ScalableTargets": shown, "NextToken": token}

    def DeregisterScalableTarget(self, i: dict) -> dict:
        if self._targets.pop(self._key(i), None) is None:
            raise AwsError("ObjectNotFoundException", f"No scalable target found for {i['ResourceId']}", 400)
        for key in [k for k in self._policies if k[:3] == self._key(i)]:
            del self._policies[key]
        return {}

    def PutScalingPolicy(self, i: dict) -> dict:
        if self._key(i) not in self._targets:
            raise AwsError("ObjectNotFoundException", f"No scalable target registered for {i['ResourceId']}", 400)
        key = (*self._key(i), i["PolicyName"])
        known = self._policies.setdefault(key, {
            "PolicyARN": self.place.arn("autoscaling", f"scalingPolicy:{self.world.uuid()}:resource/{i['ServiceNamespace']}/"
                                        f"{i['ResourceId']}:policyName/{i['PolicyName']}"), "CreationTime": self.place.now})
        known.update(i)
        return {"PolicyARN": known["PolicyARN"], "Alarms": []}

    def DescribeScalingPolicies(self, i: dict) -> dict:
        found = [p for key, p in self._policies.items() if key[0] == i["ServiceNamespace"]
                 and i.get("ResourceId") in (None, key[1]) and key[3] in (i.get("PolicyNames") or [key[3]])]
        shown, token = page(found, i.get("NextToken"), i.get("MaxResults"), 50)
        return {"ScalingPolicies": shown, "NextToken": token}

    def DeleteScalingPolicy(self, i: dict) -> dict:
        if self._policies.pop((*self._key(i), i["PolicyName"]), None) is None:
            raise AwsError("ObjectNotFoundException", f"No scaling policy found: {i['PolicyName']}", 400)
        return {}
