"""A whole blue/green deployment by a client that repeats and reads back, while a third of its calls go wrong."""
import botocore.exceptions
from aws_simulator import task_sets_of

from ecs_test import ShopCase
from simulator_case import main

RETRIED = ("InternalFailure", "ServiceUnavailable", "ThrottlingException", "Throttling")
MOST_TRIES = 50


class Careful:
    """A client's calls, repeated until they are answered."""

    def __init__(self, aws, service: str):
        self._client = aws.client(service, keys=aws.sluice)
        self._aws = aws

    def __getattr__(self, name: str):
        def call(**arguments):
            for _ in range(MOST_TRIES):
                try:
                    return getattr(self._client, name)(**arguments)
                except botocore.exceptions.ConnectionClosedError:
                    pass
                except botocore.exceptions.ClientError as why:
                    if why.response["Error"]["Code"] not in RETRIED:
                        raise
                self._aws.advance(1)
            raise AssertionError(f"{name} was not answered in {MOST_TRIES} tries")
        return call


class Story(ShopCase):

    def deploy(self, seed: int):
        """10%, 50%, 100% to GREEN, then BLUE is retired."""
        self.aws.misbehave(seed)
        ecs, elb = Careful(self.aws, "ecs"), Careful(self.aws, "elbv2")
        definition = ecs.register_task_definition(**self.shop.definition(f"shop/web:{seed + 1}"))["taskDefinition"][
            "taskDefinitionArn"]
        green = ecs.create_task_set(
            **self.place, taskDefinition=definition, launchType="FARGATE", networkConfiguration=self.shop.network,
            loadBalancers=self.shop.balancers_of(self.shop.green_group), clientToken=f"deployment-{seed}",
            scale={"value": 100.0, "unit": "PERCENT"})["taskSet"]["taskSetArn"]
        self.advance_until(lambda: ecs.describe_task_sets(**self.place, taskSets=[green])["taskSets"][0]["stabilityStatus"]
                           == "STEADY_STATE")
        for share in (10, 50, 100):
            for rule in self.shop.rules:
                self._shift(elb, rule, share)
            self.aws.advance(30)
        ecs.update_service_primary_task_set(**self.place, primaryTaskSet=green)
        ecs.delete_task_set(**self.place, taskSet=self.shop.task_set, force=True)
        self.aws.set_faults()
        self.advance_until(lambda: len(task_sets_of(self.ecs, **self.place)) == 1)
        return green

    def _shift(self, elb, rule: str, share: int):
        """A write is believed when it was read back; a stale read only makes the client ask again."""
        weights = {self.shop.blue_group: 100 - share, self.shop.green_group: share}
        elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [
            {"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]}}])

        def read() -> bool:
            groups = elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]["ForwardConfig"]["TargetGroups"]
            return {g["TargetGroupArn"]: g["Weight"] for g in groups} == weights
        self.advance_until(read, step=1)

    def test_it_ends_right_whatever_went_wrong_on_the_way(self):
        for seed in (1, 2):
            with self.subTest(seed=seed):
                if seed > 1:
                    super().setUp()
                self.aws.set_traffic(self.shop.rules[0], 20)
                green = self.deploy(seed)
                sets = task_sets_of(self.ecs, **self.place)
                self.assertEqual([(s["taskSetArn"], s["status"], s["runningCount"]) for s in sets], [(green, "PRIMARY", 2)])
                self.assertEqual(self.shop.weights(self.aws), [(0, 100), (0, 100)])
                self.assertNotIn("nobody", self.aws.served())
                hit = {kind for r in self.aws.requests(who="sluice") for kind in r["faults"]}
                self.assertGreaterEqual(len(hit), 2)
                self.assertEqual(self.aws.problems(), [])


if __name__ == "__main__":
    main()
