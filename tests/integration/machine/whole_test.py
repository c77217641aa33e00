"""The example's four services on one machine, as its README says: built from a commit, deployed as one release of the environment
`whole`, and found by each other through the front door. Its own sluice.yaml, but for ports."""

import http.client
import json
import shutil
import subprocess
import sys
import threading
import unittest
from collections.abc import Callable
from pathlib import Path

from sluice_machine import SluiceMachine, need, wait_until

BUILD = Path(sys.argv.pop(1)).resolve()
SOURCE = Path(__file__).resolve().parents[3]
EXAMPLE = SOURCE / "examples/mangaassist"
SERVICES = ["classifier", "guardrails", "orchestrator", "rag"]


class Customers:
    """Ask one after the other, until they are told to stop: what was not answered with 200."""

    def __init__(self, ask: Callable[[str], tuple[int, str, str]]) -> None:
        self._ask, self._stop = ask, threading.Event()
        self.asked, self.bad = 0, []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Customers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            status, _, body = self._ask("recommend something about tennis")
            self.asked += 1
            if status != 200:
                self.bad.append((status, body))


class Whole(unittest.TestCase):
    def setUp(self) -> None:
        need("mmdebstrap")
        subprocess.run([SOURCE / "tools/base_image.sh"], check=True)
        self.machine = machine = SluiceMachine(BUILD)
        self.addCleanup(machine.__exit__)
        for part in ("src", "Dockerfile", ".dockerignore", "requirements.txt"):
            copy = shutil.copytree if (EXAMPLE / part).is_dir() else shutil.copy
            copy(EXAMPLE / part, machine.folder / part)
        text = (EXAMPLE / "sluice.yaml").read_text()
        for theirs, ours in (("127.0.0.1:20083", f"127.0.0.1:{machine.front_door}"),
                             ("whole: 127.0.0.1:5000", f"whole: 127.0.0.1:{machine.registry}"),
                             ("project: mangaassist", f"project: {machine.project}"),
                             ("drain: 30s", "drain: 5s")):
            self.assertIn(theirs, text)
            text = text.replace(theirs, ours)
        (machine.folder / "sluice.yaml").write_text(text)
        (machine.folder / ".gitignore").write_text("/home/\n/run/\n")
        machine.git("init", "--quiet", "--initial-branch=main")

    def commit(self) -> str:
        """A version, as far as the registry; the tag of its image."""
        self.machine.git("add", "--all")
        self.machine.git("commit", "--quiet", "--message", "a version")
        for stage in ("build", "check", "scan", "push"):
            self.machine.sluice("image", stage, "orchestrator", "--environment", "whole")
        return f"sha-{self.machine.git('rev-parse', 'HEAD')}"

    def deploy(self, image: str) -> None:
        """Steps may go on until enough was seen of both versions."""
        ended = self.machine.end_of(self.machine.start_sluice("deploy", "--environment", "whole", "--image", image), 600)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)

    def ask(self, message: str) -> tuple[int, str, str]:
        """Status, the version that answered, and the reply or what went wrong."""
        connection = http.client.HTTPConnection("127.0.0.1", self.machine.front_door, timeout=30)
        try:
            connection.request("POST", "/api/v1/chat", json.dumps({"message": message}), {"content-type": "application/json"})
            answer = connection.getresponse()
            body = answer.read().decode()
            return answer.status, answer.getheader("x-app", ""), json.loads(body)["reply"] if answer.status == 200 else body
        except (OSError, http.client.HTTPException) as error:
            return 0, "", repr(error)
        finally:
            connection.close()

    def test_goes_forward_as_one_release_whose_services_find_each_other(self) -> None:
        self.deploy(self.commit())
        self.assertEqual(self.machine.outcomes("whole"), dict.fromkeys(SERVICES, "succeeded"))
        status, version, reply = self.ask("recommend something about tennis")
        self.assertEqual((status, version), (200, "1.0.0"), reply)
        self.assertIn("First Serve", reply)
        for service in ("classifier", "rag", "guardrails"):
            wait_until(f"a request in the log of {service}", lambda service=service: "/internal/" in self.machine.sluice(
                "logs", service, "--environment", "whole").stdout)
        subprocess.run(["git", "apply", EXAMPLE / "versions/02-say-why.patch", "--include=src/*"], cwd=self.machine.folder, check=True)
        second = self.commit()
        with Customers(self.ask) as customers:
            wait_until("customers", lambda: customers.asked > 20)
            self.deploy(second)
        self.assertEqual(customers.bad, [])
        self.assertEqual(self.machine.outcomes("whole"), dict.fromkeys(SERVICES, "succeeded"))
        status, version, reply = self.ask("recommend something about tennis")
        self.assertEqual((status, version), (200, "1.1.0"), reply)
        self.assertTrue(reply.startswith("If you like sports and romance"), reply)


if __name__ == "__main__":
    unittest.main(verbosity=2)
