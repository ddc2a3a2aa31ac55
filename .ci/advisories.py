"""Known weaknesses of the locked dependencies, by pip-audit where it is installed and its service answers.

It is no dependency of ours: it brings thirty packages for one question. Where it cannot be asked, that is said and is
no fault, so that the check works offline. It asks whatever index pip itself is set up for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

_PATIENCE = 120
"""Seconds."""
_AUDIT = (
    sys.executable, "-m", "pip_audit", "--requirement", "requirements.lock", "--disable-pip", "--no-deps",
    "--format", "json", "--progress-spinner", "off",
)  # fmt: skip


def ask(command: Sequence[str] = _AUDIT) -> tuple[int, str]:
    """The exit code, and what to say: 1 only where a weakness is known."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603 - our own words
        said = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return 0, "advisories: not looked up (pip-audit is not installed here, or its service does not answer)"
    weak = [
        f"{each['name']} {each['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'none yet'}"
        for each in said
        for flaw in each.get("vulns", ())
    ]
    return (1, "\n".join(weak)) if weak else (0, f"advisories: none for {len(said)} packages")


if __name__ == "__main__":
    code, word = ask()
    sys.stdout.write(f"{word}\n")
    sys.exit(code)
