"""`sluice image build|check|scan|push` and the deployment of what they made: with the real program, buildah and podman."""

import shutil
import sys
import unittest
from pathlib import Path

from sluice_machine import SluiceMachine

BUILD = Path(sys.argv.pop(1))
CONTAINERFILE = """FROM scratch
COPY responder /responder
CMD ["/responder"]
"""


class Image(unittest.TestCase):
    def setUp(self) -> None:
        self.machine = machine = SluiceMachine(BUILD)
        self.addCleanup(machine.__exit__)
        machine.prepare()
        machine.strategy["steps"] = [{"weight": "100%", "bake": "1s"}]
        shutil.copy(BUILD / "bench/responder", machine.folder / "responder")
        (machine.folder / "Dockerfile").write_text(CONTAINERFILE)
        machine.configure({"VERSION": "1"})
        machine.git("init", "--quiet", "--initial-branch=main")
        (machine.folder / ".gitignore").write_text("/home/\n/run/\n")
        machine.git("add", ".gitignore", "Dockerfile", "sluice.yaml", "responder")
        machine.git("commit", "--quiet", "--message", "first")
        self.commit = machine.git("rev-parse", "HEAD")

    def test_from_a_commit_to_a_deployment(self) -> None:
        machine = self.machine
        built = machine.sluice("image", "build", "web").stdout.splitlines()
        self.assertIn("STEP 2/3: COPY responder /responder", built, "the build's own lines are shown while it builds")
        self.assertRegex(built[-1], f"^image [0-9a-f]{{12}} of commit {self.commit[:12]}$")
        self.assertIn("GET /health on port 8080 answers 200", machine.sluice("image", "check", "web").stdout)
        self.assertIn("scanning is off: sluice.yaml says so", machine.sluice("image", "scan", "web").stdout)
        reference = machine.sluice("image", "push", "web").stdout.splitlines()[-1]
        self.assertRegex(reference, f"^127.0.0.1:{machine.registry}/responder@sha256:[0-9a-f]{{64}}$")
        again = machine.objects("image", "push", "web")
        self.assertTrue(next(o for o in again if o["type"] == "image_pushed")["reused"])
        machine.sluice("deploy", "web", "--image", f"sha-{self.commit}")
        self.assertEqual(machine.newest()["outcome"], "succeeded")

    def test_what_cannot_start_is_refused_and_a_broken_build_says_where(self) -> None:
        machine = self.machine
        (machine.folder / "Dockerfile").write_text(CONTAINERFILE.replace('"/responder"', '"/respnder"'))
        machine.git("commit", "--quiet", "--all", "--message", "a wrong command")
        machine.sluice("image", "build", "web")
        refused = machine.sluice("image", "check", "web", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("refused:", refused.stderr)
        self.assertIn("/respnder", refused.stderr)
        self.assertNotEqual(machine.sluice("image", "push", "web", check=False).returncode, 0, "what was refused is pushed")
        (machine.folder / "Dockerfile").write_text(CONTAINERFILE.replace("COPY responder", "COPY respnder"))
        machine.git("commit", "--quiet", "--all", "--message", "a wrong file")
        broken = machine.sluice("image", "build", "web", check=False)
        self.assertNotEqual(broken.returncode, 0)
        self.assertIn("respnder", broken.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
