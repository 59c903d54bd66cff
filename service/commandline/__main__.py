"""``python -m service.commandline``."""

import sys

from service.commandline.main import main

if __name__ == "__main__":
    sys.exit(main())
