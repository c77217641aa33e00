"""Services whose controller is ECS: rolling, blue/green, linear and canary deployments with hooks, alarms and rollback."""

import lambda_test
from ecs_test import ShopCase
from simulator_case import SimulatorCase, main

from aws_simulator import make_shop


class Rolling(ShopCase):

    def setUp(self):
        SimulatorCase.setUp(self)
        self.shop = make_shop(self.aws, controller="ECS")
        self.ecs, self.elb = self.aws.client("ecs"), self.aws.client("elbv2")
        self.place = {"cluster": self.shop.cluster, "service": self.shop.service}

    def service(self) -> dict:
        return self.ecs.describe_services(cluster="shop", services=["web"])["services"][0]

    def test_new_tasks_come_before_old_ones_go(self):
        definition = self.register("shop/web:2")
        self.ecs.update_service(**self.place, taskDefinition=definition)
        self.aws.advance(1)
        two = self.service()["deployments"]
        self.assertEqual([(d["status"], d["rolloutState"]) for d in two], [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")])
        least = [99]

        def done():
            service = self.service()
            least[0] = min(least[0], service["runningCount"])
            return len(service["deployments"]) == 1 and service
        service = self.advance_until(done)
        self.assertEqual((service["taskDefinition"], service["deployments"][0]["rolloutState"], least[0]),
                         (definition, "COMPLETED", 2))

    def test_the_circuit_breaker_takes_a_crashing_revision_back(self):
        self.aws.set_behaviours({"image": ":2$", "exit_code": 1, "exit_after": 1})
        self.ecs.update_service(**self.place, taskDefinition=self.register("shop/web:2"), deploymentConfiguration={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True}})
        self.advance_until(lambda: len(self.service()["deployments"]) == 2)
        service = self.advance_until(lambda: len((s := self.service())["deployments"]) == 1 and s)
        self.assertEqual(service["taskDefinition"], self.shop.task_definition)
        found = self.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"][0]
        self.assertEqual(found["status"], "ROLLBACK_SUCCESSFUL")

    def test_a_changed_count_makes_no_deployment(self):
        self.ecs.update_service(**self.place, desiredCount=3)
        self.advance_until(lambda: self.service()["runningCount"] == 3)
        self.assertEqual(len(self.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"]), 1)


class Native(ShopCase):
    """Blue/green and its kin."""

    def setUp(self):
        super().setUp()
        self.elb = self.aws.client("elbv2")
        rule = self.elb.create_rule(ListenerArn=self.shop.http_listener, Priority=30, Conditions=[
            {"Field": "path-pattern", "Values": ["/native/*"]}], Actions=[{"Type": "forward", "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": self._group(c), "Weight": w} for c, w in (("one", 1), ("two", 0))]}}])
        self.rule = rule["Rules"][0]["RuleArn"]
        self.place = {"cluster": "shop", "service": "native"}

    def _group(self, color: str) -> str:
        group = self.elb.create_target_group(Name=f"native-{color}", Protocol="HTTP", Port=8080, VpcId=self.shop.vpc,
                                             TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
        setattr(self, color, group)
        return group

    def start(self, **configuration):
        balancer = {**self.shop.balancers_of(self.one)[0], "advancedConfiguration": {
            "alternateTargetGroupArn": self.two, "productionListenerRule": self.rule,
            "roleArn": "arn:aws:iam::123456789012:role/ecs"}}
        self.ecs.create_service(cluster="shop", serviceName="native", desiredCount=1, taskDefinition=self.shop.task_definition,
                                launchType="FARGATE", networkConfiguration=self.shop.network, loadBalancers=[balancer],
                                deploymentConfiguration=configuration)
        self.until("SUCCESSFUL", "ROLLBACK_FAILED")

    def deploy(self, image: str = "shop/web:2", **configuration):
        self.ecs.update_service(**self.place, taskDefinition=self.register(image), **(
            {"deploymentConfiguration": configuration} if configuration else {}))
        self.aws.advance(1)

    def deployment(self) -> dict:
        arn = self.ecs.list_service_deployments(**self.place)["serviceDeployments"][0]["serviceDeploymentArn"]
        return self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]

    def until(self, *status: str) -> dict:
        return self.advance_until(lambda: (d := self.deployment())["status"] in status and d, step=5)

    def share(self) -> int:
        """The weight of the group that did not have it first."""
        groups = self.elb.describe_rules(RuleArns=[self.rule])["Rules"][0]["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {g["TargetGroupArn"]: g["Weight"] for g in groups}.get(self.two, 0)

    def test_blue_green_shifts_at_once_bakes_and_cleans_up(self):
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=5)
        self.assertEqual(self.share(), 0)
        self.deploy()
        self.advance_until(lambda: self.deployment()["lifecycleStage"] == "BAKE_TIME")
        self.assertEqual(self.share(), 100)
        self.assertEqual(len(self.ecs.describe_services(cluster="shop", services=["native"])["services"][0]["deployments"]), 2)
        done = self.until("SUCCESSFUL")
        self.assertEqual(done["targetServiceRevision"]["requestedProductionTrafficWeight"], 100.0)
        revision = self.ecs.describe_service_revisions(serviceRevisionArns=[done["targetServiceRevision"]["arn"]])
        self.assertEqual(revision["serviceRevisions"][0]["containerImages"][0]["image"], "shop/web:2")

    def test_canary_and_linear_take_their_steps(self):
        self.start(strategy="CANARY", canaryConfiguration={"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5})
        self.deploy()
        self.advance_until(lambda: self.share() == 10)
        self.advance_until(lambda: self.share() == 100)
        self.until("SUCCESSFUL")
        self.deploy("shop/web:3", strategy="LINEAR", linearConfiguration={"stepPercent": 40.0, "stepBakeTimeInMinutes": 1})
        seen = []

        def done():
            if not seen or seen[-1] != self.share():
                seen.append(self.share())
            return self.deployment()["status"] == "SUCCESSFUL"
        self.advance_until(done)
        self.assertEqual(seen, [100, 60, 20, 0])

    def test_a_pause_hook_waits_for_a_word_and_rolls_back_on_another(self):
        pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP", "POST_PRODUCTION_TRAFFIC_SHIFT"]}
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
        self.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0, lifecycleHooks=[pause])
        waiting = lambda: next((h for h in self.deployment().get("lifecycleHookDetails", ())
                                if h["status"] == "AWAITING_ACTION"), None)
        hook = self.advance_until(waiting)
        self.aws.advance(600)
        self.assertEqual((self.share(), self.deployment()["lifecycleStage"]), (0, "POST_SCALE_UP"))
        arn = self.deployment()["serviceDeploymentArn"]
        self.refused("InvalidParameterException", self.ecs.continue_service_deployment, serviceDeploymentArn=arn, hookId="x")
        self.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="CONTINUE")
        hook = self.advance_until(lambda: self.share() == 100 and waiting())
        self.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="ROLLBACK")
        self.aws.advance(2)
        self.assertEqual(self.share(), 0)
        self.until("ROLLBACK_SUCCESSFUL")
        self.assertEqual(len(self.ecs.describe_services(cluster="shop", services=["native"])["services"][0]["deployments"]), 1)

    def waiting(self) -> list[str]:
        return [h["hookId"] for h in self.deployment().get("lifecycleHookDetails", ()) if h["status"] == "AWAITING_ACTION"]

    def go_on(self, hook: str, action: str = "CONTINUE") -> None:
        arn = self.deployment()["serviceDeploymentArn"]
        self.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook, action=action)

    def test_a_pause_before_production_stops_each_step(self):
        pause = {"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"]}
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
        self.deploy(strategy="LINEAR", bakeTimeInMinutes=0, lifecycleHooks=[pause],
                    linearConfiguration={"stepPercent": 50.0, "stepBakeTimeInMinutes": 0})
        seen = []
        for share in (0, 50, 100):
            (hook,) = self.advance_until(self.waiting)
            self.aws.advance(600)
            target = self.deployment()["targetServiceRevision"]
            self.assertEqual((self.share(), target["requestedProductionTrafficWeight"]), (share, float(share)))
            self.assertNotEqual(self.deployment()["lifecycleStage"], "PRE_PRODUCTION_TRAFFIC_SHIFT")
            self.go_on(hook)
            self.refused("InvalidParameterException", self.go_on, hook)
            self.advance_until(lambda: hook not in self.waiting())
            seen.append(hook)
        self.assertEqual(len(set(seen)), 3)
        self.until("SUCCESSFUL")

    def test_pauses_of_one_stage_are_answered_each_and_time_out_as_they_say(self):
        pauses = [{"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
                   "timeoutConfiguration": {"timeoutInMinutes": minutes, "action": action}}
                  for minutes, action in ((60, "CONTINUE"), (90, "ROLLBACK"))]
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
        self.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0, lifecycleHooks=pauses)
        self.assertEqual(len(self.advance_until(self.waiting)), 2)
        self.aws.advance(3700)
        self.assertEqual((len(self.waiting()), self.share()), (1, 0))
        self.assertIn("timed out", self.until("ROLLBACK_SUCCESSFUL")["statusReason"])
        self.assertEqual(self.share(), 0)

    def test_a_revision_tells_which_group_serves_it_behind_which_rule(self):
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
        self.deploy()
        done = self.until("SUCCESSFUL")
        group = lambda revision: self.ecs.describe_service_revisions(serviceRevisionArns=[revision["arn"]])[
            "serviceRevisions"][0]["resolvedConfiguration"]["loadBalancers"]
        self.assertEqual(group(done["targetServiceRevision"]), [
            {"targetGroupArn": self.two, "productionListenerRule": self.rule}])
        self.assertEqual(group(done["sourceServiceRevisions"][0])[0]["targetGroupArn"], self.one)

    def test_a_functions_answer_decides_and_none_rolls_back(self):
        role = "arn:aws:iam::123456789012:role/hook"
        function = self.aws.client("lambda").create_function(
            FunctionName="hook", Runtime="python3.12", Role=role, Handler="app.handler", Timeout=30,
            Code={"ZipFile": lambda_test.packed("def handler(event, context):\n"
                                                "    ok = event['lifecycleStage'] == 'POST_SCALE_UP'\n"
                                                "    return {'hookStatus': 'SUCCEEDED' if ok else 'FAILED'}\n")})["FunctionArn"]
        hook = {"hookTargetArn": function, "roleArn": role, "lifecycleStages": ["POST_SCALE_UP"]}
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=0)
        self.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=0, lifecycleHooks=[hook])
        self.aws.wait_for(lambda: self.aws.advance(2) or self.deployment()["status"] == "SUCCESSFUL")
        self.aws.set_behaviours({"function": "hook", "payload": {"no": "status"}})
        self.deploy("shop/web:3")
        self.assertIn("POST_SCALE_UP", self.until("ROLLBACK_SUCCESSFUL")["statusReason"])

    def test_an_alarm_rolls_back_and_one_that_fired_before_takes_no_part(self):
        cw = self.aws.client("cloudwatch")
        cw.put_metric_alarm(AlarmName="bad", Namespace="N", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
                            Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")
        alarms = {"alarmNames": ["bad"], "enable": True, "rollback": True}
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=10)
        self.deploy(strategy="BLUE_GREEN", bakeTimeInMinutes=10, alarms=alarms)
        self.advance_until(lambda: self.deployment()["lifecycleStage"] == "BAKE_TIME")
        cw.set_alarm_state(AlarmName="bad", StateValue="ALARM", StateReason="test")
        done = self.until("ROLLBACK_SUCCESSFUL")
        self.assertEqual((done["alarms"]["triggeredAlarmNames"], self.share()), (["bad"], 0))
        self.deploy("shop/web:3")
        self.assertEqual(self.deployment()["alarms"]["status"], "DISABLED")
        self.until("SUCCESSFUL")

    def test_stopping_with_rollback_and_what_is_refused(self):
        self.start(strategy="BLUE_GREEN", bakeTimeInMinutes=3)
        arn = self.deployment()["serviceDeploymentArn"]
        self.refused("ConflictException", self.ecs.stop_service_deployment, serviceDeploymentArn=arn)
        self.refused("ServiceDeploymentNotFoundException", self.ecs.stop_service_deployment, serviceDeploymentArn=arn + "x")
        self.deploy()
        self.advance_until(lambda: self.share() == 100)
        for _ in range(2):  # one that goes back already goes on with it
            self.ecs.stop_service_deployment(serviceDeploymentArn=self.deployment()["serviceDeploymentArn"], stopType="ROLLBACK")
            self.assertIn(self.deployment()["status"], ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"))
        self.until("ROLLBACK_SUCCESSFUL")
        self.assertEqual(self.share(), 0)
        self.refused("InvalidParameterException", self.deploy, strategy="LINEAR", linearConfiguration={"stepPercent": 1.0})
        self.refused("InvalidParameterException", self.deploy, strategy="BLUE_GREEN", linearConfiguration={})
        pause = {"targetType": "PAUSE", "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"]}
        self.refused("InvalidParameterException", self.deploy, strategy="BLUE_GREEN", bakeTimeInMinutes=0, lifecycleHooks=[pause])


if __name__ == "__main__":
    main()
