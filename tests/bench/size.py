"""How much disk an installation takes, and what it must not bring."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.row import Row

ROOT = Path(__file__).parent.parent.parent
UNWANTED = ("numpy", "pandas", "pydantic")


def installed() -> list[Row]:
    """Megabytes (10^6) of file lengths in a fresh folder, without what Python compiles."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "target")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]
        # The build tool stands in constraints.txt and is installed with the tests.
        command = [*pip, "--no-build-isolation", "-c", str(ROOT / "constraints.txt"), "--target", str(target)]
        done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            return [Row("size", None, "MB", 45, f"pip failed: {done.stderr.strip()[-100:]}")]
        sizes = {
            path: path.stat().st_size
            for path in target.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        names = {path.name.split("-")[0].lower() for path in target.glob("*.dist-info")}
    brought = [name for name in UNWANTED if name in names]
    own = sum(
        size for path, size in sizes.items() if path.relative_to(target).parts[0] in ("sutaz_tui", "widgets")
    )
    words = f"{len(names)} distributions, {own / 1e6:.1f} MB of it ours"
    return [
        Row("size", sum(sizes.values()) / 1e6, "MB", 45, words),
        Row(
            "size-unwanted",
            len(brought),
            "",
            0,
            f"none of {', '.join(UNWANTED)} may come: {', '.join(brought) or 'none did'}",
        ),
    ]
