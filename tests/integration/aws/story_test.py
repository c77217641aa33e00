"""The whole example in AWS with its own minutes, in simulated time: how long a release takes, and how soon each failure of the
user story that AWS can show is taken back. The controller and the adapters are the production ones (in_simulated_time.cc).

All tests have one world: each begins with what the one before has left serving.
"""

import json
import sys
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]

import yaml  # noqa: E402
from example_in_aws import CONTAINERS, EXAMPLE, FUNCTIONS, GOOD, MEMBERS, STAGES, ExampleInAws, example_at_rest, image  # noqa: E402
from simulated_release import MINUTE, Release, release_in_simulated_time  # noqa: E402

REPOSITORY = "mangaassist-chatbot"
WORLD: ExampleInAws


def setUpModule() -> None:
    global WORLD
    WORLD = example_at_rest(BUILD)
    WORLD.send_requests({"orchestrator": 50, "classifier": 30, "rag": 30, "guardrails": 30}, 20)
    WORLD.aws.advance(10 * MINUTE)


class Story(unittest.TestCase):
    number = 0

    def setUp(self) -> None:
        self.aws, self.machine = WORLD.aws, WORLD
        self.before = self.machine.serves()
        Story.number += 1
        self.aws.set_behaviours({"answers": GOOD})

    def tearDown(self) -> None:
        self.aws.set_faults()
        self.assertEqual(self.aws.problems(), [])
        # Whatever came of it, the load balancer had a target for each request, however late its nodes heard of new weights.
        self.assertEqual(self.aws.served().get("nobody", 0), 0)

    def image(self) -> str:
        return image(self.number)

    def release(self, scanned: str = "") -> Release:
        """Of this image in ECR, which findings of its scan would stop, or of this number's."""
        packages, made = self.machine.package(self.number), self.machine.configuration()
        for name in CONTAINERS if scanned else ():
            made["environments"]["aws"]["services"][name]["aws"]["scan_findings"] = {}
        self.machine.write(made)
        return release_in_simulated_time(self.machine, "aws", dict.fromkeys(CONTAINERS, scanned or self.image()) | packages)

    def assert_taken_back(self, release: Release, outcome: str, by: str) -> None:
        """Stages have no share of the traffic: while the others have one, theirs has not begun."""
        outcomes = release.outcomes()
        self.assertEqual({name: outcomes[name] for name in (*CONTAINERS, *FUNCTIONS)},
                         dict.fromkeys((*CONTAINERS, *FUNCTIONS), outcome), release.causes())
        self.assertLessEqual({outcomes[name] for name in STAGES}, {outcome, "failed_before_traffic"})
        self.assertIn(by, release.causes()[0])
        self.aws.advance(MINUTE)
        self.assertEqual(self.machine.serves(), self.before)

    def test_1_the_first_good_release_is_inside_its_budget(self) -> None:
        # What serves has no label by which its own metrics could be told from the new one's: half of the traffic is judged when
        # CloudWatch has told of a whole minute of it. That is up to a minute later, by where in CloudWatch's minute the release
        # begins (569 to 617 s have been seen): here always at the same place.
        self.assertLess(self.good_release(30), 10 * MINUTE)

    def test_2_an_image_with_a_vulnerability_and_its_repair(self) -> None:
        """Here ECR's scan finds it. How long the scan before the push takes is its program's time, to which sluice adds nothing
        (image_stage_test.cc). The next run of the pipeline recovers it, within the story's fifteen minutes: wherever in
        CloudWatch's minute it begins, as each release but the first."""
        self.aws.client("ecr").create_repository(repositoryName=REPOSITORY, imageScanningConfiguration={"scanOnPush": True})
        self.aws.set_scans({"findings": [{"name": "CVE-2024-1111", "severity": "CRITICAL"}]})
        release = self.release(self.push("vulnerable"))
        self.assert_taken_back(release, "failed_before_traffic", "CVE-2024-1111")
        print(f"refused after {release.events[-1]['seconds']:.0f} s", file=sys.stderr)
        self.assertLess(release.events[-1]["seconds"], MINUTE)
        self.aws.set_scans()
        Story.number += 1
        self.assertLess(self.good_release(50, self.push("repaired")), 9.5 * MINUTE)

    def push(self, tag: str) -> str:
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {"digest": tag},
                    "layers": []}
        pushed = self.aws.client("ecr").put_image(repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageTag=tag)
        return f"{self.machine.configuration()['registry']['aws']}/{REPOSITORY}@{pushed['image']['imageId']['imageDigest']}"

    def good_release(self, second: int, scanned: str = "") -> float:
        """Begun at that second of a minute: how long it takes to 100%. Of the story's fifteen minutes five are the workflow's."""
        self.aws.advance(MINUTE - self.aws.now() % MINUTE + second)
        release = self.release(scanned)
        self.assertEqual(release.outcomes(), dict.fromkeys(MEMBERS, "succeeded"))
        whole = max(release.first(lambda e, name=name: e["service"] == name and e["green_percent"] == 100) for name in CONTAINERS)
        shown = {name: self.machine.serves()[name] for name in CONTAINERS}
        self.assertEqual(shown, dict.fromkeys(CONTAINERS, scanned or self.image()))
        print(f"all of it at 100% after {whole:.0f} s, at its end after {release.events[-1]['seconds']:.0f} s", file=sys.stderr)
        return whole

    def test_3_bad_code_that_passed_its_tests(self) -> None:
        self.aws.set_behaviours({"image": self.image(), "error_rate": 0.2, "answers": GOOD}, {"answers": GOOD})
        release = self.release()
        self.assert_taken_back(release, "rolled_back", "failures is")
        self.assert_is_soon("orchestrator", release, 3 * MINUTE)

    def assert_is_soon(self, service: str, release: Release, bound: float) -> None:
        """By what the services publish of themselves; the bound is the user story's."""
        seconds = release.took_back(service)
        print(f"{service}: {seconds:.0f} s from its first traffic to none: {release.causes()[0]}", file=sys.stderr)
        self.assertLess(seconds, bound)

    def test_4_tasks_that_do_not_start(self) -> None:
        self.aws.set_behaviours({"image": self.image(), "never_starts": True})
        release = self.release()
        self.assert_taken_back(release, "failed_before_traffic", "not steady after")
        print(f"given up after {release.events[-1]['seconds']:.0f} s", file=sys.stderr)
        self.assertLess(release.events[-1]["seconds"], 5 * MINUTE)

    def test_5_a_function_that_is_slow(self) -> None:
        published = self.machine.lam.list_versions_by_function(FunctionName="mangaassist-overflow")["Versions"]
        version = str(max(int(v["Version"]) for v in published if v["Version"] != "$LATEST") + 1)
        self.aws.set_behaviours({"function": "mangaassist-overflow", "version": version, "latency_ms": 4000}, {"answers": GOOD})
        release = self.release()
        self.assert_taken_back(release, "rolled_back", "GREEN's times against BLUE's")
        self.assert_is_soon("overflow", release, 2 * MINUTE)

    def test_6_a_stage_that_cannot_be_deployed(self) -> None:
        self.aws.set_faults({"kind": "denied", "operation": "UpdateStage"})
        release = self.release()
        self.assert_taken_back(release, "rolled_back", "not authorized to perform: apigateway")
        failed = release.first(lambda e: "not authorized" in e.get("error", ""))
        seconds = max(release.restored(name) for name in (*CONTAINERS, *FUNCTIONS)) - failed
        print(f"all back {seconds:.1f} s after the stage could not be pointed at it", file=sys.stderr)
        self.assertLess(seconds, 5 * MINUTE)

    def test_7_a_push_that_times_out(self) -> None:
        """How long it is tried where the registry answers nothing is in image_stage_test.cc; an upload that hangs ends with its
        step, and the run fails and is told, as of any other step."""
        workflow = yaml.safe_load((EXAMPLE / ".github/workflows/deploy-chatbot.yml").read_text())
        (step,) = [s for s in workflow["jobs"]["build-and-deploy"]["steps"] if "sluice image push" in s.get("run", "")]
        self.assertLess(step["timeout-minutes"], 5)


if __name__ == "__main__":
    unittest.main()
