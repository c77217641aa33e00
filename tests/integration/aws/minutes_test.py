"""What CloudWatch's own minutes are good for, and how soon: alarms and the comparison by a load balancer's and a function's figures, by
the error lines of their logs, by what Container Insights log of tasks, and by what ECS tells of a service. In simulated time, without metrics of the services' own."""

import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from function_in_aws import ALIAS, FUNCTION, FUNCTION_ARN, FunctionInAws, packed  # noqa: E402
from simulated_release import (BEGINNING, MINUTE, NotBegun, Release, release_in_simulated_time,  # noqa: E402
                               stand_behind_blues_minutes)
from sluice_in_aws import SluiceInAws, digest  # noqa: E402

TASKS = [{"weight": "10%", "bake": "12m"}, {"weight": "100%", "bake": "5m"}]
CALLS = [{"weight": "5%", "bake": "12m"}, {"weight": "100%", "bake": "5m"}]
STORY = {"http_5xx": {"metric": "error_rate", "above": "1%", "datapoints": "2 of 3", "every": "60s"},
         "p95": {"metric": "latency_p95", "above": "3s", "datapoints": "3 of 5", "every": "60s"}}
NOISY = {"error_log": {"metric": "error_log_rate", "above": "5x blue", "datapoints": "2 of 3", "every": "60s", "then": "hold"}}
INSIGHTS = {"memory": {"metric": "memory_utilization", "above": "90%", "datapoints": "2 of 3", "every": "60s"},
            "cpu": {"metric": "cpu_utilization", "above": "1.5x blue", "datapoints": "2 of 3", "every": "60s"},
            "more_cpu": {"metric": "cpu_utilization", "above": "2x before", "datapoints": "2 of 3", "every": "60s", "then": "hold"}}
OF_SERVICE = {"memory": {"metric": "service_memory_utilization", "above": "90%", "datapoints": "2 of 3", "every": "60s"},
              "cpu": {"metric": "service_cpu_utilization", "above": "1.5x before", "datapoints": "2 of 3", "every": "60s"}}
COMPARED = {"enough": {"requests": 50}}
GOOD = {"error_rate": 0.0005, "latency_ms": 50}
AWS: Simulator
SHOP: SluiceInAws
CALLED: FunctionInAws


def setUpModule() -> None:
    global AWS, SHOP, CALLED
    AWS = unittest.enterModuleContext(Simulator(scale=60))
    AWS.advance(BEGINNING - AWS.now())  # while there is nothing whose minutes would be counted
    shop = make_shop(AWS)
    AWS.client("logs").create_log_group(logGroupName="/shop/web")
    SHOP = unittest.enterModuleContext(SluiceInAws(BUILD, AWS, shop))
    CALLED = unittest.enterModuleContext(FunctionInAws(BUILD, AWS))
    CALLED.make_function(FUNCTION, ZipFile=packed("first"))
    CALLED.lam.publish_version(FunctionName=FUNCTION)
    CALLED.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")
    AWS.set_scale(0)
    AWS.set_traffic(shop.rules[0], 50)
    AWS.set_traffic(f"{FUNCTION_ARN}:{ALIAS}", 20)


class Minutes(unittest.TestCase):
    number = 0

    def setUp(self) -> None:
        AWS.set_behaviours({"answers": GOOD})
        Minutes.number += 1

    def tearDown(self) -> None:
        self.assertEqual(AWS.problems(), [])

    def tasks(self, bad: dict, alarms: dict | None = None, analysis: dict | str = "off", blue: dict = GOOD) -> Release:
        image = digest(self.number)
        AWS.set_behaviours({"image": image} | GOOD | bad, blue)
        SHOP.configure(TASKS, alarms=alarms, environment={"analysis": analysis})
        stand_behind_blues_minutes(AWS)
        return release_in_simulated_time(SHOP, "staging", {"web": f"shop/web@{image}"})

    def calls(self, bad: dict, alarms: dict | None = None, analysis: dict | str = "off") -> Release:
        version = str(max(int(v) for v in CALLED.versions()) + 1)
        AWS.set_behaviours({"function": FUNCTION, "version": version} | GOOD | bad, GOOD)
        CALLED.configure(CALLS, alarms=alarms, analysis=analysis)
        stand_behind_blues_minutes(AWS)
        return release_in_simulated_time(CALLED, "staging", {"overflow": CALLED.package(f"n{self.number}")})

    def assert_taken_back(self, release: Release, service: str, by: str, bound: float) -> None:
        self.assertEqual(release.outcomes(), {service: "rolled_back"}, release.causes())
        self.assertIn(by, release.causes()[0])
        seconds = release.took_back(service)
        print(f"{service}: {seconds:.0f} s from its first traffic to none: {release.causes()[0]}", file=sys.stderr)
        self.assertLess(seconds, bound)

    def test_alarm_on_errors_of_tasks(self) -> None:
        self.assert_taken_back(self.tasks({"error_rate": 0.2}, STORY), "web", "http_5xx", 6 * MINUTE)

    def test_alarm_on_tasks_that_give_no_answer(self) -> None:
        """The load balancer makes up a 502 for each, and counts it with no target group."""
        self.assert_taken_back(self.tasks({"no_answer_rate": 0.2}, STORY), "web", "http_5xx", 6 * MINUTE)

    def test_alarm_on_errors_of_a_function(self) -> None:
        self.assert_taken_back(self.calls({"error_rate": 0.2}, STORY), "overflow", "http_5xx", 6 * MINUTE)

    def test_alarm_on_slow_tasks(self) -> None:
        self.assert_taken_back(self.tasks({"latency_ms": 4000}, STORY), "web", "p95", 7 * MINUTE)

    def test_comparison_of_errors_of_tasks(self) -> None:
        self.assert_taken_back(self.tasks({"error_rate": 0.2}, analysis=COMPARED), "web", "GREEN answers 5xx to", 9 * MINUTE)

    def test_comparison_of_errors_of_a_function(self) -> None:
        self.assert_taken_back(self.calls({"error_rate": 0.2}, analysis=COMPARED), "overflow", "GREEN answers 5xx to", 9 * MINUTE)

    def test_comparison_of_slow_tasks(self) -> None:
        self.assert_taken_back(self.tasks({"latency_ms": 4000}, analysis=COMPARED), "web", "GREEN's latencies", 9 * MINUTE)

    def test_comparison_of_tasks_that_give_no_answer(self) -> None:
        self.assert_taken_back(self.tasks({"no_answer_rate": 0.2}, analysis=COMPARED), "web", "GREEN answers 5xx to", 9 * MINUTE)

    def test_users_who_go_away_from_both_are_no_errors(self) -> None:
        both = GOOD | {"no_answer_rate": 0.02}
        AWS.set_behaviours(both)
        AWS.advance(15 * MINUTE)  # BLUE's are known
        self.assertEqual(self.tasks(both, STORY, COMPARED, blue=both).outcomes(), {"web": "succeeded"})

    def test_equal_ones_are_left_alone(self) -> None:
        self.assertEqual(self.tasks({}, STORY, COMPARED).outcomes(), {"web": "succeeded"})
        self.assertEqual(self.calls({}, STORY, COMPARED).outcomes(), {"overflow": "succeeded"})

    def insights(self, value: str) -> None:
        AWS.client("ecs").update_cluster(cluster="shop", settings=[{"name": "containerInsights", "value": value}])

    def test_alarms_on_what_tasks_use(self) -> None:
        self.insights("enabled")
        self.assert_taken_back(self.tasks({"memory_percent": 95}, INSIGHTS), "web",
                               "of the memory that its tasks reserve in 2 of the last 2 periods of 1m; the alarm memory allows 90%", 6 * MINUTE)
        Minutes.number += 1
        self.assert_taken_back(self.tasks({"cpu_percent": 31}, INSIGHTS), "web", "allows 1.5 times BLUE's; BLUE 20%", 6 * MINUTE)
        Minutes.number += 1
        since = len(AWS.requests(who="sluice", operation="FilterLogEvents"))
        began = AWS.now()
        self.assertEqual(self.tasks({}, INSIGHTS).outcomes(), {"web": "succeeded"})
        asked = AWS.requests(who="sluice", operation="FilterLogEvents")[since:]
        performance = [r for r in asked if "containerinsights" in str(r["input"])]
        self.assertLessEqual(len(performance), (AWS.now() - began) / MINUTE + 5)

    def end_insights(self) -> None:
        """There is no log group of theirs any more."""
        logs, group = AWS.client("logs"), "/aws/ecs/containerinsights/shop/performance"
        self.insights("disabled")
        AWS.advance(3 * MINUTE)
        if logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.delete_log_group(logGroupName=group)

    def test_alarms_on_what_the_service_uses_need_nothing(self) -> None:
        self.end_insights()
        since = AWS.newest_request()
        self.assert_taken_back(self.tasks({"memory_percent": 95}, OF_SERVICE), "web",
                               "the service's task that used the most, of either colour, used 95% of the memory that it reserves in 2 of "
                               "the last 2 periods of 1m; the alarm memory allows 90%", 6 * MINUTE)
        Minutes.number += 1
        self.assert_taken_back(self.tasks({"cpu_percent": 31}, OF_SERVICE), "web",
                               "allows 1.5 times what BLUE's was before the start; before the start 20%", 6 * MINUTE)
        Minutes.number += 1
        began, figures = AWS.now(), AWS.newest_request()
        self.assertEqual(self.tasks({"cpu_percent": 29, "memory_percent": 89}, OF_SERVICE).outcomes(), {"web": "succeeded"})
        asked = AWS.requests(since=figures, who="sluice", operation="GetMetricData")
        self.assertLessEqual(len(asked), (AWS.now() - began) / MINUTE + 5)
        self.assertEqual([r for r in AWS.requests(since=since, who="sluice", operation="FilterLogEvents")
                          if "containerinsights" in str(r["input"])], [])

    def test_alarms_on_what_tasks_use_need_container_insights(self) -> None:
        self.end_insights()
        with self.assertRaisesRegex(NotBegun, "cluster shop has no Container Insights .* update-cluster-settings --cluster shop .* service_memory_utilization"):
            self.tasks({}, INSIGHTS)
        Minutes.number += 1
        self.insights("enabled")
        stand_behind_blues_minutes(AWS)
        self.insights("disabled")  # the log group stays
        release = self.tasks({}, {"memory": INSIGHTS["memory"]})
        held = [event["held"] for event in release.events if "held" in event]
        self.assertTrue(held, release.last)
        self.assertIn("no figure of the memory of any task", held[0])

    def test_error_lines_hold_a_step(self) -> None:
        for of, service in ((self.tasks, "web"), (self.calls, "overflow")):
            for alarms, analysis, by in ((NOISY, "off", "the alarm error_log allows"), ({}, COMPARED, "GREEN logs errors in")):
                with self.subTest(service=service, by=by):
                    Minutes.number += 1
                    release = of({"error_line_rate": 0.3}, alarms, analysis)
                    held = [event["held"] for event in release.events if "held" in event]
                    self.assertTrue(held, release.last)
                    self.assertIn(by, held[0])
                    self.assertIn("GREEN logged: request failed", held[0])


if __name__ == "__main__":
    unittest.main()
