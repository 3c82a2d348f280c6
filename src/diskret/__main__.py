"""`python -m diskret`: the command line."""

from diskret.cli import main

if __name__ == "__main__":
    main()
