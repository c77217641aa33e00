#!/usr/bin/env python3
"""Says of each JSON file whether it is valid under a JSON Schema: `ok NAME` or `refused NAME: why`.

    validate.py SCHEMA FILE…

The schema itself is checked first.
"""
import json
import pathlib
import sys

import jsonschema

schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in map(pathlib.Path, sys.argv[2:]):
    error = next(validator.iter_errors(json.loads(path.read_text())), None)
    if error is None:
        print(f"ok {path.stem}")
    else:
        print(f"refused {path.stem}: {error.json_path}: {error.message[:200]!r}")
