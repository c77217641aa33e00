"""What becomes of workflow runs, and of commands with several services, when the controller is killed: with the real program,
git, podman and HAProxy.
"""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from sluice_machine import LONG_STEPS, SHORT_STEPS, SluiceMachine, wait_until

BUILD = Path(sys.argv.pop(1))
SUCCEEDED, FAILED = 0, 1

machine: SluiceMachine


def setUpModule() -> None:
    global machine
    machine = SluiceMachine(BUILD)
    unittest.addModuleCleanup(machine.__exit__)
    machine.prepare()
    machine.deploy("0")
    machine.git("init", "--quiet", "--initial-branch=main")


class Slack(http.server.BaseHTTPRequestHandler):
    status = 200
    texts: list[str] = []

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.status == 200:
            self.texts.append(text)
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


class RunCase(unittest.TestCase):
    def setUp(self) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slack)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        Slack.texts, Slack.status = [], 200
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        (machine.folder / "webhook").write_text(f"http://127.0.0.1:{self.server.server_port}/hook")
        machine.strategy["steps"] = SHORT_STEPS
        self.load = machine.start_load()  # a traffic step waits until enough was seen

    def tearDown(self) -> None:
        for deployment in machine.deployments():
            machine.sluice("cancel", deployment["service"], check=False)
        wait_until("no deployment", lambda: not machine.deployments())
        self.assertGreater(machine.end_load(self.load)["served"], 0)

    def commit(self, version: str, *steps: dict, **keys: object) -> None:
        """A commit whose workflow has these steps in one job, after a job that passes."""
        machine.configure({"VERSION": version}, **keys)
        described = json.loads((machine.folder / "sluice.yaml").read_text())
        described["notify"] = [{"slack": {"webhook": {"file": str(machine.folder / "webhook")}}, "on": ["failed"]}]
        (machine.folder / "sluice.yaml").write_text(json.dumps(described))
        workflow = {"name": "Ship", "on": "push", "jobs": {
            "test": {"runs-on": "any", "steps": [{"name": "Pass", "run": "echo tested"}]},
            "ship": {"runs-on": "any", "needs": "test", "steps": [{"uses": "actions/checkout@v4"}, *steps]}}}
        folder = machine.folder / ".github" / "workflows"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ship.yml").write_text(json.dumps(workflow))
        machine.git("add", "sluice.yaml", ".github")
        machine.git("commit", "--quiet", "--allow-empty", "-m", version)

    def start_run(self) -> str:
        [started] = [o for o in machine.objects("run", "--detach") if o["type"] == "run_started"]
        return started["run"]

    def ended(self, run: str) -> dict | None:
        return next((o for o in machine.objects("history") if o["type"] == "ended_run" and o["run"] == run), None)

    def wait_for_end(self, run: str) -> dict:
        wait_until("the run's end", lambda: self.ended(run) is not None)
        return self.ended(run)

    def wait_for_bake(self, weight: float) -> None:
        wait_until(f"a bake at {weight}%", lambda: any(
            d["stage"] == "bake" and d["green_weight_percent"] == weight for d in machine.deployments()))


class KilledInAStep(RunCase):
    def setUp(self) -> None:
        super().setUp()
        self.began = machine.folder / "began"
        self.began.write_text("")
        self.commit("waits", {"name": "Wait for ever",
                              "run": f"echo once\necho >> {self.began}\nsleep infinity"})

    def test_its_run_is_interrupted_told_to_people_and_not_repeated(self) -> None:
        run = self.start_run()
        wait_until("the step", lambda: self.began.read_text() == "\n")
        [under_way] = [o for o in machine.objects("status") if o["type"] == "workflow_run"]
        self.assertEqual((under_way["run"], [(s["job"], s["name"]) for s in under_way["running"]]),
                         (run, [("ship", "Wait for ever")]))
        machine.kill_controller()
        ended = self.wait_for_end(run)
        self.assertEqual((ended["outcome"], ended["cause"]),
                         ("interrupted", "the controller died while its job ship ran its step 2 (Wait for ever)"))
        wait_until("the message", lambda: Slack.texts != [])
        self.assertIn("workflow Ship was interrupted", Slack.texts[0])
        self.assertIn("step 2 (Wait for ever)", Slack.texts[0])
        watched = machine.sluice("watch", run, check=False)
        self.assertEqual(watched.returncode, FAILED)
        self.assertIn("Wait for ever", watched.stdout)
        self.assertIn("interrupted", watched.stdout)
        logs = machine.sluice("logs", run)
        self.assertIn("once", logs.stdout)
        self.assertIn(f"the run {run} ended: interrupted", logs.stdout)
        self.assertEqual([o for o in machine.objects("status") if o["type"] == "workflow_run"], [])
        self.assertEqual(self.began.read_text(), "\n", "the step is not repeated")

    def test_a_message_that_nobody_took_is_sent_by_the_next_controller(self) -> None:
        Slack.status = 503
        run = self.start_run()
        wait_until("the step", lambda: self.began.read_text() == "\n")
        machine.kill_controller()
        self.wait_for_end(run)
        machine.kill_controller()
        machine.sluice("status")
        Slack.status = 200
        wait_until("the message", lambda: Slack.texts != [])
        self.assertIn("workflow Ship was interrupted", Slack.texts[0])


class KilledWhileItsDeploymentBakes(RunCase):
    def start_and_kill(self, version: str, *after: dict) -> str:
        machine.strategy["steps"] = LONG_STEPS
        self.commit(version, {"name": "Deploy it", "run": "sluice deploy web --image test --wait"}, *after)
        run = self.start_run()
        self.wait_for_bake(10)
        [deployment] = machine.deployments()
        machine.kill_controller()
        [again] = machine.deployments()
        self.assertEqual(again["deployment"], deployment["deployment"])
        return run

    def test_its_run_ends_as_the_deployment_does(self) -> None:
        run = self.start_and_kill("followed")
        self.assertIsNone(self.ended(run))
        [under_way] = [o for o in machine.objects("status") if o["type"] == "workflow_run"]
        [deployment] = machine.deployments()
        self.assertEqual(under_way["running"][0]["deployments"], [deployment["deployment"]])
        watching = machine.start_sluice("watch", run)
        machine.sluice("promote", "web", "--full")
        self.assertEqual(machine.end_of(watching).returncode, SUCCEEDED)
        ended = self.wait_for_end(run)
        self.assertEqual((ended["outcome"], ended["cause"]), ("success", None))
        self.assertEqual(machine.newest()["type"], "ended_run")
        self.assertEqual(Slack.texts, [])

    def test_its_run_fails_when_the_deployment_is_taken_back(self) -> None:
        run = self.start_and_kill("taken-back")
        machine.sluice("rollback", "web", "--reason", "odd")
        ended = self.wait_for_end(run)
        self.assertEqual(ended["outcome"], "failure")
        self.assertRegex(ended["cause"], r"job ship failed at its step 2: the deployment \S+ ended rolled_back: .*odd")
        wait_until("the message", lambda: any("workflow Ship failed" in text for text in Slack.texts))
        self.assertEqual(machine.sluice("watch", run, check=False).returncode, FAILED)

    def test_its_run_is_interrupted_when_something_was_still_to_come(self) -> None:
        run = self.start_and_kill("more-to-come", {"name": "More", "run": "echo more"})
        ended = self.wait_for_end(run)
        [deployment] = machine.deployments()
        self.assertEqual(ended["outcome"], "interrupted")
        self.assertIn(f"asked for the deployment {deployment['deployment']}", ended["cause"])


class SeveralServices(RunCase):
    def test_one_command_deploys_all_of_them_though_the_controller_is_killed_between(self) -> None:
        machine.strategy["steps"] = LONG_STEPS
        machine.configure({"VERSION": "both"})
        described = json.loads((machine.folder / "sluice.yaml").read_text())
        described["services"]["api"] = described["services"]["web"] | {
            "depends_on": ["web"], "route": {"host": "api.test"}}
        described["services"]["api"]["smoke"] = described["services"]["web"]["smoke"] = []
        (machine.folder / "sluice.yaml").write_text(json.dumps(described))
        waiting = machine.start_sluice("deploy", "--image", "test", "--json")
        self.wait_for_bake(10)
        under_way = {d["service"]: d for d in machine.deployments()}
        self.assertEqual(set(under_way), {"web", "api"})
        first = under_way["web"]
        machine.kill_controller()
        wait_until("its bake again", lambda: any(
            (d["service"], d["stage"]) == ("web", "bake") for d in machine.deployments()))
        machine.sluice("promote", "web", "--full")
        ended = machine.end_of(waiting)
        self.assertEqual(ended.returncode, SUCCEEDED, ended.stdout + ended.stderr)
        self.assertIn("api", machine.services())
        accepted = [o["deployment"] for o in map(json.loads, ended.stdout.splitlines()) if o["type"] == "accepted"]
        self.assertEqual(set(accepted), {first["deployment"], first["deployment"] + ".2"})
        self.assertEqual(len([o for o in machine.objects("history") if o.get("deployment", "").startswith(first["deployment"])]), 2)


class SecretsOfVariables(RunCase):
    """A replica must be able to start again, whatever has become of the command that brought the variable."""

    def setUp(self) -> None:
        super().setUp()
        machine.configure({"VERSION": "secret"}, secrets={"KEY": {"env": "MODEL_KEY"}})
        machine.sluice("deploy", "web", "--image", "test", MODEL_KEY="sesame")

    def replicas(self) -> list[str]:
        return subprocess.run(["podman", "ps", "--quiet", "--filter", f"label=sluice.project={machine.project}",
                               "--filter", "label=sluice.service=web"],
                              text=True, capture_output=True, check=True).stdout.split()

    def kill_a_replica(self) -> str:
        victim = self.replicas()[0]
        subprocess.run(["podman", "kill", "--signal", "KILL", victim], stdout=subprocess.DEVNULL, check=True)
        return victim

    def wait_for_two_without(self, victim: str) -> None:
        wait_until("two replicas", lambda: len(self.replicas()) == 2 and victim not in self.replicas())

    def test_they_outlive_the_controller(self) -> None:
        machine.kill_controller()
        machine.sluice("status")
        self.wait_for_two_without(self.kill_a_replica())

    def test_what_is_missing_after_all_was_killed_is_named_and_recover_brings_it(self) -> None:
        controller = machine.controller_pid()
        os.kill(os.getsid(controller), signal.SIGKILL)
        os.kill(controller, signal.SIGKILL)
        wait_until("the controller's end", lambda: not Path(f"/proc/{controller}").exists())
        victim = self.kill_a_replica()
        machine.sluice("status")
        wait_until("the problem", lambda: any("MODEL_KEY" in (o.get("problem") or "") for o in machine.objects("status")))
        self.assertEqual(len(self.replicas()), 1)
        refused = machine.sluice("recover", check=False)
        self.assertEqual(refused.returncode, FAILED)
        self.assertIn("the variable MODEL_KEY, which holds a secret, is not known", refused.stderr)
        machine.sluice("recover", MODEL_KEY="sesame")
        self.wait_for_two_without(victim)


if __name__ == "__main__":
    unittest.main(verbosity=2)
