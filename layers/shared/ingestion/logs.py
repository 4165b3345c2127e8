"""The log of the functions that have more to tell than counts; never what a message says.

Powertools' logger adds the invocation to each line, and loading it takes a tenth of what a function
of the stream needs to start. Those log nothing, so they do not import this (ADR 0024).
"""

from aws_lambda_powertools.logging.logger import Logger

from ingestion.domain.conservation import HourAccount

logger = Logger()


def log_account(account: HourAccount) -> None:
    """Log the account of an hour, as an error if it does not hold; of the unexplained the ids."""
    log = logger.info if account.holds else logger.error
    log(
        "hour reconciled",
        hour=account.hour.partition,
        received=account.received,
        ends=account.ends,
        unexplained=account.unexplained,
        duplicates=account.duplicates,
        has_other_rules=account.has_other_rules,
    )
