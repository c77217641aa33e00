"""What surrounds a deployment: logs and their queries, autoscaling, registry, definitions of gateways, permissions."""
import json
import threading

from simulator_case import SimulatorCase, main

from aws_simulator import make_shop


class LogQueries(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.logs = self.aws.client("logs")
        self.logs.create_log_group(logGroupName="g")
        self.logs.create_log_stream(logGroupName="g", logStreamName="s")

    def write(self, *messages: str):
        now = int(self.aws.now() * 1000)
        self.logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[
            {"timestamp": now, "message": m} for m in messages])

    def ask(self, text: str) -> list[dict]:
        now = int(self.aws.now())
        query = self.logs.start_query(logGroupName="g", startTime=now - 600, endTime=now + 1, queryString=text)["queryId"]
        self.assertEqual(self.logs.get_query_results(queryId=query)["status"], "Running")
        self.aws.advance(2)
        answer = self.logs.get_query_results(queryId=query)
        self.assertEqual(answer["status"], "Complete")
        return [{f["field"]: f["value"] for f in row} for row in answer["results"]]

    def test_lines_are_filtered_and_counted(self):
        self.write("ERROR one", '{"level": "error", "http": {"status": 500}}', "fine")
        self.aws.advance(120)
        self.write("ERROR two")
        self.assertEqual(self.ask("fields @message | filter @message like /ERROR/ or level = 'error' | stats count(*) as n"),
                         [{"n": "3"}])
        self.assertEqual(len(self.ask("filter @message like /ERROR/ | stats count(*) as n by bin(1m)")), 2)
        self.assertEqual(self.ask("fields @message | filter http.status = 500 | limit 5"),
                         [{"@message": '{"level": "error", "http": {"status": 500}}'}])
        self.refused("MalformedQueryException", self.logs.start_query, logGroupName="g", startTime=0, endTime=1,
                     queryString="parse @message '*' as x")

    def test_a_metric_filter_counts_what_it_matches(self):
        self.logs.put_metric_filter(logGroupName="g", filterName="f", filterPattern='{ $.level = "error" }',
                                    metricTransformations=[{"metricName": "errors", "metricNamespace": "Shop",
                                                            "metricValue": "1", "defaultValue": 0}])
        begin = self.aws.now() - self.aws.now() % 60
        self.write('{"level": "error"}', '{"level": "info"}', "text")
        self.aws.advance(65)
        found = self.aws.client("cloudwatch").get_metric_data(StartTime=begin, EndTime=begin + 60, MetricDataQueries=[
            {"Id": "n", "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {"Namespace": "Shop", "MetricName": "errors"}}}])
        self.assertEqual(found["MetricDataResults"][0]["Values"], [1.0])


class Around(SimulatorCase):

    def test_autoscaling_knows_the_services_that_there_are(self):
        make_shop(self.aws)
        scaling = self.aws.client("application-autoscaling")
        target = dict(ServiceNamespace="ecs", ResourceId="service/shop/web", ScalableDimension="ecs:service:DesiredCount")
        self.refused("ValidationException", scaling.register_scalable_target, **{**target, "ResourceId": "service/shop/none"},
                     MinCapacity=1, MaxCapacity=2)
        scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
        scaling.register_scalable_target(**target, SuspendedState={"DynamicScalingInSuspended": True})
        shown = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
        self.assertEqual((shown["MaxCapacity"], shown["SuspendedState"]["DynamicScalingInSuspended"]), (4, True))

    def test_the_registrys_token_is_good_for_hours(self):
        data = self.aws.client("ecr").get_authorization_token()["authorizationData"][0]
        self.assertAlmostEqual(data["expiresAt"].timestamp() - self.aws.now(), 12 * 3600, delta=1)

    def test_an_openapi_definition_becomes_an_api(self):
        api = self.aws.client("apigateway")
        definition = {"openapi": "3.0.1", "info": {"title": "shop", "version": "1"}, "paths": {"/a": {"get": {
            "responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {"type": "mock"}}}}}
        made = api.import_rest_api(body=json.dumps(definition).encode())["id"]
        definition["paths"]["/b"] = definition["paths"]["/a"]
        api.put_rest_api(restApiId=made, mode="overwrite", body=json.dumps(definition).encode())
        self.assertEqual(sorted(r["path"] for r in api.get_resources(restApiId=made)["items"]), ["/", "/a", "/b"])
        self.refused("BadRequestException", api.import_rest_api, body=b"[]")

    def test_permissions_are_what_the_faults_say(self):
        self.aws.set_faults({"kind": "denied", "service": "ecs", "operation": "CreateTaskSet"})
        iam = self.aws.client("iam")
        role = iam.create_role(RoleName="sluice", Path="/deploy/", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        asked = {"PolicySourceArn": role, "ActionNames": ["ecs:CreateTaskSet", "ecs:UpdateTaskSet"]}
        found = iam.simulate_principal_policy(**asked)
        self.assertEqual([r["EvalDecision"] for r in found["EvaluationResults"]], ["implicitDeny", "allowed"])
        many = asked | {"ResourceArns": [f"arn:aws:ecs:eu-west-1:123456789012:service/shop/{n}" for n in range(60)]}
        first = iam.simulate_principal_policy(**many)
        self.assertEqual((len(first["EvaluationResults"]), first["IsTruncated"]), (100, True))
        rest = iam.simulate_principal_policy(**many, Marker=first["Marker"])
        self.assertEqual((len(rest["EvaluationResults"]), rest["IsTruncated"]), (20, False))
        self.refused("NoSuchEntity", iam.simulate_principal_policy,
                     **asked | {"PolicySourceArn": "arn:aws:iam::123456789012:role/sluice"})

    def test_calls_at_the_same_time_whose_answers_come_in_any_order_all_take_effect(self):
        self.aws.set_faults({"kind": "slow", "seconds": 0.05})
        ecs = self.aws.client("ecs", keys=self.aws.sluice, max_pool_connections=20)
        threads = [threading.Thread(target=ecs.create_cluster, kwargs={"clusterName": f"c{n}"}) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(ecs.list_clusters()["clusterArns"]), 20)
        self.assertEqual(len({r["number"] for r in self.aws.requests(operation="CreateCluster")}), 20)


if __name__ == "__main__":
    main()
