"""Whether the account that answers is the one that the runs were made in."""

from __future__ import annotations

from labcli.aws.targets import Target
from labcli.context import Context
from labcli.errors import TargetError
from labcli.run.ledger.runs import Run, all_runs


def refuse_switched_account(context: Context, target: Target) -> None:
    """TargetError when the same words led to another account at the time of the runs, and nothing is known of this one.

    A profile whose credentials were changed would otherwise find nothing here, and a cleanup say that nothing is left.
    """
    if target.name == "local":
        return
    live = [run for run in all_runs(context) if run.live and run.target != "local"]
    elsewhere = [run for run in live if _by_the_same_words(run, target)]
    if not elsewhere or any(run.target == target.key for run in live):
        return
    last = elsewhere[-1]
    raise TargetError(
        f"the run of {last.lab} belongs to account {last.account}; "
        f"these credentials are now for {target.place.account}",
        f"Use the credentials of {last.account}: --profile NAME --region {last.region}",
    )


def _by_the_same_words(run: Run, target: Target) -> bool:
    same = run.record.header.get("profile", "") == target.profile
    return same and run.account not in ("", target.place.account)
