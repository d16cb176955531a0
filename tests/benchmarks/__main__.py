"""`make benchmark`: the figures of the README, measured on this machine with the sample study."""

from __future__ import annotations

import subprocess
import sys

from mammoview.formats.opening.sample_study import sample_study

if __name__ == "__main__":
    study = str(sample_study())
    for name, words in (
        ("window_times", [study, "3"]),
        ("opening", [study, "3"]),
        ("assessing", [study]),
        ("cancelling", [study]),
        ("ratios", [study]),
        ("scanning", []),
        ("smoothness", []),
        ("many_rows", []),
        ("memory", ["10"]),
    ):
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}", *words], check=True)
