"""Makes a function's zip: `tools/package_function.py overflow|websocket OUT.zip`.

The same sources give the same bytes, anywhere: names are sorted, times and modes fixed, nothing is compressed (zlib's
versions differ). So a zip with another digest is another function.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OVERFLOW = ["functions/__init__.py", "functions/overflow", "src"]
_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say
_MODE = 0o100644 << 16


def overflow_files() -> Iterator[tuple[str, Path]]:
    """Names in the zip, and the files: the handler and what it imports, as they lie in the repository."""
    for part in OVERFLOW:
        path = ROOT / part
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(ROOT).as_posix(), file


def websocket_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names in the zip, and the files: the TypeScript compiled into `folder`, and that it is of modules."""
    subprocess.run([ROOT / "tools" / "node_modules.sh"], check=True)  # noqa: S603
    compiler = ROOT / "node_modules" / ".bin" / "tsc"
    subprocess.run([compiler, "--project", ROOT / "tsconfig.emit.json", "--outDir", folder], check=True)  # noqa: S603
    for file in (folder / "src").glob("*.js"):
        yield file.name, file
    package = folder / "package.json"
    package.write_text('{"type": "module"}\n')
    yield package.name, package


def write_zip(out: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Writes the zip whole, or not at all."""
    partial = out.with_name(out.name + ".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name, file in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3  # Unix, so that the mode counts
            entry.external_attr = _MODE
            archive.writestr(entry, file.read_bytes())
    partial.replace(out)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Makes a function's zip; the same sources give the same bytes.")
    parser.add_argument("function", choices=["overflow", "websocket"])
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = overflow_files() if options.function == "overflow" else websocket_files(Path(folder))
        write_zip(options.out, files)
    return 0


if __name__ == "__main__":
    sys.exit(main())
