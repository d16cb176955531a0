"""Where the frozen program starts: the command `mammoview`."""

import multiprocessing
import sys
import warnings

from mammoview.__main__ import main

if __name__ == "__main__":
    # PyTorch reads its source for TorchScript, which the program does not use; the source is not in the folder.
    warnings.filterwarnings("ignore", message="Unable to retrieve source")
    # The processes of `assess --jobs` start here, too.
    multiprocessing.freeze_support()
    sys.exit(main())
