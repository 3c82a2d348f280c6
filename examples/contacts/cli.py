"""The command line: which file, which server, who signs in, which diagnostics."""

import argparse
import logging
from pathlib import Path

from contacts import diagnostics
from contacts.summary import birthdays_by_month
from contacts.sync import Server, sync_all
from contacts.vcard import read_cards

log = logging.getLogger(__name__)


def main() -> None:
    """Read the cards, sync them, print a summary."""
    parser = argparse.ArgumentParser(prog="contacts", description=__doc__)
    parser.add_argument("file", type=Path, help="vCard file")
    parser.add_argument("--server", required=True, help="URL of the address book, with credentials")
    parser.add_argument("--token", required=True, help="API token")
    parser.add_argument("--user", required=True, help="e-mail address of whoever signs in")
    parser.add_argument("--diagnostics", choices=diagnostics.KINDS, default="none")
    options = parser.parse_args()

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    diagnostics.start(options.diagnostics, options.user)

    log.info("signed in as %s", options.user)
    contacts = read_cards(options.file)
    server = Server(options.server, options.token)
    synced = sync_all(contacts, server)
    log.info("synced %d of %d contacts", synced, len(contacts))
    for month, names in birthdays_by_month(contacts).items():
        print(month, ", ".join(names))
