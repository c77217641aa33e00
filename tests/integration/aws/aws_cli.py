"""The AWS CLI, with the keys of `admin`: what a person would look with."""

import json
import os
import subprocess
from pathlib import Path

from aws_simulator import Simulator, environment

REQUIREMENTS = Path(__file__).resolve().parent / "template_requirements.txt"


class AwsCli:
    def __init__(self, build: Path, aws: Simulator) -> None:
        self.folder = environment.add(build, REQUIREMENTS)
        self.environment = aws.environment() | {
            "AWS_ACCESS_KEY_ID": aws.admin["access_key"], "AWS_SECRET_ACCESS_KEY": aws.admin["secret_key"],
            "PYTHONPATH": str(self.folder), "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def __call__(self, *arguments: str) -> dict:
        """What `aws ARGUMENTS` prints as JSON."""
        done = subprocess.run(["aws", *arguments, "--output", "json"], env=self.environment, text=True, capture_output=True,
                              timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)
