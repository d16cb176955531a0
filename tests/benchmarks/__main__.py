"""`make benchmark`: the table of the README, measured on this machine with the sample study."""

from __future__ import annotations

import subprocess
import sys

from mammoview.cli import sample_study

if __name__ == "__main__":
    for name, more in (("window_times", ["3"]), ("assessing", []), ("ratios", [])):
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}", str(sample_study()), *more], check=True)
    print("== scanning", flush=True)
    subprocess.run([sys.executable, "-m", "tests.benchmarks.scanning"], check=True)
