"""Run the command line with ``python -m tipoff``."""

from tipoff.cli.app import main

if __name__ == "__main__":
    main()
