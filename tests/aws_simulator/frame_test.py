"""The frame: protocols, shapes, signatures, faults, the record of requests."""
import email.utils
import json
import threading

from simulator_case import SimulatorCase, main

import botocore.exceptions

ECS = {"Content-Type": "application/x-amz-json-1.1",
       "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Protocols(SimulatorCase):

    def test_each_protocol_is_answered_so_that_botocore_reads_it(self):
        self.aws.client("ecs").create_cluster(clusterName="a")  # json 1.1
        self.assertEqual(len(self.aws.client("ecs").list_clusters()["clusterArns"]), 1)
        self.aws.client("cloudwatch").put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1.5}])  # cbor
        self.assertEqual(self.aws.client("cloudwatch").list_metrics()["Metrics"][0]["MetricName"], "m")
        self.assertEqual(self.aws.client("sts").get_caller_identity()["Account"], "123456789012")  # query
        s3 = self.aws.client("s3")  # rest-xml
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="bucket", Key="a b/ü:1", Body=b"x", IfNoneMatch="*")
        self.assertEqual(s3.get_object(Bucket="bucket", Key="a b/ü:1")["Body"].read(), b"x")
        self.assertEqual(s3.head_object(Bucket="bucket", Key="a b/ü:1")["ContentLength"], 1)
        self.refused("PreconditionFailed", s3.put_object, Bucket="bucket", Key="a b/ü:1", Body=b"y", IfNoneMatch="*")
        s3.copy_object(Bucket="bucket", Key="copy", CopySource={"Bucket": "bucket", "Key": "a b/ü:1"})
        writes = [r["operation"] for r in self.aws.requests(service="s3") if r["input"].get("Key")]
        self.assertEqual((writes.count("PutObject"), writes.count("CopyObject")), (2, 1), writes)
        self.assertEqual(len(self.aws.client("ec2").describe_vpcs()["Vpcs"]), 1)  # ec2: the default one

    def test_an_object_is_replaced_on_the_condition_that_it_is_as_it_was(self):
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        first = s3.put_object(Bucket="bucket", Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
        second = s3.put_object(Bucket="bucket", Key="k", Body=b"2", IfMatch=first)["ETag"]
        self.refused("PreconditionFailed", s3.put_object, Bucket="bucket", Key="k", Body=b"3", IfMatch=first)
        self.refused("NoSuchKey", s3.put_object, Bucket="bucket", Key="none", Body=b"3", IfMatch=first)
        read = s3.get_object(Bucket="bucket", Key="k")
        self.assertEqual((read["Body"].read(), read["ETag"]), (b"2", second))
        # Both moments of an answer are of one clock, which the age of an object is told by.
        headers = read["ResponseMetadata"]["HTTPHeaders"]
        written, now = (email.utils.parsedate_to_datetime(headers[name]) for name in ("last-modified", "date"))
        self.assertLess((now - written).total_seconds(), 30)

    def test_cloudwatch_speaks_json_and_query_too(self):
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData"}
        body = json.dumps({"Namespace": "N", "MetricData": [{"MetricName": "m", "Value": 2}]}).encode()
        self.assertEqual(self.send("monitoring", "POST", "/", headers, body)[0], 200)
        status, _, answer = self.send("monitoring", "POST", "/", FORM,
                                      b"Action=ListMetrics&Version=2010-08-01&Namespace=N")
        self.assertEqual(status, 200)
        self.assertIn(b"<MetricName>m</MetricName>", answer)

    def test_a_large_body_may_be_compressed(self):
        data = [{"MetricName": f"metric-{n}", "Value": n, "Dimensions": [{"Name": "a" * 200, "Value": "b" * 200}]}
                for n in range(100)]
        self.aws.client("cloudwatch").put_metric_data(Namespace="N", MetricData=data)
        self.assertEqual(len(self.aws.client("cloudwatch").list_metrics()["Metrics"]), 100)

    def test_an_arn_in_a_path_is_recognised_and_its_signature_right(self):
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:none:live"
        self.refused("ResourceNotFoundException", self.aws.client("lambda").get_alias, FunctionName=arn, Name="live")
        self.assertEqual(self.aws.requests(operation="GetAlias")[0]["input"]["FunctionName"], arn)

    def test_errors_carry_what_each_protocol_wants(self):
        error = self.refused("ClusterNotFoundException", self.aws.client("ecs").list_services, cluster="none")
        self.assertEqual(error.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"], "ClusterNotFoundException")
        error = self.refused("ResourceNotFound", self.aws.client("cloudwatch").set_alarm_state, AlarmName="none",
                             StateValue="OK", StateReason="r")
        self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 404)
        self.refused("TargetGroupNotFound", self.aws.client("elbv2").describe_target_health,
                     TargetGroupArn="arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/x/0")

    def test_another_region_is_another_place(self):
        self.aws.client("ecs").create_cluster(clusterName="a")
        self.assertEqual(self.aws.client("ecs", region="us-east-1").list_clusters()["clusterArns"], [])


class Shapes(SimulatorCase):
    expected_problems = ("shape", "operation")

    def _refused_shape(self, answer, word: bytes):
        self.assertEqual(answer[0], 400, answer)
        self.assertIn(word, answer[2])
        self.assertEqual(len(self.aws.problems()), 1)

    def test_a_member_that_the_model_lacks_is_refused_in_json(self):
        self._refused_shape(self.send("ecs", "POST", "/", ECS, b'{"clusterz": "a"}'), b"clusterz")

    def test_a_member_that_the_model_lacks_is_refused_in_a_form(self):
        self._refused_shape(self.send("elasticloadbalancing", "POST", "/", FORM,
                                      b"Action=DescribeRules&Version=2015-12-01&RuleArn.member.1=x"), b"RuleArn.member.1")

    def test_a_member_that_the_model_lacks_is_refused_in_a_query_string(self):
        self._refused_shape(self.send("lambda", "GET", "/2015-03-31/functions/f?Qualifierz=1", {}), b"Qualifierz")

    def test_a_wrong_type_is_refused(self):
        self._refused_shape(self.send("ecs", "POST", "/", ECS, b'{"maxResults": "ten"}'), b"maxResults")

    def test_a_value_outside_the_enumeration_is_refused(self):
        headers = {**ECS, "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.CreateService"}
        self._refused_shape(self.send("ecs", "POST", "/", headers, b'{"serviceName": "s", "launchType": "MOON"}'), b"MOON")

    def test_a_required_member_must_be_there(self):
        headers = {**ECS, "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.DescribeServices"}
        self._refused_shape(self.send("ecs", "POST", "/", headers, b"{}"), b"services")

    def test_an_operation_that_there_is_not_is_refused(self):
        headers = {**ECS, "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.MakeCoffee"}
        self.assertEqual(self.send("ecs", "POST", "/", headers, b"{}")[0], 400)
        self.assertEqual(self.send("lambda", "GET", "/2015-03-31/coffee", {})[0], 404)
        self.assertEqual([p["kind"] for p in self.aws.problems()], ["operation", "operation"])


class Signatures(SimulatorCase):
    expected_problems = ("signature",)

    def test_a_changed_body_is_refused(self):
        answer = self.send("ecs", "POST", "/", ECS, b'{"maxResults": 1}', tamper=lambda h, b: (h, b'{"maxResults": 2}'))
        self.assertEqual(json.loads(answer[2])["__type"], "InvalidSignatureException")
        self.assertEqual(self.aws.problems()[0]["kind"], "signature")

    def test_a_wrong_secret_is_refused_in_the_words_of_each_protocol(self):
        keys = {**self.aws.admin, "secret_key": "wrong"}
        self.refused("InvalidSignatureException", self.aws.client("ecs", keys=keys).list_clusters)
        self.refused("SignatureDoesNotMatch", self.aws.client("sts", keys=keys).get_caller_identity)
        self.refused("InvalidSignatureException", self.aws.client("lambda", keys=keys).list_functions)
        self.refused("SignatureDoesNotMatch", self.aws.client("s3", keys=keys).list_buckets)

    def test_an_x_amz_header_that_is_not_signed_is_refused(self):
        answer = self.send("ecs", "POST", "/", ECS, b"{}", tamper=lambda h, b: ({**h, "X-Amz-Extra": "1"}, b))
        self.assertEqual(answer[0], 400)
        self.assertIn("x-amz-extra", self.aws.problems()[0]["message"])

    def test_a_query_that_is_not_sorted_is_right_when_it_is_signed_sorted(self):
        path = "/2015-03-31/functions?MaxItems=5&FunctionVersion=ALL"
        self.assertEqual(self.send("lambda", "GET", path, {})[0], 200)
        answer = self.send("lambda", "GET", path, {}, tamper=lambda h, b: (
            {**h, "Authorization": h["Authorization"][:-1] + ("0" if h["Authorization"][-1] != "0" else "1")}, b))
        self.assertEqual(answer[0], 403)

    def test_a_request_without_a_signature_is_refused(self):
        answer = self.send("ecs", "POST", "/", ECS, b"{}", tamper=lambda h, b: (
            {k: v for k, v in h.items() if k != "Authorization"}, b))
        self.assertEqual(json.loads(answer[2])["__type"], "MissingAuthenticationTokenException")

    def test_a_clock_that_is_off_is_told_and_no_problem(self):
        self.aws.control("skew", seconds=900)
        self.addCleanup(self.aws.control, "skew", seconds=0)
        error = self.refused("InvalidSignatureException", self.aws.client("ecs").list_clusters)
        self.assertIn("expired", str(error))
        self.refused("RequestTimeTooSkewed", self.aws.client("s3").list_buckets)
        self.assertEqual(self.aws.problems(), [])

    def test_keys_of_a_role_work_until_they_expire(self):
        sts = self.aws.client("sts")
        given = sts.assume_role(RoleArn="arn:aws:iam::210987654321:role/deploy", RoleSessionName="me")["Credentials"]
        keys = {"access_key": given["AccessKeyId"], "secret_key": given["SecretAccessKey"], "token": given["SessionToken"]}
        who = self.aws.client("sts", keys=keys).get_caller_identity()
        self.assertEqual((who["Account"], who["Arn"]),
                         ("210987654321", "arn:aws:sts::210987654321:assumed-role/deploy/me"))
        self.refused("UnrecognizedClientException", self.aws.client("ecs", keys={**keys, "token": "x"}).list_clusters)
        self.assertEqual(self.aws.expire_keys(access_key=given["AccessKeyId"]), 1)
        self.refused("ExpiredTokenException", self.aws.client("ecs", keys=keys).list_clusters)
        self.refused("ExpiredToken", self.aws.client("sts", keys=keys).get_caller_identity)
        self.assertEqual(self.aws.problems(), [])

    def test_unknown_keys_are_told_and_no_problem(self):
        keys = {"access_key": "AKIAUNKNOWN", "secret_key": "s"}
        self.refused("UnrecognizedClientException", self.aws.client("ecs", keys=keys).list_clusters)
        self.refused("InvalidClientTokenId", self.aws.client("sts", keys=keys).get_caller_identity)
        self.refused("InvalidAccessKeyId", self.aws.client("s3", keys=keys).list_buckets)
        self.assertEqual(self.aws.problems(), [])


class FaultsOnPurpose(SimulatorCase):

    def setUp(self):
        super().setUp()
        self.ecs = self.aws.client("ecs", keys=self.aws.sluice)

    def _clusters(self) -> int:
        return len(self.aws.client("ecs").list_clusters()["clusterArns"])

    def test_a_failed_call_has_no_effect_and_a_lost_answer_has_one(self):
        self.aws.set_faults({"kind": "fail", "times": 1})
        self.refused("InternalFailure", self.ecs.create_cluster, clusterName="a")
        self.assertEqual(self._clusters(), 0)
        self.aws.set_faults({"kind": "lost", "operation": "Create*"})
        with self.assertRaises(botocore.exceptions.ConnectionClosedError):
            self.ecs.create_cluster(clusterName="a")
        self.assertEqual(self._clusters(), 1)

    def test_throttling_and_denial_have_the_names_of_each_service(self):
        self.aws.set_faults({"kind": "throttle"})
        self.refused("ThrottlingException", self.ecs.list_clusters)
        self.refused("Throttling", self.aws.client("elbv2", keys=self.aws.sluice).describe_load_balancers)
        self.refused("TooManyRequestsException", self.aws.client("lambda", keys=self.aws.sluice).list_functions)
        self.refused("ThrottlingException", self.aws.client("cloudwatch", keys=self.aws.sluice).list_metrics)
        self.aws.set_faults({"kind": "denied", "operation": "CreateCluster"})
        self.assertIn("ecs:CreateCluster", str(self.refused("AccessDeniedException", self.ecs.create_cluster)))
        self.ecs.list_clusters()

    def test_a_stale_read_answers_what_was_and_not_for_ever(self):
        self.assertEqual(self.ecs.list_clusters()["clusterArns"], [])
        self.ecs.create_cluster(clusterName="a")
        self.aws.set_faults({"kind": "stale"})
        self.assertEqual(self.ecs.list_clusters()["clusterArns"], [])
        self.aws.advance(11)
        self.assertEqual(len(self.ecs.list_clusters()["clusterArns"]), 1)

    def test_a_region_that_is_down_answers_nothing_and_others_do(self):
        self.aws.set_faults({"kind": "refused", "region": "eu-west-1"})
        with self.assertRaises(botocore.exceptions.ConnectionClosedError):
            self.ecs.list_clusters()
        self.aws.client("ecs", region="us-east-1", keys=self.aws.sluice).list_clusters()

    def test_a_fault_begins_after_others_and_lasts_for_a_while(self):
        self.aws.set_faults({"kind": "answer", "operation": "List*", "begins_after": ["CreateCluster", 2], "waits": 30, "lasts": 60,
                             "code": "LimitExceededException", "message": "no more"})
        for name in ("a", "b"):
            self.ecs.list_clusters()
            self.ecs.create_cluster(clusterName=name)
        self.ecs.list_clusters()
        self.aws.advance(31)
        self.assertIn("no more", str(self.refused("LimitExceededException", self.ecs.list_clusters)))
        self.aws.advance(61)
        self.ecs.list_clusters()

    def test_keys_expire_in_the_middle(self):
        ecs = self.aws.client("ecs", keys=self.aws.make_keys("somebody", lifetime=3600))
        ecs.list_clusters()
        self.aws.set_faults({"kind": "expire", "operation": "CreateCluster", "who": "somebody"})
        self.refused("ExpiredTokenException", ecs.create_cluster, clusterName="a")
        self.aws.set_faults()
        self.refused("ExpiredTokenException", ecs.list_clusters)
        self.assertEqual(self._clusters(), 0)

    def test_the_same_seed_hits_the_same_requests(self):
        def outcome(seed: int) -> list[bool]:
            self.aws.misbehave(seed, 0.3)
            found = []
            for _ in range(30):
                try:
                    self.ecs.list_clusters()
                    found.append(True)
                except (botocore.exceptions.ClientError, botocore.exceptions.ConnectionClosedError):
                    found.append(False)
            return found
        first = outcome(7)
        self.assertEqual(first, outcome(7))
        self.assertNotEqual(first, outcome(8))
        self.assertIn(True, first)
        self.assertIn(False, first)

    def test_skip_and_times_choose_one_request(self):
        self.aws.set_faults({"kind": "fail", "skip": 1, "times": 1})
        self.ecs.list_clusters()
        self.refused("InternalFailure", self.ecs.list_clusters)
        self.ecs.list_clusters()

    def test_a_request_can_be_held_before_and_after_its_effect(self):
        for kind, effect in (("pause_before", 0), ("pause_after", 1)):
            self.aws.control("reset")
            self.aws.set_faults({"kind": kind, "operation": "CreateCluster"})
            thread = threading.Thread(target=self.ecs.create_cluster, kwargs={"clusterName": "a"})
            thread.start()
            held = self.aws.wait_for(self.aws.paused)
            self.assertEqual(held[0]["operation"], "CreateCluster")
            self.assertEqual(self._clusters(), effect)
            self.aws.release(number=held[0]["number"])
            thread.join()
            self.assertEqual(self._clusters(), 1)

    def test_a_held_request_can_be_dropped(self):
        for kind, effect in (("pause_before", 0), ("pause_after", 1)):
            self.aws.control("reset")
            self.aws.set_faults({"kind": kind, "operation": "CreateCluster"})
            failed = []

            def call():
                try:
                    self.ecs.create_cluster(clusterName="a")
                except botocore.exceptions.ConnectionClosedError as why:
                    failed.append(why)
            thread = threading.Thread(target=call)
            thread.start()
            self.aws.wait_for(self.aws.paused)
            self.aws.release(drop=True)
            thread.join()
            self.assertEqual((len(failed), self._clusters()), (1, effect))

    def test_the_test_itself_is_spared(self):
        self.aws.set_faults({"kind": "fail"})
        self.assertEqual(self._clusters(), 0)


class Record(SimulatorCase):

    def test_requests_are_kept_with_their_input_and_without_secrets(self):
        self.aws.client("secretsmanager", keys=self.aws.sluice).create_secret(Name="key", SecretString="hush-hush")
        self.aws.client("ssm").put_parameter(Name="/key", Value="hush-hush", Type="SecureString")
        asked = self.aws.requests(who="sluice")
        self.assertEqual([(r["service"], r["operation"], r["status"]) for r in asked],
                         [("secretsmanager", "CreateSecret", 200)])
        self.assertEqual(asked[0]["input"]["Name"], "key")
        self.assertNotIn("hush-hush", (self.aws.home / "requests.ndjson").read_text())
        self.assertEqual(self.aws.requests(since=asked[0]["number"], who="sluice"), [])


if __name__ == "__main__":
    main()
