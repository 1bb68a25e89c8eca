"""Verification as a command: a progress bar, a table, and an exit code."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from holdfast.verify.operations import Progress as Verified
from holdfast.verify.operations import check_database
from holdfast.verify.report import Report
from holdfast.verify.store import CannotVerify

CLEAN, VIOLATED, COULD_NOT_RUN = 0, 1, 2
NOT_SEEN = (
    "I2 and I3 are seen as far as recorded answers go: a write that was lost together with its "
    "record, or work done twice before there was one, leaves no trace."
)


def run(url: str, console: Console) -> int:
    """Check the database and say what was found.

    Returns:
        The exit code: 0 clean, 1 with violations, 2 when the check could not be made.
    """
    bar = Progress(
        TextColumn("{task.description:36}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    try:
        with bar:
            task = bar.add_task("counting rows", total=None)

            def show(verified: Verified) -> None:
                bar.update(
                    task,
                    description=verified.title,
                    completed=verified.rows_done,
                    total=verified.rows_total,
                )

            report = check_database(url, show)
    except CannotVerify as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return COULD_NOT_RUN
    console.print(_table(report))
    console.print(f"[dim]{NOT_SEEN}[/dim]")
    _print_violations(report, console)
    return CLEAN if report.is_clean else VIOLATED


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Rule")
    table.add_column("Check")
    for name in ("Rows", "Violations", "Seconds"):
        table.add_column(name, justify="right")
    for result in report.results:
        table.add_row(
            result.invariant,
            result.title,
            f"{result.rows:,}",
            f"[red]{result.violation_count:,}[/red]" if result.violation_count else "0",
            f"{result.duration_seconds:.1f}",
        )
    return table


def _print_violations(report: Report, console: Console) -> None:
    console.print()
    for result in report.results:
        for violation in result.violations:
            console.print(str(violation), markup=False, highlight=False, soft_wrap=True)
        left_out = result.violation_count - len(result.violations)
        if left_out:
            console.print(f"{result.invariant} {result.title}: and {left_out:,} more")
    looked = f"{report.rows:,} rows looked at in {report.duration_seconds:.1f} s"
    if report.is_clean:
        console.print(f"[green]No violations.[/green] {looked}.")
    else:
        console.print(f"[red]{report.violation_count:,} violations.[/red] {looked}.")
