"""Old images are removed after deployments, from podman and from the registry of sluice's own: with the real programs."""

import json
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

from sluice_machine import SluiceMachine, wait_until

BUILD = Path(sys.argv.pop(1))
KEPT = 6  # what serves, and the five revisions before it
VERSIONS = 9


class Retention(unittest.TestCase):
    def setUp(self) -> None:
        self.machine = SluiceMachine(BUILD)
        self.addCleanup(self.machine.__exit__)
        self.machine.prepare()
        self.machine.strategy["steps"] = [{"weight": "100%", "bake": "1s"}]

    def publish(self, version: int) -> None:
        """An image of its own under the tag vN, in the registry only."""
        context = self.machine.folder / "context"
        context.mkdir(exist_ok=True)
        (context / "responder").write_bytes((BUILD / "bench/responder").read_bytes())
        (context / "responder").chmod(0o755)
        (context / "version").write_text(f"{self.machine.project} {version}")
        (context / "Containerfile").write_text(
            'FROM scratch\nCOPY responder /responder\nCOPY version /version\nCMD ["/responder"]\n')
        image = f"localhost/{self.machine.project}:v{version}"
        subprocess.run(["buildah", "bud", "--isolation", "chroot", "--format", "docker", "--quiet", "-t", image, context],
                       check=True, stdout=subprocess.DEVNULL)
        self.machine.copy_image(f"containers-storage:{image}", f"v{version}")
        subprocess.run(["podman", "rmi", image], check=True, stdout=subprocess.DEVNULL)

    def tags(self) -> set[str]:
        """Those in the registry that lead to an image; while it frees its disk it does not answer."""
        url = f"http://127.0.0.1:{self.machine.registry}/v2/responder/tags/list"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return set(json.load(answer)["tags"])
        except OSError:
            return set()

    def local_images(self) -> int:
        listed = subprocess.run(["podman", "images", "--format", "json"], text=True, capture_output=True, check=True)
        prefix = f"127.0.0.1:{self.machine.registry}/responder@"
        return sum(name.startswith(prefix) for image in json.loads(listed.stdout) for name in image.get("Names") or [])

    def test_the_last_five_revisions_stay_and_older_ones_go(self) -> None:
        load = self.machine.start_load(50)
        for version in range(1, VERSIONS + 1):
            self.publish(version)
            self.machine.configure({"VERSION": str(version)})
            self.machine.sluice("deploy", "web", "--image", f"v{version}")
        kept = {f"v{version}" for version in range(VERSIONS - KEPT + 1, VERSIONS + 1)}
        # The image `test` was pushed by somebody else and never deployed: it is none of sluice's business.
        wait_until("the registry has only what is kept", lambda: self.tags() == kept | {"test"})
        wait_until("podman has only what is kept", lambda: self.local_images() == KEPT)
        # The oldest that is kept can be gone back to, and the registry takes images again.
        revision = self.machine.objects("history", "web")[KEPT - 1]["revision"]
        self.machine.sluice("rollback", "web", "--to", revision, "--wait")
        self.assertEqual(self.machine.newest()["outcome"], "succeeded")
        self.publish(VERSIONS + 1)
        self.assertIn(f"v{VERSIONS + 1}", self.tags())
        summary = self.machine.end_load(load)
        self.assertEqual(summary["failed_by_application"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
