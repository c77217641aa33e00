"""`sluice doctor` with the real program: a controller that is absent, answers or is silent, and programs that are absent."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from sluice_machine import wait_until

BUILD = Path(sys.argv.pop(1))


class DoctorTest(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-doctor-"))
        self.home, self.run_directory = self.folder / "home", self.folder / "run"
        self.env = os.environ | {"SLUICE_HOME": str(self.home), "SLUICE_RUN": str(self.run_directory)}
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def sluice(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([BUILD / "sluice", *arguments], env=self.env | env, text=True, capture_output=True,
                              timeout=120, check=False)

    def findings(self, **env: str) -> dict[str, dict]:
        result = self.sluice("doctor", "--json", **env)
        found = {finding["name"]: finding for finding in map(json.loads, result.stdout.splitlines())}
        lacking = [finding for finding in found.values() if finding["status"] == "lacks"]
        self.assertEqual(result.returncode, 1 if lacking else 0, result.stdout + result.stderr)
        return found

    def test_looks_at_a_machine_without_a_controller_and_leaves_nothing_behind(self) -> None:
        found = self.findings()
        self.assertEqual(found["controller"]["status"], "note")
        self.assertEqual(found["podman"]["status"], "ok")
        self.assertEqual(found["podman info"]["status"], "ok")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_names_every_program_that_is_absent(self) -> None:
        found = self.findings(PATH=str(self.folder))
        for name in ("podman", "haproxy", "buildah", "git"):
            self.assertEqual(found[name]["command"], f"apt-get install {name}")

    def test_a_controller_that_is_silent_can_be_mended_with_the_command(self) -> None:
        self.assertEqual(self.sluice("status").returncode, 0)
        self.addCleanup(self.end_controller)
        self.assertEqual(self.findings()["controller"]["status"], "ok")
        os.kill(int((self.run_directory / "controller.pid").read_text()), signal.SIGSTOP)
        silent = self.findings()["controller"]
        self.assertEqual(silent["status"], "lacks")
        subprocess.run(silent["command"].split(), check=True)
        wait_until("the controller answers again", lambda: self.findings()["controller"]["status"] == "ok")

    def end_controller(self) -> None:
        self.sluice("shutdown", "--everything")
        wait_until("the controller's end", lambda: not (self.run_directory / "control.sock").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
