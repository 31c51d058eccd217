"""Entry point of the image: `python3 -I -B /opt/aerogrid/builder resolve|push`."""

import sys

from aerogrid_builder.main import main

sys.exit(main(sys.argv[1:]))
