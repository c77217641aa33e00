"""Logs of tasks and functions, and named alarms of CloudWatch: the real program against the simulated AWS, whose clock is
this machine's. Its users have been there for six minutes when the tests begin, so that BLUE has its minutes; GREEN's are in
logs_by_the_minute_test.py.

All tests have one world: each begins with what the one before has left serving.
"""

import json
import re
import sys
import threading
import time
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from asking_case import AskingCase  # noqa: E402
from function_in_aws import ALIAS, FUNCTION, FUNCTION_ARN, FunctionInAws, packed  # noqa: E402
from iam_decision import asked_by, is_allowed  # noqa: E402
from sluice_in_aws import LONG_STEPS, SHORT_STEPS, SluiceInAws, digest, wait_until  # noqa: E402

SUCCEEDED, ROLLED_BACK, FAILED_BEFORE_TRAFFIC = 0, 1, 4
PAST_MINUTES = 6
# The delays of a task set are not what is looked at.
QUICK = {"task_provisioning": 0.1, "task_pending": 0.1, "target_initial": 0.1, "task_stopping": 0.1, "service_backoff": 0.2,
         "function_update": 0.1, "publication": 1}
BAKES_OF_MINUTES = [{"weight": "10%", "bake": "4m"}, {"weight": "100%", "bake": "4m"}]
NOISY = {"log": {"metric": "error_log_count", "above": 60, "datapoints": "2 of 3", "every": "60s"}}
HUNGRY = {"memory": {"metric": "memory_utilization", "above": "90%", "datapoints": "2 of 3", "every": "60s"}}
WITNESS = "Shop: 5xx"
SHOP: SluiceInAws
OVERFLOW: FunctionInAws


def setUpModule() -> None:
    global SHOP, OVERFLOW
    aws = unittest.enterModuleContext(Simulator(scale=1, behind=60 * PAST_MINUTES))
    shop = make_shop(aws)
    aws.set_delays(**QUICK)
    SHOP = unittest.enterModuleContext(SluiceInAws(BUILD, aws, shop))
    OVERFLOW = unittest.enterModuleContext(FunctionInAws(BUILD, aws))
    OVERFLOW.make_function(FUNCTION, ZipFile=packed("first"))
    OVERFLOW.lam.publish_version(FunctionName=FUNCTION)
    OVERFLOW.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")
    aws.set_behaviours(
        {"image": digest(1), "exit_code": 1, "exit_after": 0.05, "log_lines": ["connecting", "ERROR: no database at db:5432"]},
        {"image": digest(2), "log_lines": ["ready in 20 ms", "WARNING: GREEN's last words"]},
        {"image": "shop/web@", "error_line_rate": 0},
        {"function": FUNCTION, "error_line_rate": 0.5}, {"error_line_rate": 0.5})
    aws.set_traffic(shop.rules[0], 4)
    aws.set_traffic(f"{FUNCTION_ARN}:{ALIAS}", 4)
    while (behind := time.time() - aws.now()) > 0.1:
        aws.advance(min(60, behind))
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=WITNESS, Namespace="Shop", MetricName="bad", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")


class LogsCase(AskingCase):
    def setUp(self) -> None:
        self.aws = self.machine.aws
        self.mark()

    def tearDown(self) -> None:
        self.assertEqual(self.aws.problems(), [])

    def assert_is_allowed(self, *operations: str) -> None:
        policy = self.policy()
        seen = self.calls(*operations)
        self.assertEqual({r["operation"] for r in seen}, set(operations))
        self.assertEqual([a for r in seen for a in asked_by(r) if not is_allowed(policy, a)], [])

    def assert_counts_120_lines_a_minute(self, said: str) -> None:
        self.assertIn("an alarm fires already", said)
        found = re.search(r"BLUE logged (\d+) error lines in (\d+) requests in (\d) of the last 3 periods of 1m;", said)
        self.assertIsNotNone(found, said)
        lines, requests, minutes = map(int, found.groups())
        self.assertAlmostEqual(lines / minutes, 120, delta=45, msg=said)
        self.assertAlmostEqual(lines / requests, 0.5, delta=0.15, msg=said)


class LogsOfTasks(LogsCase):
    def setUp(self) -> None:
        self.machine = SHOP
        super().setUp()

    def test_01_blues_error_lines_of_the_last_minutes_stop_a_deployment(self) -> None:
        self.machine.configure(BAKES_OF_MINUTES, alarms=NOISY)
        result = self.machine.deploy(digest(2), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assert_counts_120_lines_a_minute(result.stdout + result.stderr)
        self.assert_is_allowed("FilterLogEvents", "DescribeTasks")

    def test_02_a_crash_loop_ends_with_the_last_lines_of_its_tasks(self) -> None:
        self.machine.configure(SHORT_STEPS)
        result = self.machine.deploy(digest(1), check=False)
        said = result.stdout + result.stderr
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, said)
        self.assertRegex(said, r"crash loop: [\s\S]*container web exited 1[\s\S]*\n\W*ERROR: no database at db:5432")
        self.assert_is_allowed("GetLogEvents")

    def test_03_evidence_of_a_rollback_ends_with_greens_last_lines(self) -> None:
        self.machine.configure(LONG_STEPS)
        followed = []
        follower = threading.Thread(target=lambda: followed.append(self.machine.deploy(digest(2), "--json", check=False)))
        follower.start()
        wait_until("10% on GREEN", lambda: self.machine.shop.weights(self.aws)[0] != (100, 0))
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)
        follower.join()
        shown = [json.loads(line) for line in followed[0].stdout.splitlines()]
        evidence = [d["evidence"] for d in shown if d.get("type") == "deployment"][-1]
        self.assertIn("WARNING: GREEN's last words", evidence)

    def test_04_the_log_of_what_serves_can_be_read(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.machine.deploy(digest(2))
        shown = self.machine.sluice("logs", "web", "--environment", "staging").stdout
        self.assertIn("ready in 20 ms", shown)


    def test_05_what_tasks_use_is_not_known_without_container_insights(self) -> None:
        self.machine.configure(BAKES_OF_MINUTES, alarms=HUNGRY)
        for word in ("plan", "deploy"):
            result = self.machine.sluice(word, "web", "--environment", "staging", "--image", f"shop/web@{digest(8)}", check=False)
            said = result.stdout + result.stderr
            self.assertNotEqual(result.returncode, SUCCEEDED, said)
            self.assertIn("update-cluster-settings --cluster shop", said)
        policy = self.policy()
        policy["Statement"] = [s for s in policy["Statement"] if s["Sid"] != "LogsOfTasks"]  # as one may who narrows it
        asked = [a for r in self.calls("FilterLogEvents") if "containerinsights" in r["input"]["logGroupName"] for a in asked_by(r)]
        self.assertTrue(asked)
        self.assertEqual([a for a in asked if not is_allowed(policy, a)], [])

    def alarms_by_the_doctor(self) -> tuple[str, str]:
        told = self.machine.objects("doctor", "--environment", "staging")
        (finding,) = [f for f in told if f.get("name") == "web's alarms"]
        return finding["status"], finding["message"]

    def test_06_the_doctor_foresees_it(self) -> None:
        logs, group = self.aws.client("logs"), "/aws/ecs/containerinsights/shop/performance"
        self.machine.configure(BAKES_OF_MINUTES, alarms=HUNGRY)
        status, message = self.alarms_by_the_doctor()
        self.assertEqual(status, "lacks")
        self.assertRegex(message, r"memory: .* no Container Insights .* `aws ecs update-cluster-settings --cluster shop ")
        self.aws.set_faults({"kind": "denied", "operation": "FilterLogEvents"})
        status, message = self.alarms_by_the_doctor()
        self.aws.set_faults()
        self.assertEqual(status, "lacks")
        self.assertIn("logs:FilterLogEvents", message)
        self.assertIn(group, message)
        logs.create_log_group(logGroupName=group)  # as CloudWatch does with the first event
        self.addCleanup(logs.delete_log_group, logGroupName=group)
        status, message = self.alarms_by_the_doctor()
        self.assertEqual(status, "note")
        self.assertIn("Container Insights have been switched off again", message)
        family, _, revision = self.machine.task_sets()[0]["taskDefinition"].rpartition("/")[2].partition(":")
        logs.create_log_stream(logGroupName=group, logStreamName="FargateTelemetry-1")
        logs.put_log_events(logGroupName=group, logStreamName="FargateTelemetry-1", logEvents=[{
            "timestamp": int(self.aws.now() - 300) * 1000, "message": json.dumps({
                "Type": "Task", "TaskDefinitionFamily": family, "TaskDefinitionRevision": revision, "MemoryUtilized": 200,
                "MemoryReserved": 512, "CpuUtilized": 20, "CpuReserved": 256})}])
        self.assertEqual(self.alarms_by_the_doctor(), ("ok", "what its tasks use is measured, for memory"))
        self.machine.configure(BAKES_OF_MINUTES, alarms={"memory": HUNGRY["memory"] | {"metric": "service_memory_utilization"}})
        told = self.machine.objects("doctor", "--environment", "staging")
        self.assertEqual([f["status"] for f in told if f.get("name", "").startswith("web")], ["ok"])


class LogsOfFunctions(LogsCase):
    def setUp(self) -> None:
        self.machine = OVERFLOW
        super().setUp()

    def test_01_blues_error_lines_of_the_last_minutes_stop_a_deployment(self) -> None:
        self.machine.configure(BAKES_OF_MINUTES, alarms=NOISY)
        result = self.machine.deploy(self.machine.package("second"), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assert_counts_120_lines_a_minute(result.stdout + result.stderr)

    def test_02_the_log_of_what_serves_can_be_read(self) -> None:
        self.machine.configure(SHORT_STEPS)
        self.machine.deploy(self.machine.package("third"))
        wait_until("the new version's lines", lambda: '"message": "request failed"' in self.machine.sluice(
            "logs", "overflow", "--environment", "staging").stdout)
        shown = self.machine.sluice("logs", "overflow", "--environment", "staging").stdout
        self.assertIn('"message": "request failed"', shown)
        self.assert_is_allowed("DescribeLogStreams", "GetLogEvents")


class NamedAlarms(LogsCase):
    def setUp(self) -> None:
        self.machine = SHOP
        super().setUp()

    def set_alarm(self, state: str, reason: str) -> None:
        self.aws.client("cloudwatch").set_alarm_state(AlarmName=WITNESS, StateValue=state, StateReason=reason)

    def configure(self, steps: list[dict], *alarms: str) -> None:
        self.machine.configure(steps, environment={"aws": {"alarms": list(alarms)}})

    def test_01_one_that_goes_to_alarm_takes_green_back_and_stops_the_next(self) -> None:
        self.set_alarm("OK", "all is well")
        self.configure(LONG_STEPS, WITNESS)
        before = self.machine.shop.weights(self.aws)
        self.machine.deploy(digest(3), "--detach")
        wait_until("10% on GREEN", lambda: self.machine.shop.weights(self.aws) != before)
        self.set_alarm("ALARM", "the shop answers 5xx")
        wait_until("the end", lambda: not self.machine.deployments())
        ended = self.machine.objects("history", "--most", "1")[0]
        self.assertEqual(ended["outcome"], "rolled_back")
        self.assertIn(f"CloudWatch alarm {WITNESS} is in ALARM", ended["cause"])
        self.assertIn("the shop answers 5xx", ended["cause"])
        self.assertEqual(self.machine.shop.weights(self.aws), before)
        stopped = self.machine.deploy(digest(4), check=False)
        self.assertEqual(stopped.returncode, FAILED_BEFORE_TRAFFIC, stopped.stdout + stopped.stderr)
        self.assertIn("is in ALARM already, before anything has begun", stopped.stdout + stopped.stderr)
        self.assert_is_allowed("DescribeAlarms")
        self.configure(SHORT_STEPS, WITNESS)
        self.assertEqual(self.machine.deploy(digest(5), "--while-alarming").returncode, SUCCEEDED)

    def test_02_one_that_is_not_there_is_told_of_at_the_start(self) -> None:
        self.configure(SHORT_STEPS, "Shop: 4xx")
        result = self.machine.deploy(digest(6), check=False)
        self.assertEqual(result.returncode, FAILED_BEFORE_TRAFFIC, result.stdout + result.stderr)
        self.assertIn("there is no CloudWatch alarm Shop: 4xx", result.stdout + result.stderr)

    def test_03_one_without_data_holds_the_traffic_step(self) -> None:
        self.set_alarm("INSUFFICIENT_DATA", "no datapoints were received")
        self.configure(SHORT_STEPS, WITNESS)
        self.machine.deploy(digest(7), "--detach")
        held = wait_until("the hold", lambda: [d for d in self.machine.deployments() if d["mode"] == "held"])
        self.assertIn("INSUFFICIENT_DATA", json.dumps(held))
        self.machine.sluice("rollback", "web", "--environment", "staging", "--wait", check=False)


if __name__ == "__main__":
    unittest.main()
