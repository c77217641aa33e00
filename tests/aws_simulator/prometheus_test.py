"""Amazon Managed Service for Prometheus: workspaces, and queries for what replicas export under traffic."""
import json
import urllib.parse

from simulator_case import SimulatorCase, main

from aws_simulator import make_shop

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class PrometheusCase(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.amp = self.aws.client("amp")
        self.workspace = self.amp.create_workspace()["workspaceId"]

    def ask(self, query: str, method: str = "POST", workspace: str | None = None, keys: dict | None = None, tamper=None,
            region: str = "eu-west-1", **more: str) -> tuple[int, dict]:
        text = urllib.parse.urlencode({"query": query, **more})
        path = f"/workspaces/{workspace or self.workspace}/api/v1/query"
        status, _, body = (self.send("aps", "POST", path, FORM, text.encode(), keys, tamper, region) if method == "POST"
                           else self.send("aps", "GET", f"{path}?{text}", {}, keys=keys, region=region))
        return status, json.loads(body)

    def value(self, query: str, **more: str) -> float | None:
        """Of the one series that it gives; None where it gives none."""
        status, answer = self.ask(query, **more)
        self.assertEqual((status, answer["status"], answer["data"]["resultType"]), (200, "success", "vector"))
        result = answer["data"]["result"]
        return float(result[0]["value"][1]) if result else None


class UnderTraffic(PrometheusCase):

    def setUp(self):
        super().setUp()
        self.shop = make_shop(self.aws)
        self.aws.set_behaviours({"image": "shop/web:1", "exports": {"version": "1"}, "error_rate": 0.1, "latency_ms": 80})
        self.aws.set_traffic(self.shop.rules[0], 50)
        self.aws.advance(60)

    def test_counters_rise_with_the_requests_that_are_served(self):
        served = sum(self.aws.served().values())
        self.assertGreater(served, 0)
        self.assertEqual(self.value('sum(requests_total{version="1"})'), served)
        errors = self.value('errors_total{version="1"}')
        self.assertAlmostEqual(errors / served, 0.1, delta=0.03)
        self.assertIsNone(self.value('sum(requests_total{version="2"})'))
        self.aws.advance(10)
        self.assertEqual(self.value("sum(requests_total)"), served + 500)

    def test_a_moment_that_is_past_has_what_was_counted_by_then(self):
        then = str(self.aws.now())
        before = self.value("sum(requests_total)", time=then)
        self.aws.advance(30)
        self.assertEqual(self.value("sum(requests_total)", time=then), before)
        self.assertIsNone(self.value("sum(requests_total)", time=str(self.aws.now() - 3600)))

    def test_buckets_are_cumulative_and_end_with_all_requests(self):
        _, answer = self.ask('sum by (le) (request_seconds_bucket{version="1"})')
        found = {s["metric"]["le"]: float(s["value"][1]) for s in answer["data"]["result"]}
        ordered = [found[edge] for edge in ("0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "+Inf")]
        self.assertEqual(ordered, sorted(ordered))
        self.assertEqual(found["+Inf"], self.value("request_seconds_count"))
        self.assertLess(found["0.05"], found["+Inf"] / 2)

    def test_each_workspace_of_the_account_has_them_in_its_own_region(self):
        elsewhere = self.aws.client("amp", region="us-east-1").create_workspace()["workspaceId"]
        self.assertEqual(self.ask("requests_total", workspace=elsewhere)[0], 404)
        self.assertEqual(len(self.ask("requests_total", workspace=elsewhere, region="us-east-1")[1]["data"]["result"]), 1)
        keys = self.aws.make_keys("stranger", account="210987654321")
        theirs = self.aws.client("amp", keys=keys).create_workspace()["workspaceId"]
        self.assertEqual(self.ask("requests_total", workspace=theirs, keys=keys)[1]["data"]["result"], [])

    def test_replicas_without_counters_export_none(self):
        self.aws.control("reset")
        shop = make_shop(self.aws)
        self.aws.set_traffic(shop.rules[0], 50)
        self.aws.advance(60)
        self.workspace = self.amp.create_workspace()["workspaceId"]
        self.assertIsNone(self.value("sum(requests_total)"))


class Queries(PrometheusCase):

    def test_parameters_may_be_in_the_body_or_in_the_query(self):
        for method in ("POST", "GET"):
            self.assertEqual(self.ask("1.5", method, time="1435781451.781", timeout="3000ms"), (
                200, {"status": "success", "data": {"resultType": "scalar", "result": [1435781451.781, "1.5"]}}))
        (recorded,) = {json.dumps(r["input"]) for r in self.aws.requests(operation="QueryMetrics")}
        self.assertEqual(json.loads(recorded), {"workspaceId": self.workspace, "query": "1.5", "time": "1435781451.781",
                                                "timeout": "3000ms"})

    def test_what_prometheus_cannot_read_is_refused_in_its_form(self):
        for query in ("sum(", "a{b=1}", "a)", 'a{b="c}', ""):
            status, answer = self.ask(query) if query else self.ask(" ")
            self.assertEqual((status, answer["status"], answer["errorType"]), (400, "error", "bad_data"), query)
        self.assertEqual(self.ask("1", time="yesterday")[0], 400)
        self.assertEqual(self.ask("1", timeout="soon")[0], 400)

    def test_matchers_are_those_of_prometheus(self):
        shop = make_shop(self.aws)
        self.aws.set_behaviours({"exports": {"version": 'a"b', "zone": "x1"}})
        self.aws.set_traffic(shop.rules[0], 10)
        self.aws.advance(60)
        for matchers, is_there in (('version="a\\"b"', True), ('zone=~"x."', True), ('zone=~"x"', False), ('zone!="x1"', False),
                                   ('absent=""', True), ('zone!~"y.*", version=~".+"', True)):
            self.assertEqual(self.value("sum(requests_total{%s})" % matchers) is not None, is_there, matchers)

    def test_keys_may_be_denied_and_workspaces_absent(self):
        self.assertEqual(self.ask("1", workspace="ws-none")[0], 404)
        self.aws.set_faults({"kind": "denied", "operation": "QueryMetrics"})
        status, answer = self.ask("1", keys=self.aws.sluice)
        self.assertEqual((status, answer["__type"]), (403, "AccessDeniedException"))
        iam = self.aws.client("iam", region="us-east-1")
        simulated = iam.simulate_principal_policy(PolicySourceArn="arn:aws:iam::123456789012:user/sluice",
                                                  ActionNames=["aps:QueryMetrics"], ResourceArns=["*"])
        self.assertEqual(simulated["EvaluationResults"][0]["EvalDecision"], "implicitDeny")


class Signatures(PrometheusCase):
    expected_problems = ("signature",)

    def test_a_body_that_was_not_signed_is_refused(self):
        status, answer = self.ask("1", tamper=lambda headers, body: (headers, body.replace(b"1", b"2")))
        self.assertEqual((status, answer["__type"]), (403, "InvalidSignatureException"))


class Unknown(PrometheusCase):
    expected_problems = ("unsupported", "shape")

    def test_what_is_not_simulated_is_said(self):
        self.assertEqual(self.ask("rate(requests_total[1m])")[0], 500)
        self.assertEqual(self.ask("1", step="15s")[0], 400)
        self.assertEqual({p["kind"] for p in self.aws.problems()}, {"unsupported", "shape"})


if __name__ == "__main__":
    main()
