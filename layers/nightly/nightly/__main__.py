"""See `command_line`."""

import sys

from nightly.command_line import main

sys.exit(main())
