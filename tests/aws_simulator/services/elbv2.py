"""Elastic Load Balancing: target health that takes its time, draining, and the constraints on rules that moto lacks.

moto keeps load balancers, listeners, groups, conditions and tags; the actions of rules, the targets and their health are
kept here.
"""
import copy
import dataclasses

from ..problems import AwsError
from .service import Service

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
MOST_GROUPS_IN_ACTION = 5
LARGEST_WEIGHT = 999  # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html
FINAL_ACTIONS = ("forward", "redirect", "fixed-response")
# A target that served nothing for this long has no request in flight. Its deregistration then ends at once:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
IDLE_AFTER_SECONDS = 5


@dataclasses.dataclass
class Target:
    """A registered target. `containers` are those of the ECS task behind it, where there is one."""
    id: str
    port: int
    registered_at: float
    containers: list = dataclasses.field(default_factory=list)
    served_at: float = float("-inf")
    draining_until: float | None = None


class LoadBalancing(Service):
    NAME = "elbv2"

    def __init__(self, place):
        super().__init__(place)
        self.targets: dict[str, dict[tuple[str, int], Target]] = {}
        self._actions: dict[str, list[dict]] = {}   # by the ARN of a rule, or of a listener for its default rule
        self._effective: dict[str, list[dict]] = {}  # what the load balancer's nodes follow at the moment
        self._transforms: dict[str, list[dict]] = {}
        self._listener_of: dict[str, str] = {}
        self._in_use_since: dict[str, float] = {}
        self._groups: dict[str, dict] = {}

    # Listeners and rules.

    def CreateListener(self, i: dict) -> dict:
        actions = self._checked_actions(i["DefaultActions"], i.get("Protocol", "HTTP"), i["LoadBalancerArn"], None)
        output = self.store("CreateListener", **self._storable(i, "DefaultActions"))
        arn = output["Listeners"][0]["ListenerArn"]
        self._set_actions(arn, arn, actions, at_once=True)
        return {"Listeners": [self._shown_listener(x) for x in output["Listeners"]]}

    def ModifyListener(self, i: dict) -> dict:
        arn = i["ListenerArn"]
        listener = self._listener(arn)
        actions = None
        if i.get("DefaultActions"):
            actions = self._checked_actions(i["DefaultActions"], i.get("Protocol", listener["Protocol"]),
                                            listener["LoadBalancerArn"], self._actions.get(arn))
        output = self.store("ModifyListener", **self._storable(i, "DefaultActions"))
        if actions is not None:
            self._set_actions(arn, arn, actions)
        return {"Listeners": [self._shown_listener(x) for x in output["Listeners"]]}

    def DescribeListeners(self, i: dict) -> dict:
        output = self.store("DescribeListeners", **i)
        return {**output, "Listeners": [self._shown_listener(x) for x in output["Listeners"]]}

    def DeleteListener(self, i: dict) -> dict:
        rules = [r["RuleArn"] for r in self.store("DescribeRules", ListenerArn=i["ListenerArn"])["Rules"]]
        output = self.store("DeleteListener", **i)
        for arn in [i["ListenerArn"], *rules]:
            self._forget(arn)
        return output

    def CreateRule(self, i: dict) -> dict:
        listener = self._listener(i["ListenerArn"])
        actions = self._checked_actions(i["Actions"], listener["Protocol"], listener["LoadBalancerArn"], None)
        transforms = i.pop("Transforms", [])
        output = self.store("CreateRule", **self._storable(i, "Actions"))
        arn = output["Rules"][0]["RuleArn"]
        self._transforms[arn] = transforms
        self._set_actions(arn, i["ListenerArn"], actions, at_once=True)
        return {"Rules": [self._shown_rule(x) for x in output["Rules"]]}

    def ModifyRule(self, i: dict) -> dict:
        arn = i["RuleArn"]
        rule = self._rule(arn)
        if rule.get("IsDefault"):
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html
            raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be modified; use ModifyListener", 400)
        listener = self._listener(self._listener_of[arn])
        actions = None
        if i.get("Actions"):
            actions = self._checked_actions(i["Actions"], listener["Protocol"], listener["LoadBalancerArn"],
                                            self._actions.get(arn))
        # Those that are not named stay: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html
        if i.pop("ResetTransforms", False):
            self._transforms[arn] = []
        self._transforms[arn] = i.pop("Transforms", self._transforms.get(arn, []))
        output = self.store("ModifyRule", **self._storable(i, "Actions"))
        if actions is not None:
            self._set_actions(arn, self._listener_of[arn], actions)
        return {"Rules": [self._shown_rule(x) for x in output["Rules"]]}

    def DescribeRules(self, i: dict) -> dict:
        output = self.store("DescribeRules", **i)
        return {**output, "Rules": [self._shown_rule(x) for x in output["Rules"]]}

    def DeleteRule(self, i: dict) -> dict:
        if self._rule(i["RuleArn"]).get("IsDefault"):
            raise AwsError("OperationNotPermitted", f"Default rule '{i['RuleArn']}' cannot be deleted", 400)
        output = self.store("DeleteRule", **i)
        self._forget(i["RuleArn"])
        return output

    def _listener(self, arn: str) -> dict:
        return self.store("DescribeListeners", ListenerArns=[arn])["Listeners"][0]

    def _rule(self, arn: str) -> dict:
        rules = self.store("DescribeRules", RuleArns=[arn])["Rules"]
        if not rules:
            raise AwsError("RuleNotFound", f"Rule '{arn}' not found", 400)
        return rules[0]

    @staticmethod
    def _storable(i: dict, member: str) -> dict:
        """The input with actions that moto can keep: one plain answer; the real ones are kept here."""
        if not i.get(member):
            return i
        return {**i, member: [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]}

    def _shown_listener(self, listener: dict) -> dict:
        actions = self._actions.get(listener["ListenerArn"], listener.get("DefaultActions", []))
        return {**listener, "DefaultActions": copy.deepcopy(actions)}

    def _shown_rule(self, rule: dict) -> dict:
        arn = rule["RuleArn"]
        if rule.get("IsDefault") and arn not in self._actions:
            # arn:…:listener-rule/app/NAME/LB/LISTENER/RULE belongs to arn:…:listener/app/NAME/LB/LISTENER
            arn = arn.rpartition("/")[0].replace(":listener-rule/", ":listener/")
        return {**rule, "Actions": copy.deepcopy(self._actions.get(arn, rule.get("Actions", []))),
                "Transforms": copy.deepcopy(self._transforms.get(arn, []))}

    def _checked_actions(self, actions: list[dict], protocol: str, balancer: str, before: list[dict] | None) -> list[dict]:
        """`actions` as Describe… shows them. Raises AwsError for what AWS refuses.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
        """
        actions = sorted(copy.deepcopy(actions), key=lambda a: a.get("Order", 1))
        final = [a for a in actions if a["Type"] in FINAL_ACTIONS]
        if len(final) != 1 or actions[-1] is not final[0]:
            raise AwsError("InvalidLoadBalancerAction", "The actions must end with exactly one forward, redirect or "
                           "fixed-response action", 400)
        if len(actions) > 1 and len({a.get("Order") for a in actions}) != len(actions):
            raise AwsError("ValidationError", "Each action needs an order of its own", 400)
        for action in actions:
            if action["Type"] == "forward":
                self._normalise_forward(action, balancer)
            elif action["Type"].startswith("authenticate-"):
                self._check_authentication(action, protocol, before or [])
        return actions

    def _normalise_forward(self, action: dict, balancer: str) -> None:
        config = action.get("ForwardConfig", {})
        single, groups = action.get("TargetGroupArn"), config.get("TargetGroups", [])
        if single and groups and [g["TargetGroupArn"] for g in groups] != [single]:
            raise AwsError("ValidationError", "TargetGroupArn and ForwardConfig name different target groups", 400)
        groups = groups or ([{"TargetGroupArn": single}] if single else [])
        if not groups:
            raise AwsError("ValidationError", "A forward action needs a target group", 400)
        if len(groups) > MOST_GROUPS_IN_ACTION:
            raise AwsError("TooManyTargetGroups", f"An action takes at most {MOST_GROUPS_IN_ACTION} target groups", 400)
        if len({g["TargetGroupArn"] for g in groups}) != len(groups):
            raise AwsError("ValidationError", "A target group may be named once in an action", 400)
        for group in groups:
            if not 0 <= group.setdefault("Weight", 1) <= LARGEST_WEIGHT:
                raise AwsError("ValidationError", f"Weight {group['Weight']} is not between 0 and {LARGEST_WEIGHT}", 400)
            self._check_group(group["TargetGroupArn"], balancer)
        sticky = config.get("TargetGroupStickinessConfig", {"Enabled": False})
        if sticky.get("Enabled") and not 1 <= sticky.get("DurationSeconds", 0) <= 604800:
            raise AwsError("ValidationError", "Stickiness needs DurationSeconds between 1 and 604800", 400)
        action["ForwardConfig"] = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
        if len(groups) == 1:
            action["TargetGroupArn"] = groups[0]["TargetGroupArn"]

    def _check_group(self, arn: str, balancer: str) -> None:
        self.group(arn)
        for key, actions in self._actions.items():
            other = self._listener(self._listener_of[key])["LoadBalancerArn"] if arn in groups_of(actions) else balancer
            if other != balancer:
                raise AwsError("TargetGroupAssociationLimit", f"Target group '{arn}' is associated with another load "
                               "balancer", 400)

    @staticmethod
    def _check_authentication(action: dict, protocol: str, before: list[dict]) -> None:
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateOidcActionConfig.html
        if protocol != "HTTPS":
            raise AwsError("InvalidLoadBalancerAction", "Authentication actions need an HTTPS listener", 400)
        config = action.get("AuthenticateOidcConfig")
        if config is None:
            return
        if not config.pop("ClientSecret", None):
            kept = any(a.get("AuthenticateOidcConfig", {}).get("ClientId") == config["ClientId"] for a in before)
            if not (config.get("UseExistingClientSecret") and kept):
                raise AwsError("ValidationError", "ClientSecret is absent, and there is none to keep with "
                               "UseExistingClientSecret", 400)
        config.pop("UseExistingClientSecret", None)

    def rules_naming(self, listener: str, groups: set[str]) -> list[str]:
        """The listener's rules (the default one by the listener's own ARN) that forward to any of the groups."""
        return [arn for arn, actions in self._actions.items()
                if self._listener_of[arn] == listener and groups_of(actions) & groups]

    def shift(self, rule: str, groups: list[tuple[str, int]]) -> None:
        """Sets the weights of a rule's, or a listener's default, forward action as a service of AWS does it."""
        actions = copy.deepcopy(self._actions.get(rule))
        if actions is None:
            raise AwsError("RuleNotFound", f"Rule '{rule}' not found", 400)
        actions[-1] = {"Type": "forward", **({"Order": actions[-1]["Order"]} if "Order" in actions[-1] else {}),
                       "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": a, "Weight": w} for a, w in groups],
                                         "TargetGroupStickinessConfig": actions[-1].get("ForwardConfig", {}).get(
                                             "TargetGroupStickinessConfig", {"Enabled": False})}}
        self._set_actions(rule, self._listener_of[rule], actions)

    def _set_actions(self, arn: str, listener: str, actions: list[dict], at_once: bool = False) -> None:
        self._actions[arn] = actions
        self._listener_of[arn] = listener
        for group in groups_of(actions):
            self._in_use_since.setdefault(group, self.place.now)
        self._mark_unused()
        # A change is not instant: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-rule.html
        if at_once:
            self._effective[arn] = actions
        else:
            self.place.after(self.place.delays.rule_propagation, lambda: self._take_effect(arn, actions))

    def _take_effect(self, arn: str, actions: list[dict]) -> None:
        if arn in self._actions:
            self._effective[arn] = actions

    def _forget(self, arn: str) -> None:
        for table in (self._actions, self._effective, self._listener_of, self._transforms):
            table.pop(arn, None)
        self._mark_unused()

    def _mark_unused(self) -> None:
        used = set().union(*(groups_of(actions) for actions in self._actions.values()), set())
        for arn in [a for a in self._in_use_since if a not in used]:
            del self._in_use_since[arn]

    # Target groups and targets.

    def group(self, arn: str) -> dict:
        """The target group. Raises AwsError (TargetGroupNotFound)."""
        if arn not in self._groups:
            found = self.place.store("elbv2", "DescribeTargetGroups", TargetGroupArns=[arn])["TargetGroups"]
            if not found:
                raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found", 400)
            self._groups[arn] = found[0]
        return self._groups[arn]

    def DescribeTargetGroups(self, i: dict) -> dict:
        arguments = {k: v for k, v in i.items() if k != "LoadBalancerArn"}
        output = self.store("DescribeTargetGroups", **arguments)
        groups = [{**g, "LoadBalancerArns": self.balancers_of(g["TargetGroupArn"])} for g in output["TargetGroups"]]
        if "LoadBalancerArn" in i:
            groups = [g for g in groups if i["LoadBalancerArn"] in g["LoadBalancerArns"]]
        return {**output, "TargetGroups": groups}

    def ModifyTargetGroup(self, i: dict) -> dict:
        self._groups.pop(i["TargetGroupArn"], None)
        return self.store("ModifyTargetGroup", **i)

    def DeleteTargetGroup(self, i: dict) -> dict:
        arn = i["TargetGroupArn"]
        if arn in self._in_use_since:
            raise AwsError("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule", 400)
        output = self.store("DeleteTargetGroup", **i)
        self._groups.pop(arn, None)
        self.targets.pop(arn, None)
        return output

    def balancers_of(self, group: str) -> list[str]:
        """The ARNs of the load balancers whose rules name the group."""
        listeners = {self._listener_of[key] for key, actions in self._actions.items() if group in groups_of(actions)}
        # arn:…:listener/app/NAME/LB/LISTENER belongs to arn:…:loadbalancer/app/NAME/LB
        return sorted({x.rpartition("/")[0].replace(":listener/", ":loadbalancer/") for x in listeners})

    def RegisterTargets(self, i: dict) -> dict:
        group = self.group(i["TargetGroupArn"])
        for target in i["Targets"]:
            self.register(i["TargetGroupArn"], target["Id"], target.get("Port", group["Port"]), [])
        return {}

    def DeregisterTargets(self, i: dict) -> dict:
        group = self.group(i["TargetGroupArn"])
        for target in i["Targets"]:
            self.deregister(i["TargetGroupArn"], target["Id"], target.get("Port", group["Port"]))
        return {}

    def DescribeTargetHealth(self, i: dict) -> dict:
        arn = i["TargetGroupArn"]
        group = self.group(arn)
        wanted = [(t["Id"], t.get("Port", group.get("Port"))) for t in i.get("Targets", [])]
        known = self.targets.get(arn, {})
        shown = [self._health_description(arn, known[key]) for key in (wanted or known) if key in known]
        # One that is not registered is described as unused:
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
        shown += [{"Target": {"Id": i_, "Port": port}, "TargetHealth": {
            "State": "unused", "Reason": "Target.NotRegistered", "Description": "Target is not registered to the target "
            "group"}} for i_, port in wanted if (i_, port) not in known]
        return {"TargetHealthDescriptions": shown}

    def register(self, group: str, target_id: str, port: int, containers: list) -> None:
        """A new target, or one that drains and is taken in again."""
        self.targets.setdefault(group, {})[(target_id, port)] = Target(target_id, port, self.place.now, containers)

    def deregister(self, group: str, target_id: str, port: int) -> float:
        """The target drains; the seconds until it is gone."""
        target = self.targets.get(group, {}).get((target_id, port))
        if target is None:
            return 0
        if target.draining_until is None:
            busy = self.place.now - target.served_at < IDLE_AFTER_SECONDS
            target.draining_until = self.place.now + (self.deregistration_delay(group) if busy else 1)
            self.place.after(target.draining_until - self.place.now, lambda: self._gone(group, target))
        return max(0, target.draining_until - self.place.now)

    def _gone(self, group: str, target: Target) -> None:
        known = self.targets.get(group, {})
        if known.get((target.id, target.port)) is target:
            del known[(target.id, target.port)]

    def deregistration_delay(self, group: str) -> float:
        # 0 to 3600, 300 by default:
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
        attributes = self.place.store("elbv2", "DescribeTargetGroupAttributes", TargetGroupArn=group)["Attributes"]
        return float(next((a["Value"] for a in attributes if a["Key"] == "deregistration_delay.timeout_seconds"), 300))

    def health(self, group: str, target: Target) -> tuple[str, str | None]:
        """State and reason. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
        if target.draining_until is not None:
            return "draining", "Target.DeregistrationInProgress"
        if group not in self._in_use_since:
            return "unused", "Target.NotInUse"
        begun = max(target.registered_at, self._in_use_since[group])
        if self.place.now < begun + self.place.delays.target_initial:
            return "initial", "Elb.InitialHealthChecking"
        if self.world.behaviour_of_task(target.containers, group).unhealthy:
            return "unhealthy", "Target.FailedHealthChecks"
        return "healthy", None

    def _health_description(self, group: str, target: Target) -> dict:
        state, reason = self.health(group, target)
        texts = {"Target.DeregistrationInProgress": "Target deregistration is in progress",
                 "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
                 "Elb.InitialHealthChecking": "Initial health checks in progress",
                 "Target.FailedHealthChecks": "Health checks failed"}
        health = {"State": state} | ({"Reason": reason, "Description": texts[reason]} if reason else {})
        return {"Target": {"Id": target.id, "Port": target.port}, "HealthCheckPort": str(target.port),
                "TargetHealth": health}

    # What the request model asks.

    def split(self, arn: str) -> list[tuple[str, int]]:
        """Groups and weights that requests on a listener's default rule, or on a rule, follow at the moment."""
        forward = next((a for a in self._effective.get(arn, []) if a["Type"] == "forward"), None)
        return [(g["TargetGroupArn"], g["Weight"]) for g in forward["ForwardConfig"]["TargetGroups"]] if forward else []

    def serving(self, group: str) -> list[Target]:
        """The targets that get requests: the healthy ones; all that are not draining where none is healthy.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html (fail open)
        """
        there = [t for t in self.targets.get(group, {}).values() if t.draining_until is None]
        return [t for t in there if self.health(group, t)[0] == "healthy"] or there

    def overview(self) -> dict:
        return {"weights": {arn: self.split(arn) for arn in self._actions}, "targets": {
            arn: {f"{t.id}:{t.port}": self.health(arn, t)[0] for t in group.values()} for arn, group in self.targets.items()}}


def groups_of(actions: list[dict]) -> set[str]:
    """The target groups that the actions name."""
    return {g["TargetGroupArn"] for a in actions if a["Type"] == "forward" for g in a["ForwardConfig"]["TargetGroups"]}
