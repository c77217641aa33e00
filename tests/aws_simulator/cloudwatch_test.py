"""CloudWatch: metrics that requests leave, GetMetricData, alarms that are evaluated."""
import json

from simulator_case import SimulatorCase, main

from aws_simulator import make_shop


class MetricCase(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.cw = self.aws.client("cloudwatch")
        self.aws.advance(60 - self.aws.now() % 60)  # tests begin with a minute
        self.begin = self.aws.now()

    def put(self, name: str, value: float, age: float = 0, resolution: int = 1, **dimensions: str):
        self.cw.put_metric_data(Namespace="Shop", MetricData=[{
            "MetricName": name, "Value": value, "Timestamp": self.aws.now() - age, "StorageResolution": resolution,
            "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]}])

    @staticmethod
    def query(id_: str, name: str, stat: str, period: int, namespace: str = "Shop", **dimensions: str) -> dict:
        return {"Id": id_, "MetricStat": {"Period": period, "Stat": stat, "Metric": {
            "Namespace": namespace, "MetricName": name,
            "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]}}}

    def data(self, *queries: dict, back: float = 600, **more) -> dict[str, list[tuple[float, float]]]:
        """Each query's (seconds since the test began, value), the oldest first."""
        answer = self.cw.get_metric_data(MetricDataQueries=list(queries), StartTime=self.begin - 60, EndTime=self.begin + back,
                                         ScanBy="TimestampAscending", **more)
        return {r["Id"]: [(round(t.timestamp() - self.begin), v) for t, v in zip(r["Timestamps"], r["Values"])]
                for r in answer["MetricDataResults"]}


class Data(MetricCase):

    def test_high_resolution_data_is_told_apart_by_seconds_and_others_by_minutes(self):
        for value in (1, 2, 3):
            self.put("fast", value)
            self.put("slow", value, resolution=60)
            self.aws.advance(1)
        self.aws.advance(2)
        self.assertEqual(self.data(self.query("a", "fast", "Sum", 1))["a"], [(0, 1), (1, 2), (2, 3)])
        self.assertEqual(self.data(self.query("a", "fast", "Average", 10))["a"], [(0, 2)])
        self.assertEqual(self.data(self.query("a", "slow", "Sum", 60))["a"], [])
        self.aws.advance(60)
        self.assertEqual(self.data(self.query("a", "slow", "Sum", 60))["a"], [(0, 6)])

    def test_statistics_percentiles_and_expressions(self):
        for value in range(1, 101):
            self.put("t", value)
        self.put("n", 4)
        self.aws.advance(70)
        found = self.data(self.query("p95", "t", "p95", 60), self.query("p50", "t", "p50", 60),
                          self.query("count", "t", "SampleCount", 60), self.query("most", "t", "Maximum", 60),
                          self.query("n", "n", "Sum", 60), {"Id": "rate", "Expression": "100 * n / count"},
                          {"Id": "filled", "Expression": "FILL(n, 0)", "Period": 60},
                          {"Id": "none", "Expression": "n / (n - 4)"})
        self.assertEqual({k: v[0][1] for k, v in found.items() if v and k != "filled"},
                         {"p95": 95, "p50": 50, "count": 100, "most": 100, "n": 4, "rate": 4})
        self.assertEqual(found["filled"][:3], [(-60, 0), (0, 4), (60, 0)])
        self.assertEqual(found["none"], [])

    def test_answers_are_paged_and_newest_first_unless_told(self):
        for _ in range(4):
            self.put("m", 1)
            self.aws.advance(60)
        ask = dict(MetricDataQueries=[self.query("a", "m", "Sum", 60)], StartTime=self.begin, EndTime=self.begin + 600)
        first = self.cw.get_metric_data(**ask, MaxDatapoints=3)
        self.assertEqual(first["MetricDataResults"][0]["StatusCode"], "PartialData")
        second = self.cw.get_metric_data(**ask, MaxDatapoints=3, NextToken=first["NextToken"])
        self.assertNotIn("NextToken", second)
        times = [t.timestamp() for r in (first, second) for t in r["MetricDataResults"][0]["Timestamps"]]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertEqual(len(times), 4)

    def test_what_is_wrong_is_refused(self):
        self.refused("ValidationError", self.data, self.query("a", "m", "Sum", 45))
        self.refused("ValidationError", self.data, self.query("a", "m", "Sum", 60), self.query("a", "m", "Sum", 60))
        self.refused("ValidationError", self.data, {"Id": "e", "Expression": "x + 1"})
        self.refused("InvalidParameterValue", self.cw.put_metric_data, Namespace="AWS/Own",
                     MetricData=[{"MetricName": "m", "Value": 1}])


class Requests(MetricCase):

    def setUp(self):
        super().setUp()
        self.shop = make_shop(self.aws)
        self.aws.advance(60 - self.aws.now() % 60)
        self.begin = self.aws.now()

    def test_requests_without_an_answer_are_the_groups_and_their_status_is_the_load_balancers(self):
        self.aws.set_behaviours({"image": "web:1", "no_answer_rate": 0.25})
        self.aws.set_traffic(self.shop.rules[0], 50)
        whole = {"LoadBalancer": self.shop.balancer.split("loadbalancer/")[1]}
        group = {"TargetGroup": self.shop.blue_group.split(":")[5], **whole}
        self.aws.advance(125)
        found = self.data(*(self.query(key, name, "Sum", 60, "AWS/ApplicationELB", **dimensions) for key, name, dimensions in (
            ("n", "RequestCount", group), ("fine", "HTTPCode_Target_2XX_Count", group), ("made_up", "HTTPCode_ELB_502_Count", whole))))
        self.assertEqual(found["n"], [(0, 3000)])
        self.assertAlmostEqual(found["made_up"][0][1], 750, delta=120)
        self.assertEqual(found["fine"][0][1] + found["made_up"][0][1], 3000)

    def test_a_target_groups_requests_errors_and_latencies_are_published_after_their_minute(self):
        self.aws.set_behaviours({"image": "web:1", "error_rate": 0.25, "latency_ms": 200, "latency_sigma": 0.01})
        self.aws.set_traffic(self.shop.rules[0], 50)
        group = {"TargetGroup": self.shop.blue_group.split(":")[5],
                 "LoadBalancer": self.shop.balancer.split("loadbalancer/")[1]}
        ask = [self.query(k, name, stat, 60, "AWS/ApplicationELB", **group) for k, name, stat in (
            ("n", "RequestCount", "Sum"), ("bad", "HTTPCode_Target_5XX_Count", "Sum"), ("p95", "TargetResponseTime", "p95"))]
        self.aws.advance(115)
        self.assertEqual(self.data(*ask)["n"], [])
        self.aws.advance(10)
        found = self.data(*ask)
        self.assertEqual(found["n"], [(0, 3000)])
        self.assertAlmostEqual(found["bad"][0][1], 750, delta=120)
        self.assertAlmostEqual(found["p95"][0][1], 0.2, delta=0.01)

    def test_containers_that_measure_themselves_are_known_by_the_second(self):
        self.aws.set_behaviours({"image": "web:1", "error_rate": 0.25, "latency_ms": 200, "latency_sigma": 0.01})
        measuring = self.shop.definition("shop/web:1", {"METRICS_NAMESPACE": "Own", "SLUICE_REVISION": "r1"})
        definition = self.aws.client("ecs").register_task_definition(**measuring)["taskDefinition"]["taskDefinitionArn"]
        self.aws.client("ecs").create_task_set(
            cluster="shop", service="web", taskDefinition=definition, launchType="FARGATE", scale={"value": 100.0, "unit": "PERCENT"},
            networkConfiguration=self.shop.network, loadBalancers=self.shop.balancers_of(self.shop.green_group))
        self.aws.advance(60)
        self.aws.client("elbv2").modify_rule(RuleArn=self.shop.rules[0], Actions=[
            {"Type": "forward", "TargetGroupArn": self.shop.green_group}])
        self.aws.set_traffic(self.shop.rules[0], 50)
        self.aws.advance(40)
        self.begin = self.aws.now() // 10 * 10 - 20
        ask = [self.query(k, name, stat, 10, "Own", Revision="r1") for k, name, stat in (
            ("n", "Requests", "Sum"), ("bad", "Failures", "Sum"), ("p95", "Milliseconds", "p95"))]
        found = self.data(*ask)
        self.assertEqual(dict(found["n"])[0], 500)
        self.assertAlmostEqual(dict(found["bad"])[0], 125, delta=50)
        self.assertAlmostEqual(dict(found["p95"])[0], 200, delta=10)

    def test_healthy_and_unhealthy_targets_are_counted_each_minute(self):
        self.aws.set_behaviours({"target_group": self.shop.green_group, "unhealthy": True})
        self.aws.set_delays(publication=0)
        self.aws.client("elbv2").register_targets(TargetGroupArn=self.shop.green_group, Targets=[
            {"Id": "10.0.9.1", "Port": 8080}])
        self.aws.advance(61)
        found = []
        for group in (self.shop.blue_group, self.shop.green_group):
            dimensions = {"TargetGroup": group.split(":")[5], "LoadBalancer": self.shop.balancer.split("loadbalancer/")[1]}
            answer = self.data(self.query("good", "HealthyHostCount", "Minimum", 60, "AWS/ApplicationELB", **dimensions),
                               self.query("bad", "UnHealthyHostCount", "Maximum", 60, "AWS/ApplicationELB", **dimensions))
            found.append((answer["good"][-1], answer["bad"][-1]))
        self.assertEqual(found, [((0, 2), (0, 0)), ((0, 0), (0, 1))])

    def test_a_services_load_and_counts_are_measured(self):
        self.aws.client("ecs").update_cluster(cluster="shop", settings=[
            {"name": "containerInsights", "value": "enabled"}])
        self.aws.set_behaviours({"image": "web:1", "cpu_percent": 85})
        self.aws.set_delays(publication=0)
        self.aws.advance(61)
        dimensions = {"ClusterName": "shop", "ServiceName": "web"}
        found = self.data(self.query("cpu", "CPUUtilization", "Average", 60, "AWS/ECS", **dimensions),
                          self.query("running", "RunningTaskCount", "Average", 60, "ECS/ContainerInsights", **dimensions))
        self.assertEqual((found["cpu"][-1], found["running"][-1]), ((0, 85), (0, 2)))

    def test_a_services_load_is_that_of_both_colours_with_a_sample_a_task(self):
        ecs = self.aws.client("ecs")
        definition = ecs.register_task_definition(**self.shop.definition("web:2"))["taskDefinition"]["taskDefinitionArn"]
        ecs.create_task_set(cluster="shop", service="web", externalId="green", taskDefinition=definition, launchType="FARGATE",
                            networkConfiguration=self.shop.network, scale={"value": 50.0, "unit": "PERCENT"},
                            loadBalancers=self.shop.balancers_of(self.shop.green_group))
        self.aws.set_behaviours({"image": "web:1", "cpu_percent": 20, "memory_percent": 40}, {"image": "web:2", "cpu_percent": 80,
                                                                                              "memory_percent": 95})
        self.aws.set_delays(publication=0)
        self.aws.advance(300)
        dimensions = {"ClusterName": "shop", "ServiceName": "web"}
        found = self.data(*(self.query(f"{name[0].lower()}{stat.lower()}", name, stat, 60, "AWS/ECS", **dimensions)
                            for name in ("CPUUtilization", "MemoryUtilization")
                            for stat in ("Average", "Minimum", "Maximum", "SampleCount")))
        self.assertEqual({id_: values[-1][1] for id_, values in found.items()},
                         {"caverage": 40, "cminimum": 20, "cmaximum": 80, "csamplecount": 3,
                          "maverage": 175 / 3, "mminimum": 40, "mmaximum": 95, "msamplecount": 3})

    def test_container_insights_log_what_each_task_uses(self):
        logs, group = self.aws.client("logs"), "/aws/ecs/containerinsights/shop/performance"
        self.aws.set_behaviours({"image": "web:1", "cpu_percent": 85, "memory_percent": 25})
        self.aws.advance(125)
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.filter_log_events(logGroupName=group)
        self.aws.client("ecs").update_cluster(cluster="shop", settings=[
            {"name": "containerInsights", "value": "enabled"}])
        self.begin = self.aws.now() // 60 * 60
        tasks = '($.Type = "Task" && $.TaskDefinitionFamily = "shop-web" && $.TaskDefinitionRevision = "{}")'
        ask = lambda pattern: logs.filter_log_events(
            logGroupName=group, startTime=int(self.begin * 1000), endTime=int((self.begin + 60) * 1000) - 1, filterPattern=pattern)["events"]
        self.aws.advance(self.begin + 119 - self.aws.now())
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):  # not published yet
            ask(f"{{ {tasks.format(1)} }}")
        self.aws.advance(2)
        found = ask(f"{{ {tasks.format(1)} || {tasks.format(2)} }}")
        told = [json.loads(event["message"]) for event in found]
        self.assertEqual({event["timestamp"] for event in found}, {int(self.begin * 1000)})
        self.assertEqual(len({e["TaskId"] for e in told}), 2)
        self.assertEqual([(e["CpuUtilized"], e["CpuReserved"], e["MemoryUtilized"], e["MemoryReserved"]) for e in told],
                         [(217.6, 256.0, 128, 512)] * 2)
        self.assertEqual(ask(f"{{ {tasks.format(2)} }}"), [])
        self.assertEqual(ask('{ $.Type = "Container" || $.Type != "Task" && $.TaskId != "" }'), [])
        self.refused("InvalidParameterException", ask, "{ ($.Type = Task }")

    def test_error_lines_are_found_in_the_log(self):
        self.aws.set_behaviours({"image": "web:1", "error_line_rate": 0.5})
        self.aws.set_traffic(self.shop.rules[0], 10)
        self.aws.advance(10)
        found = self.aws.client("logs").filter_log_events(logGroupName="/shop/web", filterPattern='error')["events"]
        self.assertAlmostEqual(len(found), 50, delta=25)
        self.assertIn('"level": "error"', found[0]["message"])
        tasks = self.aws.client("ecs").list_tasks(cluster="shop")["taskArns"]
        self.assertEqual({e["logStreamName"] for e in found}, {f"web/web/{t.rpartition('/')[2]}" for t in tasks})

    def test_lines_are_filtered_by_regular_expressions_and_by_the_beginnings_of_streams(self):
        self.aws.set_behaviours({"image": "web:1", "error_line_rate": 1})
        self.aws.set_traffic(self.shop.rules[0], 10)
        self.aws.advance(10)
        ask = lambda **more: self.aws.client("logs").filter_log_events(logGroupName="/shop/web", **more)
        self.assertEqual(len(ask(filterPattern="%[Ee][Rr]{2}or|FATAL%")["events"]), 100)
        self.assertEqual(ask(filterPattern="%FATAL%")["events"], [])
        self.assertEqual(ask(logStreamNamePrefix="other/")["events"], [])
        first = ask(logStreamNamePrefix="web/web/", limit=60)
        self.assertEqual((len(first["events"]), len(ask(limit=60, nextToken=first["nextToken"])["events"])), (60, 40))
        self.refused("InvalidParameterException", ask, filterPattern="%(ERROR)%")

    def test_no_requests_leave_no_data_and_no_errors_leave_none_either(self):
        self.aws.set_traffic(self.shop.rules[0], 1)
        self.aws.advance(60)
        self.aws.set_traffic(self.shop.rules[0], 0)
        self.aws.advance(240)
        whole = {"LoadBalancer": self.shop.balancer.split("loadbalancer/")[1]}
        found = self.data(self.query("n", "RequestCount", "Sum", 60, "AWS/ApplicationELB", **whole),
                          self.query("bad", "HTTPCode_Target_5XX_Count", "Sum", 60, "AWS/ApplicationELB", **whole))
        self.assertEqual([t for t, _ in found["n"]], [0])
        self.assertEqual(found["bad"], [])


class Alarms(MetricCase):

    def alarm(self, name: str = "a", n: int = 3, m: int = 2, **more):
        self.cw.put_metric_alarm(**{**dict(
            AlarmName=name, Namespace="Shop", MetricName="bad", Statistic="Sum", Period=60, EvaluationPeriods=n,
            DatapointsToAlarm=m, Threshold=5, ComparisonOperator="GreaterThanThreshold"), **more})

    def state(self, name: str = "a") -> str:
        return self.cw.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    def minutes(self, *values: float | None):
        """One value a minute; None leaves it out."""
        for value in values:
            if value is not None:
                self.put("bad", value, resolution=60)
            self.aws.advance(60)
        self.aws.advance(12)

    def test_a_new_alarm_has_insufficient_data_until_it_has_some(self):
        self.alarm()
        self.assertEqual(self.state(), "INSUFFICIENT_DATA")
        self.minutes(1)
        self.assertEqual(self.state(), "OK")

    def test_two_of_three_breaching_periods_alarm_and_one_does_not(self):
        self.alarm()
        self.minutes(1, 9, 1)
        self.assertEqual(self.state(), "OK")
        self.minutes(9)
        self.assertEqual(self.state(), "ALARM")
        history = self.cw.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"]
        self.assertEqual(history[0]["HistorySummary"], "Alarm updated from OK to ALARM")

    def test_missing_data_counts_as_the_alarm_says(self):
        for treat in ("breaching", "notBreaching", "ignore", "missing"):
            self.alarm(treat, TreatMissingData=treat)
        self.minutes(1, 1, 1)
        self.minutes(None, None, None, None, None, None)
        self.assertEqual([self.state(t) for t in ("breaching", "notBreaching", "ignore", "missing")],
                         ["ALARM", "OK", "OK", "INSUFFICIENT_DATA"])

    def test_an_alarm_on_an_expression_and_one_on_a_percentile(self):
        self.cw.put_metric_alarm(AlarmName="rate", EvaluationPeriods=1, Threshold=10, ComparisonOperator="GreaterThanThreshold",
                                 Metrics=[{**self.query("bad", "bad", "Sum", 60), "ReturnData": False},
                                          {**self.query("all", "all", "Sum", 60), "ReturnData": False},
                                          {"Id": "rate", "Expression": "100 * bad / all", "ReturnData": True}])
        self.cw.put_metric_alarm(AlarmName="p", Namespace="Shop", MetricName="bad", ExtendedStatistic="p90", Period=60,
                                 EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold")
        self.put("all", 50, resolution=60)
        self.minutes(9)
        self.assertEqual((self.state("rate"), self.state("p")), ("ALARM", "ALARM"))

    def test_a_state_that_was_set_lasts_until_the_next_evaluation_differs(self):
        self.alarm()
        self.minutes(1, 1)
        self.cw.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
        self.assertEqual(self.state(), "ALARM")
        self.minutes(1)
        self.assertEqual(self.state(), "OK")

    def test_the_window_of_a_long_period_slides(self):
        self.alarm(n=1, m=1, Period=600, TreatMissingData="notBreaching")
        self.alarm("week", n=1, m=1, Period=604800, TreatMissingData="notBreaching")
        self.aws.advance(3600 - self.aws.now() % 3600 + 120)
        self.minutes(9)
        self.assertEqual((self.state(), self.state("week")), ("ALARM", "OK"), "what lasts longer is looked at by the hour")
        self.aws.advance(3600)
        self.assertEqual((self.state("week")), "ALARM")

    def test_a_composite_alarm_follows_the_states_that_its_rule_names(self):
        for name in ("a", "b"):
            self.alarm(name, n=1, m=1)
        self.cw.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("a") AND (ALARM(b) OR FALSE)')
        self.cw.put_composite_alarm(AlarmName="none", AlarmRule="NOT ALARM(both)")
        composite = lambda name: self.cw.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
        self.assertEqual(composite("both")["StateValue"], "INSUFFICIENT_DATA")
        self.minutes(1)
        self.assertEqual([composite(name)["StateValue"] for name in ("both", "none")], ["OK", "ALARM"])
        self.minutes(9)
        self.assertEqual([composite(name)["StateValue"] for name in ("both", "none")], ["ALARM", "OK"])
        self.assertEqual(self.cw.describe_alarms(AlarmNames=["both"])["MetricAlarms"], [])
        for rule in ("ALARM(c)", "ALARM(a) AND", "(ALARM(a)", "ALARM(a) ALARM(b)", "FIRING(a)"):
            self.refused("ValidationError", self.cw.put_composite_alarm, AlarmName="wrong", AlarmRule=rule)
        self.cw.delete_alarms(AlarmNames=["none", "both"])
        self.assertEqual(self.cw.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"], [])

    def test_what_is_wrong_is_refused(self):
        self.refused("ValidationError", self.alarm, n=1, m=2)
        self.refused("ResourceNotFound", self.cw.set_alarm_state, AlarmName="none", StateValue="OK", StateReason="r")


if __name__ == "__main__":
    main()
