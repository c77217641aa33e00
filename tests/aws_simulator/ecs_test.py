"""ECS with the EXTERNAL controller, and the load balancer's part in it."""
import json
import urllib.error
import urllib.request

from simulator_case import SimulatorCase, main

import botocore.exceptions

from aws_simulator import make_shop, task_sets_of

FORWARD = "forward"


class ShopCase(SimulatorCase):
    """Tests that begin with a shop whose first task set is steady."""

    def setUp(self):
        super().setUp()
        self.shop = make_shop(self.aws)
        self.ecs, self.elb = self.aws.client("ecs"), self.aws.client("elbv2")
        self.place = {"cluster": self.shop.cluster, "service": self.shop.service}

    def register(self, image: str, environment: dict | None = None) -> str:
        return self.ecs.register_task_definition(**self.shop.definition(image, environment))["taskDefinition"][
            "taskDefinitionArn"]

    def green(self, image: str = "shop/web:2", scale: float = 100.0, **more) -> str:
        """A task set for GREEN; its ARN."""
        return self.ecs.create_task_set(
            **self.place, taskDefinition=self.register(image), launchType="FARGATE", networkConfiguration=self.shop.network,
            loadBalancers=self.shop.balancers_of(self.shop.green_group), scale={"value": scale, "unit": "PERCENT"}, **more)[
            "taskSet"]["taskSetArn"]

    def task_sets(self) -> list[dict]:
        return task_sets_of(self.ecs, **self.place)

    def task_set(self, arn: str) -> dict:
        return self.ecs.describe_task_sets(**self.place, taskSets=[arn])["taskSets"][0]

    def steady(self, arn: str) -> dict:
        return self.advance_until(lambda: (s := self.task_set(arn))["stabilityStatus"] == "STEADY_STATE" and s)

    def shift(self, blue: int, green: int, **sticky):
        for rule in self.shop.rules:
            self.elb.modify_rule(RuleArn=rule, Actions=[{"Type": FORWARD, "ForwardConfig": {"TargetGroups": [
                {"TargetGroupArn": self.shop.blue_group, "Weight": blue},
                {"TargetGroupArn": self.shop.green_group, "Weight": green}], **sticky}}])

    def ask(self, url: str) -> tuple[int, dict]:
        """Status and body of one request of a user."""
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as why:
            return why.code, json.load(why)

    def states(self, group: str) -> list[str]:
        return [t["TargetHealth"]["State"] for t in self.elb.describe_target_health(TargetGroupArn=group)[
            "TargetHealthDescriptions"]]


class FrontDoor(ShopCase):

    def test_single_requests_follow_the_weights_and_are_answered_by_what_serves(self):
        url = self.aws.front_door(self.shop.rules[0]) + "/chat"
        self.aws.set_behaviours({"image": ":2$", "answer_status": 500}, {"answers": {"/chat": {"intent": "greeting"}}})
        self.assertEqual(self.ask(url), (200, {"image": "shop/web:1", "intent": "greeting"}))
        self.steady(self.green())
        self.shift(0, 100)
        self.advance_until(lambda: self.ask(url) == (500, {"image": "shop/web:2"}))

    def test_a_rule_without_a_target_answers_503(self):
        self.shift(0, 100)
        self.advance_until(lambda: self.ask(self.aws.front_door(self.shop.rules[0]) + "/")[0] == 503)


class TaskSets(ShopCase):

    def test_a_task_set_goes_from_stabilizing_to_steady_while_its_targets_become_healthy(self):
        arn = self.green()
        new = self.task_set(arn)
        self.assertEqual((new["stabilityStatus"], new["status"], new["computedDesiredCount"], new["runningCount"],
                          new["pendingCount"]), ("STABILIZING", "ACTIVE", 2, 0, 2))
        self.advance_until(lambda: self.task_set(arn)["runningCount"] == 2)
        self.assertEqual(self.task_set(arn)["stabilityStatus"], "STABILIZING")
        self.assertEqual(self.states(self.shop.green_group), ["initial", "initial"])
        self.steady(arn)
        self.assertEqual(self.states(self.shop.green_group), ["healthy", "healthy"])

    def test_the_scale_is_a_share_of_the_service_rounded_up(self):
        self.ecs.update_service(**self.place, desiredCount=5)
        arn = self.green(scale=25.0)
        self.assertEqual(self.task_set(arn)["computedDesiredCount"], 2)
        self.steady(arn)
        self.ecs.update_task_set(**self.place, taskSet=arn, scale={"value": 100.0, "unit": "PERCENT"})
        self.assertEqual(self.steady(arn)["runningCount"], 5)
        self.refused("InvalidParameterException", self.ecs.update_task_set, **self.place, taskSet=arn,
                     scale={"value": 101.0, "unit": "PERCENT"})

    def test_the_same_client_token_makes_one_task_set(self):
        token = "t" * 36
        one = self.green(clientToken=token)
        definition = self.task_set(one)["taskDefinition"]
        again = self.ecs.create_task_set(
            **self.place, taskDefinition=definition, launchType="FARGATE", networkConfiguration=self.shop.network,
            loadBalancers=self.shop.balancers_of(self.shop.green_group), scale={"value": 100.0, "unit": "PERCENT"},
            clientToken=token)["taskSet"]["taskSetArn"]
        self.assertEqual(one, again)
        self.assertEqual(len(self.task_sets()), 2)
        self.refused("InvalidParameterException", self.ecs.create_task_set, **self.place, taskDefinition=definition,
                     launchType="FARGATE", networkConfiguration=self.shop.network, clientToken=token)
        self.refused("InvalidParameterException", self.green, clientToken="t" * 37)

    def test_a_service_has_five_task_sets_at_most_and_those_that_drain_are_among_them(self):
        made = [self.green() for _ in range(4)]
        self.steady(made[0])
        self.refused("InvalidParameterException", self.green)
        self.ecs.delete_task_set(**self.place, taskSet=made[0], force=True)
        self.assertEqual(self.task_set(made[0])["status"], "DRAINING")
        self.refused("InvalidParameterException", self.green)
        self.advance_until(lambda: len(self.task_sets()) == 4)
        self.green()

    def test_what_does_not_exist_is_refused(self):
        common = {**self.place, "launchType": "FARGATE", "networkConfiguration": self.shop.network}
        self.refused("ClientException", self.ecs.create_task_set, **common, taskDefinition="none")
        self.refused("InvalidParameterException", self.ecs.create_task_set, **common,
                     taskDefinition=self.shop.task_definition, loadBalancers=[
                         {"targetGroupArn": self.shop.green_group, "containerName": "chatbot", "containerPort": 8080}])
        self.refused("InvalidParameterException", self.ecs.create_task_set, **common,
                     taskDefinition=self.shop.task_definition, loadBalancers=[
                         {"targetGroupArn": self.shop.green_group, "containerName": "web", "containerPort": 80}])
        self.refused("InvalidParameterException", self.ecs.create_task_set, **self.place,
                     taskDefinition=self.shop.task_definition, launchType="FARGATE")
        lonely = self.elb.create_target_group(Name="lonely", Protocol="HTTP", Port=8080, VpcId=self.shop.vpc,
                                              TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
        self.refused("InvalidParameterException", self.ecs.create_task_set, **common,
                     taskDefinition=self.shop.task_definition, loadBalancers=self.shop.balancers_of(lonely))
        self.refused("InvalidParameterException", self.ecs.describe_task_sets, **self.place)
        self.refused("ServiceNotFoundException", self.ecs.describe_task_sets, cluster="shop", service="none", taskSets=["ecs-svc/1"])
        self.refused("ClusterNotFoundException", self.ecs.describe_task_sets, cluster="none", service="web", taskSets=["ecs-svc/1"])
        self.refused("TaskSetNotFoundException", self.ecs.delete_task_set, **self.place, taskSet="ecs-svc/1")
        missing = self.ecs.describe_task_sets(**self.place, taskSets=["ecs-svc/1"])
        self.assertEqual((missing["taskSets"], missing["failures"]), ([], [{"arn": "ecs-svc/1", "reason": "MISSING"}]))

    def test_the_primary_or_a_running_task_set_is_not_deleted_without_force(self):
        arn = self.steady(self.green())["taskSetArn"]
        self.refused("InvalidParameterException", self.ecs.delete_task_set, **self.place, taskSet=self.shop.task_set)
        self.refused("InvalidParameterException", self.ecs.delete_task_set, **self.place, taskSet=arn)
        self.ecs.update_service_primary_task_set(**self.place, primaryTaskSet=arn)
        self.assertEqual([self.task_set(x)["status"] for x in (arn, self.shop.task_set)], ["PRIMARY", "ACTIVE"])
        gone = self.ecs.delete_task_set(**self.place, taskSet=self.shop.task_set, force=True)["taskSet"]
        self.assertEqual((gone["status"], gone["computedDesiredCount"]), ("DRAINING", 0))
        self.advance_until(lambda: len(self.task_sets()) == 1)
        self.assertEqual(self.states(self.shop.blue_group), [])
        service = self.ecs.describe_services(cluster="shop", services=["web"])["services"][0]
        self.assertEqual((service["runningCount"], service["taskDefinition"]), (2, self.task_set(arn)["taskDefinition"]))

    def test_an_external_service_takes_only_what_is_not_the_task_sets(self):
        self.refused("InvalidParameterException", self.ecs.create_service, cluster="shop", serviceName="other",
                     taskDefinition=self.shop.task_definition, deploymentController={"type": "EXTERNAL"})
        self.refused("InvalidParameterException", self.ecs.update_service, **self.place,
                     taskDefinition=self.shop.task_definition)


class Tasks(ShopCase):

    def test_a_container_that_exits_is_replaced_and_leaves_its_reason(self):
        self.aws.set_behaviours({"image": ":2$", "exit_code": 3, "exit_after": 2})
        arn = self.green()
        stopped = self.advance_until(lambda: self.ecs.list_tasks(cluster="shop", serviceName="web", desiredStatus="STOPPED")[
            "taskArns"])
        task = self.ecs.describe_tasks(cluster="shop", tasks=stopped)["tasks"][0]
        self.assertEqual((task["lastStatus"], task["stopCode"], task["stoppedReason"], task["containers"][0]["exitCode"]),
                         ("STOPPED", "EssentialContainerExited", "Essential container in task exited", 3))
        self.assertEqual(task["startedBy"], self.task_set(arn)["id"])
        self.advance_until(lambda: len(self.ecs.list_tasks(cluster="shop", serviceName="web", desiredStatus="STOPPED")[
            "taskArns"]) > 4)
        self.assertEqual(self.task_set(arn)["stabilityStatus"], "STABILIZING")
        events = self.ecs.describe_services(cluster="shop", services=["web"])["services"][0]["events"]
        self.assertTrue(any("unable to consistently start tasks" in e["message"] for e in events))

    def stopped(self) -> list[dict]:
        arns = self.ecs.list_tasks(cluster="shop", serviceName="web", desiredStatus="STOPPED")["taskArns"]
        return self.ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"] if arns else []

    def test_a_spot_task_whose_capacity_is_taken_back_is_replaced(self):
        self.aws.set_behaviours({"image": ":2$", "interrupted_after": 60, "ending_ever": 1})
        arn = self.steady(self.green())["taskSetArn"]
        (task,) = self.advance_until(lambda: [t for t in self.stopped() if t["lastStatus"] == "STOPPED"])
        self.assertEqual((task["stopCode"], task["stoppedReason"], task["containers"][0]["exitCode"]),
                         ("SpotInterruption", "Your Spot Task was interrupted.", 143))
        self.steady(arn)
        self.assertEqual(self.states(self.shop.green_group).count("healthy"), 2)

    def test_of_a_task_set_so_many_tasks_end_as_is_said(self):
        self.aws.set_behaviours({"image": ":2$", "exit_code": 3, "exit_after": 60, "ending_at_once": 1})
        arn = self.green()
        self.advance_until(lambda: len(self.stopped()) >= 3)
        self.assertEqual(self.task_set(arn)["runningCount"], 1)

    def test_an_image_that_cannot_be_pulled_is_told(self):
        reason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"
        self.aws.set_behaviours({"image": ":2$", "start_failure": reason})
        self.green()
        stopped = self.advance_until(lambda: self.ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"])
        task = self.ecs.describe_tasks(cluster="shop", tasks=stopped)["tasks"][0]
        self.assertEqual((task["stopCode"], task["stoppedReason"], task["containers"][0]["reason"]),
                         ("TaskFailedToStart", reason, reason))
        self.assertNotIn("exitCode", task["containers"][0])

    def test_a_task_whose_targets_are_unhealthy_is_replaced(self):
        self.aws.set_behaviours({"environment": {"LOG_LEVEL": "info"}, "image": ":2$", "unhealthy": True})
        arn = self.green()
        stopped = self.advance_until(lambda: self.ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"])
        task = self.ecs.describe_tasks(cluster="shop", tasks=stopped)["tasks"][0]
        self.assertIn("Task failed ELB health checks in (target-group " + self.shop.green_group, task["stoppedReason"])
        self.assertEqual(self.task_set(arn)["stabilityStatus"], "STABILIZING")

    def test_a_task_that_never_starts_stays_pending(self):
        self.aws.set_behaviours({"image": ":2$", "never_starts": True})
        arn = self.green()
        self.aws.advance(1800)
        self.assertEqual((self.task_set(arn)["pendingCount"], self.task_set(arn)["stabilityStatus"]), (2, "STABILIZING"))

    def test_a_single_task_runs_to_its_end_and_its_token_runs_it_once(self):
        self.aws.set_behaviours({"image": "job", "exit_code": 0, "exit_after": 30, "log_lines": ["migrating", "done"]})
        definition = self.register("job:1")
        ask = {"cluster": "shop", "taskDefinition": definition, "launchType": "FARGATE",
               "networkConfiguration": self.shop.network, "clientToken": "once", "startedBy": "sluice"}
        task = self.ecs.run_task(**ask)["tasks"][0]["taskArn"]
        self.assertEqual(self.ecs.run_task(**ask)["tasks"][0]["taskArn"], task)
        self.refused("ConflictException", self.ecs.run_task, **{**ask, "startedBy": "other"})
        ended = self.advance_until(lambda: (t := self.ecs.describe_tasks(cluster="shop", tasks=[task])["tasks"][0])[
            "lastStatus"] == "STOPPED" and t)
        self.assertEqual(ended["containers"][0]["exitCode"], 0)
        stream = f"web/web/{task.rpartition('/')[2]}"
        lines = self.aws.client("logs").get_log_events(logGroupName="/shop/web", logStreamName=stream)["events"]
        self.assertEqual([e["message"] for e in lines], ["migrating", "done"])

    def test_a_task_definition_comes_back_with_all_that_it_was_given(self):
        given = self.shop.definition("a:1")
        given["containerDefinitions"][0].update(restartPolicy={"enabled": True}, linuxParameters={"initProcessEnabled": True})
        given.update(enableFaultInjection=True, ephemeralStorage={"sizeInGiB": 30}, volumes=[
            {"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}],
            tags=[{"key": "k", "value": "v"}])
        arn = self.ecs.register_task_definition(**given)["taskDefinition"]["taskDefinitionArn"]
        found = self.ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        self.assertEqual(found["tags"], given.pop("tags"))
        shown = found["taskDefinition"]
        self.assertEqual({k: shown[k] for k in given if k != "containerDefinitions"},
                         {k: v for k, v in given.items() if k != "containerDefinitions"})
        container = shown["containerDefinitions"][0]
        self.assertEqual({k: container[k] for k in given["containerDefinitions"][0] if k != "portMappings"},
                         {k: v for k, v in given["containerDefinitions"][0].items() if k != "portMappings"})
        self.assertIn("registeredAt", shown)
        self.assertTrue(shown["requiresAttributes"])
        self.refused("ClientException", self.ecs.register_task_definition, **{**given, "cpu": "300"})


class Balancing(ShopCase):

    def test_requests_follow_the_weights_that_are_set(self):
        self.steady(self.green())
        self.aws.set_traffic(self.shop.rules[0], 100)
        self.shift(90, 10)
        self.aws.advance(3)
        before = self.aws.served()
        self.aws.advance(200)
        served = self.aws.served()
        share = (served[self.shop.green_group] - before.get(self.shop.green_group, 0)) / 20000
        self.assertAlmostEqual(share, 0.1, delta=0.02)

    def test_a_changed_rule_is_read_at_once_and_followed_a_little_later(self):
        self.steady(self.green())
        self.aws.set_delays(rule_propagation=20)
        self.aws.set_traffic(self.shop.rules[0], 10)
        self.shift(0, 100)
        self.assertEqual(self.shop.weights(self.aws), [(0, 100), (0, 100)])
        self.aws.advance(10)
        self.assertNotIn(self.shop.green_group, self.aws.served())
        self.aws.advance(60)
        self.assertIn(self.shop.green_group, self.aws.served())

    def test_what_is_wrong_in_an_action_is_refused_and_changes_nothing(self):
        self.refused("ValidationError", self.shift, blue=1000, green=0)
        self.refused("ValidationError", self.shift, blue=-1, green=0)
        rule = {"RuleArn": self.shop.rules[0]}
        forward = lambda *arns: [{"Type": FORWARD, "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": a} for a in arns]}}]
        self.refused("TargetGroupNotFound", self.elb.modify_rule, **rule, Actions=forward(self.shop.blue_group[:-1]))
        many = [self.elb.create_target_group(Name=f"g{n}", Protocol="HTTP", Port=80, VpcId=self.shop.vpc)["TargetGroups"][0][
            "TargetGroupArn"] for n in range(6)]
        self.refused("TooManyTargetGroups", self.elb.modify_rule, **rule, Actions=forward(*many))
        self.elb.modify_rule(**rule, Actions=forward(*many[:5]))
        self.refused("ResourceInUse", self.elb.delete_target_group, TargetGroupArn=many[0])
        self.elb.modify_rule(**rule, Actions=forward(*many[1:5]))
        self.elb.delete_target_group(TargetGroupArn=many[0])
        self.refused("TargetGroupNotFound", self.elb.modify_rule, **rule, Actions=forward(*many[:5]))
        self.refused("RuleNotFound", self.elb.describe_rules, RuleArns=[self.shop.rules[0], self.shop.rules[1] + "0"])
        default = self.elb.describe_rules(ListenerArn=self.shop.http_listener)["Rules"][-1]
        self.assertTrue(default["IsDefault"])
        self.refused("OperationNotPermitted", self.elb.modify_rule, RuleArn=default["RuleArn"], Actions=forward(many[0]))
        self.elb.modify_listener(ListenerArn=self.shop.http_listener, DefaultActions=forward(many[1]))
        default = self.elb.describe_rules(RuleArns=[default["RuleArn"]])["Rules"][0]
        self.assertEqual(default["Actions"][0]["TargetGroupArn"], many[1])

    def test_order_stickiness_and_authentication_are_kept_and_the_secret_is_not_told(self):
        oidc = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {
            "Issuer": "https://id.example.com", "AuthorizationEndpoint": "https://id.example.com/a",
            "TokenEndpoint": "https://id.example.com/t", "UserInfoEndpoint": "https://id.example.com/u", "ClientId": "c",
            "ClientSecret": "s"}}
        forward = {"Type": FORWARD, "Order": 2, "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": self.shop.blue_group, "Weight": 100}],
            "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60}}}
        rule = {"RuleArn": self.shop.rules[1]}
        shown = self.elb.modify_rule(**rule, Actions=[forward, oidc])["Rules"][0]["Actions"]
        self.assertEqual([a["Type"] for a in shown], ["authenticate-oidc", FORWARD])
        self.assertNotIn("ClientSecret", shown[0]["AuthenticateOidcConfig"])
        self.assertEqual(shown[1]["ForwardConfig"]["TargetGroupStickinessConfig"]["DurationSeconds"], 60)
        self.refused("ValidationError", self.elb.modify_rule, **rule, Actions=shown)
        shown[0]["AuthenticateOidcConfig"]["UseExistingClientSecret"] = True
        self.elb.modify_rule(**rule, Actions=shown)
        self.refused("InvalidLoadBalancerAction", self.elb.modify_rule, RuleArn=self.shop.rules[0], Actions=[forward, oidc])

    def test_transforms_stay_until_they_are_reset(self):
        rewrite = [{"Type": "url-rewrite", "UrlRewriteConfig": {"Rewrites": [{"Regex": "^/a", "Replace": "/b"}]}}]
        forward = [{"Type": FORWARD, "TargetGroupArn": self.shop.blue_group}]
        rule = self.elb.create_rule(ListenerArn=self.shop.http_listener, Priority=30, Actions=forward, Transforms=rewrite, Conditions=[
            {"Field": "path-pattern", "Values": ["/a"]}])["Rules"][0]
        self.assertEqual(rule["Transforms"], rewrite)
        changed = self.elb.modify_rule(RuleArn=rule["RuleArn"], Actions=forward)["Rules"][0]
        self.assertEqual(changed["Transforms"], rewrite)
        changed = self.elb.modify_rule(RuleArn=rule["RuleArn"], Actions=forward, ResetTransforms=True)["Rules"][0]
        self.assertEqual(changed["Transforms"], [])

    def test_a_group_in_no_rule_is_unused_and_checked_once_it_is_in_one(self):
        group = self.elb.create_target_group(Name="idle", Protocol="HTTP", Port=80, VpcId=self.shop.vpc, TargetType="ip")[
            "TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.9.9", "Port": 80}])
        self.aws.advance(60)
        self.assertEqual(self.states(group), ["unused"])
        self.elb.create_rule(ListenerArn=self.shop.http_listener, Priority=20, Conditions=[
            {"Field": "path-pattern", "Values": ["/x"]}], Actions=[{"Type": FORWARD, "TargetGroupArn": group}])
        self.assertEqual(self.states(group), ["initial"])
        self.aws.advance(30)
        self.assertEqual(self.states(group), ["healthy"])

    def test_a_target_drains_for_the_groups_delay_while_it_has_requests(self):
        self.aws.set_traffic(self.shop.rules[0], 10)
        self.aws.advance(10)
        target = self.elb.describe_target_health(TargetGroupArn=self.shop.blue_group)["TargetHealthDescriptions"][0]["Target"]
        self.elb.deregister_targets(TargetGroupArn=self.shop.blue_group, Targets=[target])
        self.assertCountEqual(self.states(self.shop.blue_group), ["draining", "healthy"])
        self.aws.advance(25)
        self.assertCountEqual(self.states(self.shop.blue_group), ["draining", "healthy"])
        self.aws.advance(10)
        self.assertEqual(self.states(self.shop.blue_group), ["healthy"])

    def test_requests_to_a_group_without_targets_are_answered_by_nobody(self):
        self.aws.set_traffic(self.shop.rules[0], 10)
        self.shift(0, 1)
        self.aws.advance(10)
        self.assertGreater(self.aws.served()["nobody"], 50)


class Unreliable(ShopCase):
    """What a client that repeats its calls relies on."""

    def setUp(self):
        super().setUp()
        self.mine = self.aws.client("ecs", keys=self.aws.sluice)

    def test_a_lost_answer_and_the_same_token_leave_one_task_set(self):
        self.aws.set_faults({"kind": "lost", "operation": "CreateTaskSet", "times": 1})
        ask = dict(**self.place, taskDefinition=self.shop.task_definition, launchType="FARGATE", clientToken="once",
                   networkConfiguration=self.shop.network, scale={"value": 0.0, "unit": "PERCENT"})
        with self.assertRaises(botocore.exceptions.ConnectionClosedError):
            self.mine.create_task_set(**ask)
        made = self.mine.create_task_set(**ask)["taskSet"]["taskSetArn"]
        self.assertEqual([s["taskSetArn"] for s in self.task_sets()],
                         [self.shop.task_set, made])

    def test_a_lost_answer_without_a_token_leaves_what_is_made_twice(self):
        self.aws.set_faults({"kind": "lost", "operation": "RegisterTaskDefinition", "times": 1})
        with self.assertRaises(botocore.exceptions.ConnectionClosedError):
            self.mine.register_task_definition(**self.shop.definition("shop/web:2"))
        again = self.mine.register_task_definition(**self.shop.definition("shop/web:2"))["taskDefinition"]
        self.assertEqual(again["revision"], 3)


class RunningClock(ShopCase):

    def test_time_passes_by_itself_as_fast_as_it_is_told(self):
        arn = self.green()
        self.aws.set_traffic(self.shop.rules[0], 10)
        self.aws.set_scale(100)
        self.aws.wait_for(lambda: self.task_set(arn)["stabilityStatus"] == "STEADY_STATE")
        self.assertGreater(self.aws.served()[self.shop.blue_group], 100)


class Stretched(ShopCase):

    def test_delays_ten_times_as_long_change_the_time_and_nothing_else(self):
        self.aws.set_delays(stretch=10)
        arn = self.green()
        begun = self.aws.now()
        self.steady(arn)
        self.assertGreater(self.aws.now() - begun, 250)
        self.assertEqual(self.states(self.shop.green_group), ["healthy", "healthy"])


if __name__ == "__main__":
    main()
