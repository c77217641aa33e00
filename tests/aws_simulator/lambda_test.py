"""Lambda: updates that take a while, versions, aliases with weights, provisioned concurrency, invocations."""
import io
import json
import zipfile

from simulator_case import SimulatorCase, main

ROLE = "arn:aws:iam::123456789012:role/function"


def packed(text: str) -> bytes:
    """A zip with app.py."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", text)
    return data.getvalue()


def answering(word: str) -> bytes:
    return packed(f"import os\ndef handler(event, context):\n    print('asked', event)\n"
                  f"    return {{'word': {word!r}, 'event': event, 'version': context.function_version}}\n")


class FunctionCase(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.lam = self.aws.client("lambda")
        self.lam.create_function(FunctionName="f", Runtime="python3.12", Role=ROLE, Handler="app.handler",
                                 Code={"ZipFile": answering("one")}, Environment={"Variables": {"A": "1", "METRICS_NAMESPACE": "Own"}})
        self.settled()
        self.one = self.lam.publish_version(FunctionName="f")["Version"]
        self.two = self.publish("two")

    def settled(self):
        self.advance_until(lambda: (c := self.lam.get_function_configuration(FunctionName="f"))["State"] == "Active"
                           and c["LastUpdateStatus"] == "Successful")

    def publish(self, word: str) -> str:
        self.lam.update_function_code(FunctionName="f", ZipFile=answering(word))
        self.settled()
        return self.lam.publish_version(FunctionName="f")["Version"]

    def alias(self, **more) -> dict:
        return self.lam.create_alias(FunctionName="f", Name="live", FunctionVersion=self.one, **more)

    def route(self, weight: float, **more) -> dict:
        return self.lam.update_alias(FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": {
            self.two: weight}}, **more)


class Updates(FunctionCase):

    def test_an_update_is_in_progress_for_a_while_and_refuses_the_next(self):
        shown = self.lam.update_function_code(FunctionName="f", ZipFile=answering("three"))
        self.assertEqual(shown["LastUpdateStatus"], "InProgress")
        for call, more in ((self.lam.update_function_code, {"ZipFile": answering("x")}), (self.lam.publish_version, {}),
                           (self.lam.update_function_configuration, {"Timeout": 9})):
            self.refused("ResourceConflictException", call, FunctionName="f", **more)
        self.settled()
        self.assertEqual(self.lam.publish_version(FunctionName="f")["Version"], "3")

    def test_a_new_function_is_pending_first(self):
        shown = self.lam.create_function(FunctionName="g", Runtime="python3.12", Role=ROLE, Handler="app.handler",
                                         Code={"ZipFile": answering("one")})
        self.assertEqual(shown["State"], "Pending")
        self.refused("ResourceConflictException", self.lam.invoke, FunctionName="g")

    def test_a_revision_that_is_not_the_latest_is_refused(self):
        shown = self.lam.get_function(FunctionName="f")["Configuration"]
        self.refused("PreconditionFailedException", self.lam.update_function_code, FunctionName="f",
                     ZipFile=answering("x"), RevisionId="00000000-0000-0000-0000-000000000000")
        self.lam.update_function_code(FunctionName="f", ZipFile=answering("x"), RevisionId=shown["RevisionId"])
        self.settled()
        self.refused("PreconditionFailedException", self.lam.publish_version, FunctionName="f", RevisionId=shown["RevisionId"])
        self.refused("InvalidParameterValueException", self.lam.publish_version, FunctionName="f",
                     CodeSha256=shown["CodeSha256"])

    def test_nothing_new_publishes_nothing_new(self):
        self.assertEqual(self.lam.publish_version(FunctionName="f")["Version"], self.two)
        self.lam.update_function_configuration(FunctionName="f", Timeout=9)
        self.settled()
        self.assertEqual(self.lam.publish_version(FunctionName="f")["Version"], "3")

    def test_code_comes_from_an_object_or_is_refused(self):
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="code", Key="a b+c.zip", Body=answering("stored"))
        self.lam.update_function_code(FunctionName="f", S3Bucket="code", S3Key="a b+c.zip")
        self.settled()
        self.assertEqual(json.load(self.lam.invoke(FunctionName="f")["Payload"])["word"], "stored")
        self.refused("InvalidParameterValueException", self.lam.update_function_code, FunctionName="f", S3Bucket="code",
                     S3Key="none.zip")
        self.refused("InvalidParameterValueException", self.lam.update_function_code, FunctionName="f", ZipFile=b"no zip")


class Aliases(FunctionCase):

    def test_weights_are_held_to_two_published_versions(self):
        self.alias()
        weigh = lambda weights, **more: self.refused(
            "InvalidParameterValueException", self.lam.update_alias, FunctionName="f", Name="live",
            RoutingConfig={"AdditionalVersionWeights": weights}, **more)
        weigh({"$LATEST": 0.1})
        weigh({self.one: 0.1})
        weigh({self.two: 0.1}, FunctionVersion="$LATEST")
        self.publish("three")
        weigh({self.two: 0.1, "3": 0.1})
        self.refused("ResourceNotFoundException", self.route, weight=0.1, FunctionVersion="9")
        self.assertNotIn("RoutingConfig", self.lam.get_alias(FunctionName="f", Name="live"))

    def test_versions_of_different_roles_share_no_alias(self):
        self.alias()
        self.lam.update_function_configuration(FunctionName="f", Role=ROLE + "2")
        self.settled()
        three = self.lam.publish_version(FunctionName="f")["Version"]
        self.refused("InvalidParameterValueException", self.lam.update_alias, FunctionName="f", Name="live",
                     RoutingConfig={"AdditionalVersionWeights": {three: 0.1}})

    def test_the_revision_changes_with_each_update_and_guards_it(self):
        first = self.alias()["RevisionId"]
        second = self.route(0.1, RevisionId=first)["RevisionId"]
        self.assertNotEqual(first, second)
        self.refused("PreconditionFailedException", self.route, weight=0.5, RevisionId=first)
        self.assertEqual(self.lam.get_alias(FunctionName="f", Name="live")["RoutingConfig"],
                         {"AdditionalVersionWeights": {self.two: 0.1}})

    def test_absent_routing_keeps_the_weights_and_empty_routing_clears_them(self):
        self.alias()
        self.route(0.1)
        self.assertIn("RoutingConfig", self.lam.update_alias(FunctionName="f", Name="live", Description="d"))
        shown = self.lam.update_alias(FunctionName="f", Name="live", FunctionVersion=self.two, RoutingConfig={})
        self.assertNotIn("RoutingConfig", shown)

    def test_invocations_follow_the_weights_and_tell_their_version(self):
        self.alias()
        self.route(0.5)
        self.aws.advance(2)
        versions = {self.lam.invoke(FunctionName="f", Qualifier="live")["ExecutedVersion"] for _ in range(20)}
        self.assertEqual(versions, {self.one, self.two})
        self.aws.set_behaviours({"function": "f", "version": self.two, "error_rate": 0.5})
        self.route(0.05)
        arn = self.lam.get_alias(FunctionName="f", Name="live")["AliasArn"]
        self.aws.advance(120 - self.aws.now() % 60)
        before, begin = self.aws.served(), self.aws.now()
        self.aws.set_traffic(arn, 100)
        self.aws.advance(130)
        after = self.aws.served()
        self.assertAlmostEqual((after[f"f:{self.two}"] - before[f"f:{self.two}"]) / 13000, 0.05, delta=0.01)
        own = {"Function": "f", "Version": self.two}
        for namespace, dimensions, names in (
                ("AWS/Lambda", {"FunctionName": "f", "Resource": "f:live", "ExecutedVersion": self.two}, ("Invocations", "Errors")),
                ("Own", own, ("Requests", "Failures"))):
            found = self.aws.client("cloudwatch").get_metric_data(
                StartTime=begin, EndTime=begin + 60, MetricDataQueries=[
                    {"Id": name.lower(), "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {
                        "Namespace": namespace, "MetricName": name,
                        "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]}}}
                    for name in names])["MetricDataResults"]
            requests, errors = (r["Values"][0] for r in found)
            self.assertAlmostEqual(requests, 300, delta=80)
            self.assertAlmostEqual(errors / requests, 0.5, delta=0.15)


class ProvisionedConcurrency(FunctionCase):

    def put(self, qualifier: str) -> dict:
        return self.lam.put_provisioned_concurrency_config(FunctionName="f", Qualifier=qualifier,
                                                           ProvisionedConcurrentExecutions=2)

    def test_it_takes_a_while_on_a_version(self):
        self.assertEqual(self.put(self.two)["Status"], "IN_PROGRESS")
        self.advance_until(lambda: self.lam.get_provisioned_concurrency_config(FunctionName="f", Qualifier=self.two)[
            "Status"] == "READY")
        self.refused("ProvisionedConcurrencyConfigNotFoundException", self.lam.get_provisioned_concurrency_config,
                     FunctionName="f", Qualifier=self.one)
        self.refused("InvalidParameterValueException", self.put, qualifier="$LATEST")

    def test_an_alias_with_weights_takes_none(self):
        self.alias()
        self.route(0.1)
        self.refused("InvalidParameterValueException", self.put, qualifier="live")
        self.lam.update_alias(FunctionName="f", Name="live", RoutingConfig={})
        self.put("live")

    def test_lambda_adds_weights_of_its_own_while_it_moves(self):
        self.alias()
        self.put("live")
        self.aws.advance(61)
        self.assertIn("RoutingConfig", self.lam.update_alias(FunctionName="f", Name="live", FunctionVersion=self.two))
        self.refused("InvalidParameterValueException", self.put, qualifier="live")
        self.aws.advance(61)
        self.assertNotIn("RoutingConfig", self.lam.get_alias(FunctionName="f", Name="live"))
        self.put("live")


class Invocations(FunctionCase):

    def test_python_code_runs_and_its_exception_is_told(self):
        answer = self.lam.invoke(FunctionName="f", Qualifier=self.one, Payload=b'{"a": 1}', LogType="Tail")
        self.assertEqual(json.load(answer["Payload"]), {"word": "one", "event": {"a": 1}, "version": self.one})
        self.assertIn("LogResult", answer)
        self.lam.update_function_code(FunctionName="f", ZipFile=packed("def handler(event, context):\n    return 1 / 0\n"))
        self.settled()
        answer = self.lam.invoke(FunctionName="f")
        self.assertEqual((answer["FunctionError"], json.load(answer["Payload"])["errorType"]),
                         ("Unhandled", "ZeroDivisionError"))

    def test_code_that_calls_aws_reaches_this_simulator(self):
        code = packed("import boto3\ndef handler(event, context):\n"
                      "    return boto3.client('sts').get_caller_identity()['Account']\n")
        self.lam.update_function_code(FunctionName="f", ZipFile=code)
        self.settled()
        self.lam.update_function_configuration(FunctionName="f", Timeout=30)
        self.settled()
        self.assertEqual(json.load(self.lam.invoke(FunctionName="f")["Payload"]), "123456789012")

    def test_a_behaviour_answers_instead_of_the_code(self):
        self.aws.set_behaviours({"function": "f", "payload": {"hookStatus": "FAILED"}, "function_error": None})
        self.assertEqual(json.load(self.lam.invoke(FunctionName="f")["Payload"]), {"hookStatus": "FAILED"})


if __name__ == "__main__":
    main()
