"""Alarms on error logs and the comparison by GREEN's minutes of CloudWatch Logs: the real program and the simulated AWS, in
real time.

Takes about 20 minutes, for the minutes are real ones here; so it is run by hand, and not by ctest:

    CI=true /usr/bin/python3 tests/integration/aws/logs_by_the_minute_test.py build/dev
"""

import json
import sys
import time
import unittest
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aws_simulator import environment  # noqa: E402

environment.enter(sys.argv[1])
del sys.argv[1]
from aws_simulator import Simulator, make_shop  # noqa: E402

from function_in_aws import ALIAS, FUNCTION, FUNCTION_ARN, FunctionInAws, packed  # noqa: E402
from sluice_in_aws import SluiceInAws, wait_until  # noqa: E402

PAST_MINUTES = 15
QUICK = {"task_provisioning": 1, "task_pending": 1, "target_initial": 1, "task_stopping": 1, "service_backoff": 1,
         "function_update": 1}
STEPS = [{"weight": "20%", "bake": "5m"}, {"weight": "100%", "bake": "5m"}]
STORY = {"error_log": {"metric": "error_log_rate", "above": "5x blue", "datapoints": "2 of 3", "every": "60s", "then": "hold"}}
BEFORE = {"error_log": {**STORY["error_log"], "above": "5x before"}}
COMPARED = {"enough": {"requests": 50}}


class LogsByTheMinute(unittest.TestCase):
    def test_noisy_greens_are_held_with_their_first_error_lines(self) -> None:
        aws = self.enterContext(Simulator(scale=1, behind=60 * PAST_MINUTES))
        shop = make_shop(aws)
        aws.set_delays(**QUICK)
        tasks = self.enterContext(SluiceInAws(BUILD, aws, shop))
        functions = self.enterContext(FunctionInAws(BUILD, aws))
        functions.make_function(FUNCTION, ZipFile=packed("first"))
        functions.lam.publish_version(FunctionName=FUNCTION)
        functions.lam.create_alias(FunctionName=FUNCTION, Name=ALIAS, FunctionVersion="1")
        aws.set_behaviours({"image": "shop/web@", "error_line_rate": 0.3},
                           {"function": FUNCTION, "version": "1", "error_line_rate": 0.02},
                           {"function": FUNCTION, "error_line_rate": 0.3}, {"error_line_rate": 0.02})
        for rule in shop.rules[:1]:
            aws.set_traffic(rule, 40)
        aws.set_traffic(f"{FUNCTION_ARN}:{ALIAS}", 40)
        while (behind := time.time() - aws.now()) > 0.1:
            aws.advance(min(60, behind))
        for word, alarms, analysis, subject in (("5x blue", STORY, "off", "error_log"), ("5x before", BEFORE, "off", "error_log"),
                                                ("compared", {}, COMPARED, "sequential error_log")):
            number = len(word)
            tasks.configure(STEPS, alarms=alarms, environment={"analysis": analysis})
            tasks.deploy(f"sha256:{number:064d}", "--detach")
            functions.configure(STEPS, alarms=alarms, analysis=analysis)
            functions.deploy(functions.package(word.replace(" ", "-")), "--detach")
            for machine, service in ((tasks, "web"), (functions, "overflow")):
                began = time.monotonic()
                held = wait_until("a hold", lambda m=machine: [d for d in m.deployments() if d["mode"] == "held"], 900)
                print(f"{service}, {word}: {time.monotonic() - began:.0f} s\n{json.dumps(held, indent=1)}", flush=True)
                self.assertIn(subject, json.dumps(held))
                self.assertIn("request failed", json.dumps(held))
                machine.sluice("rollback", service, "--environment", "staging", "--wait", check=False)
        self.assertEqual(aws.problems(), [])


if __name__ == "__main__":
    unittest.main()
