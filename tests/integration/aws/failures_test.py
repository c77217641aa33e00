"""The example's release while AWS refuses, is down, has no room left or lets keys expire, mostly once GREEN has a part of the
traffic: what serves in the end, and what people are told. The controller and the adapters are the production ones, in simulated
time (in_simulated_time.cc).

All tests have one world: each begins with what the one before has left serving.
"""

import base64
import json
import sys
import unittest
from datetime import datetime, timedelta
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

from example_in_aws import CONTAINERS, MEMBERS, ExampleInAws, example_at_rest, image  # noqa: E402
from simulated_release import MINUTE, NotBegun, Release, release_in_simulated_time  # noqa: E402

# The test rule's write, then one of each container's rule: from the next on GREEN gets more than 10%.
AT_TEN_PERCENT = ["ModifyRule", 5]
AT_HALF = ["ModifyRule", 9]
QUOTA = "a quota of the account is reached: delete what is not needed any more, or have it raised in Service Quotas"
WORLD: ExampleInAws


def setUpModule() -> None:
    global WORLD
    WORLD = example_at_rest(BUILD)


class Failures(unittest.TestCase):
    number = 0

    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.machine.configure_for_now("0s")
        Failures.number += 1
        self.before = self.machine.serves()
        self.since = self.aws.newest_request()

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])

    def release(self, *faults: dict, variables: dict[str, str] | None = None) -> Release:
        revisions = self.machine.stand_ins(self.number)
        self.aws.set_faults(*faults)
        try:
            return release_in_simulated_time(self.machine, "aws", revisions, variables)
        finally:
            self.aws.set_faults()
            self.aws.advance(10 * MINUTE)  # tasks end

    def calls(self, *operations: str) -> list[dict]:
        """Of these operations, as they were recorded."""
        return [r for r in self.aws.requests(since=self.since, who="sluice") if r["operation"] in operations]

    def most_on_green(self) -> int:
        """In percent, of what the rules of users were given; GREEN's share changes from release to release."""
        shares = [sorted(g["Weight"] for g in r["input"]["Actions"][-1]["ForwardConfig"]["TargetGroups"])[0]
                  for r in self.calls("ModifyRule") if r["status"] == 200 and r["input"]["RuleArn"] != self.machine.test_rule]
        return max(shares, default=0)

    def assert_taken_back(self, release: Release, outcome: str = "rolled_back") -> None:
        """Each member serves as before, with nothing left of the new revision."""
        outcomes = release.outcomes()
        self.assertEqual({name: outcomes[name] for name in CONTAINERS}, dict.fromkeys(CONTAINERS, outcome), release.causes())
        self.assertLessEqual(set(outcomes.values()), {outcome, "failed_before_traffic", "rolled_back"})
        self.assertEqual(self.machine.serves(), self.before)
        self.assertEqual(self.machine.task_sets_there(), len(CONTAINERS))

    def assert_succeeded(self, release: Release) -> None:
        self.assertEqual(release.outcomes(), dict.fromkeys(MEMBERS, "succeeded"), release.causes())
        now = self.machine.serves()
        self.assertEqual({name: now[name] for name in CONTAINERS}, dict.fromkeys(CONTAINERS, image(self.number)))
        self.assertFalse([name for name in MEMBERS if now[name] == self.before[name]])
        self.assertEqual(self.machine.task_sets_there(), len(CONTAINERS))

    # Denied.

    def test_weights_that_it_may_no_more_set_are_taken_back(self) -> None:
        release = self.release({"kind": "denied", "operation": "ModifyRule", "begins_after": AT_TEN_PERCENT, "times": 3})
        self.assert_taken_back(release)
        self.assertIn("allow elasticloadbalancing:ModifyRule to the keys in use", release.causes()[0])
        self.assertEqual(self.most_on_green(), 10)

    def test_the_way_back_is_tried_until_somebody_grants_it_again(self) -> None:
        release = self.release({"kind": "denied", "operation": "ModifyRule", "begins_after": AT_HALF, "lasts": 2 * MINUTE})
        self.assert_taken_back(release)
        self.assertIn("allow elasticloadbalancing:ModifyRule to the keys in use", release.causes()[0])
        restored = [e["seconds"] for e in release.events if e["mode"] == "rolling_back" and e["type"] == "effect_succeeded"]
        denied = [e["seconds"] for e in release.events if "allow elasticloadbalancing:ModifyRule" in e.get("error", "")]
        self.assertGreater(len(denied), 50)
        self.assertLess(min(s for s in restored if s > max(denied)) - max(denied), 5)

    def test_an_alias_that_it_may_not_move_takes_all_back(self) -> None:
        release = self.release({"kind": "denied", "operation": "UpdateAlias", "begins_after": ["UpdateAlias", 2], "times": 1})
        self.assert_taken_back(release)
        self.assertIn("allow lambda:UpdateAlias to the keys in use", release.causes()[0])

    def test_an_alias_that_it_may_not_move_back_is_tried_until_somebody_grants_it_again(self) -> None:
        release = self.release({"kind": "denied", "operation": "UpdateAlias", "begins_after": ["UpdateAlias", 2],
                                "lasts": 2 * MINUTE})
        self.assert_taken_back(release)
        self.assertGreater(len([e for e in release.errors() if "allow lambda:UpdateAlias" in e]), 20)

    # Down.

    def test_a_region_that_is_down_takes_all_back_when_it_is_there_again(self) -> None:
        for kind, minutes in (("refused", 3), ("unavailable", 10)):
            with self.subTest(kind=kind):
                release = self.release({"kind": kind, "begins_after": AT_TEN_PERCENT, "lasts": minutes * MINUTE})
                self.assert_taken_back(release)
                self.assertGreater(release.events[-1]["seconds"], minutes * MINUTE)

    def test_a_region_that_is_down_within_a_bake_ends_nothing(self) -> None:
        made = json.loads((self.machine.folder / "sluice.yaml").read_text())
        made["environments"]["aws"]["strategy"]["steps"][0]["bake"] = "15m"
        self.machine.write(made)
        self.assert_succeeded(self.release({"kind": "unavailable", "begins_after": AT_TEN_PERCENT, "waits": MINUTE,
                                            "lasts": 10 * MINUTE}))

    def test_a_region_that_is_down_at_the_start_changes_nothing(self) -> None:
        for kind, told in (("refused", "Server returned nothing"), ("unavailable", "ServiceUnavailable")):
            with self.subTest(kind=kind):
                with self.assertRaises(NotBegun) as why:
                    self.release({"kind": kind})
                print(f"{kind}: {why.exception}", file=sys.stderr)
                self.assertIn(told, str(why.exception))
                self.assertEqual(self.machine.serves(), self.before)
                self.assertEqual([r for r in self.aws.requests(since=self.since, who="sluice") if r["status"] == 200], [])

    # No room.

    def test_a_quota_is_named_with_what_to_do(self) -> None:
        for operation, code, what, outcome in (
                ("RegisterTaskDefinition", "LimitExceededException", "The limit of task definition revisions is reached",
                 "failed_before_traffic"),
                ("CreateTaskSet", "LimitExceededException", "You've reached the limit of task sets of a service",
                 "failed_before_traffic"),
                ("PublishVersion", "CodeStorageExceededException", "Code storage limit exceeded.", "failed_before_traffic"),
                ("ModifyRule", "TooManyTargetGroups", "You've reached the limit on the number of target groups", "rolled_back")):
            with self.subTest(operation=operation):
                after = {"begins_after": AT_TEN_PERCENT} if operation == "ModifyRule" else {}
                release = self.release({"kind": "answer", "operation": operation, "code": code, "message": what, "times": 1} | after)
                self.assert_taken_back(release, outcome)
                for part in (operation, code, what, QUOTA):
                    self.assertIn(part, release.causes()[0])

    # Keys.

    def with_web_identity(self) -> dict[str, str]:
        """Variables of a program whose keys are those of a role that it takes on by a token."""
        claims = base64.urlsafe_b64encode(json.dumps({"sub": "sluice", "aud": "sts.amazonaws.com"}).encode()).decode().rstrip("=")
        (self.machine.folder / "token").write_text(f"e30.{claims}.c2ln")
        own = {k: v for k, v in self.machine.env.items() if k not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        return own | {"AWS_WEB_IDENTITY_TOKEN_FILE": str(self.machine.folder / "token"),
                      "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/sluice"}

    EXPIRE = {"kind": "expire", "operation": "ModifyRule", "begins_after": AT_TEN_PERCENT, "times": 1}

    def test_keys_that_expire_are_renewed(self) -> None:
        self.assert_succeeded(self.release(self.EXPIRE, variables=self.with_web_identity()))
        self.assertEqual(len(self.calls("ModifyRule")), len([r for r in self.calls("ModifyRule") if r["status"] == 200]) + 1)

    def test_keys_that_expire_are_renewed_by_a_program(self) -> None:
        program = self.machine.folder / "keys.py"
        program.write_text("import json, urllib.request\n"
                           f"asked = urllib.request.Request('{self.aws.url}/_simulator/keys',"
                           " json.dumps({'who': 'sluice', 'lifetime': 3600}).encode(), {'Content-Type': 'application/json'})\n"
                           "keys = json.load(urllib.request.urlopen(asked))\n"
                           "print(json.dumps({'Version': 1, 'AccessKeyId': keys['access_key'], 'SecretAccessKey': keys['secret_key'],"
                           " 'SessionToken': keys['token'], 'Expiration': '2099-01-01T00:00:00Z'}))\n")
        (self.machine.folder / "config").write_text(f"[default]\ncredential_process = /usr/bin/python3 {program}\n")
        own = {k: v for k, v in self.machine.env.items() if k not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        self.assert_succeeded(self.release(self.EXPIRE, variables=own | {"AWS_CONFIG_FILE": str(self.machine.folder / "config")}))

    def test_keys_that_cannot_be_renewed_for_minutes_take_all_back_then(self) -> None:
        down = {"kind": "unavailable", "operation": "AssumeRoleWithWebIdentity", "who": None, "begins_after": AT_TEN_PERCENT,
                "lasts": 3 * MINUTE}
        release = self.release(self.EXPIRE, down, variables=self.with_web_identity())
        self.assert_taken_back(release)
        self.assertIn("sts AssumeRoleWithWebIdentity of arn:aws:iam::123456789012:role/sluice: ServiceUnavailable", release.causes()[0])
        self.assertGreater(release.events[-1]["seconds"], 3 * MINUTE)

    # Order, and time.

    # The WebSocket stage may not be written, when the REST stage and all others lead to GREEN.
    DENIED = {"kind": "denied", "service": "apigatewayv2", "operation": "UpdateStage", "times": 1}

    def ways_back(self) -> tuple[list[dict], list[dict]]:
        """What the REST stage was asked to take on the way back, and what weights were written there."""
        began = next(r["number"] for r in self.calls("UpdateStage") if r["faults"] == ["denied"])
        after = [r for r in self.calls("UpdateStage", "ModifyRule", "UpdateAlias") if r["number"] > began]
        stage = [r for r in after if r["service"] == "apigateway"]
        weights = [r for r in after if r["operation"] != "UpdateStage"]
        self.assertTrue(stage and weights)
        return stage, weights

    def test_stages_go_back_before_what_they_lead_to(self) -> None:
        self.assert_taken_back(self.release(self.DENIED))
        stage, weights = self.ways_back()
        self.assertLess(max(r["number"] for r in stage), min(r["number"] for r in weights))

    def test_a_stage_that_cannot_be_written_keeps_no_bad_code_in_traffic(self) -> None:
        down = {"kind": "unavailable", "service": "apigateway", "operation": "UpdateStage", "skip": 1, "lasts": 2 * MINUTE}
        self.assert_taken_back(self.release(self.DENIED, down))
        stage, weights = self.ways_back()
        first, last = (datetime.fromisoformat(times([r["time"] for r in stage])) for times in (min, max))
        self.assertGreater(last - first, timedelta(minutes=1))
        self.assertLess(datetime.fromisoformat(min(r["time"] for r in weights)) - first, timedelta(seconds=2))

    def test_a_world_that_is_ten_times_as_slow_is_waited_for(self) -> None:
        made = json.loads((self.machine.folder / "sluice.yaml").read_text())
        for name in CONTAINERS:
            made["environments"]["aws"]["services"][name]["health"]["within"] = "20m"
        self.machine.write(made)
        before = self.aws.control("delays")
        self.aws.set_delays(stretch=10)
        try:
            self.assert_succeeded(self.release())
        finally:
            self.aws.set_delays(**before)


if __name__ == "__main__":
    unittest.main()
