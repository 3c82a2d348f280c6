"""`python -m contacts`."""

from contacts.cli import main

if __name__ == "__main__":
    main()
