"""`holdfast rotate-secrets`: with a progress bar."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from holdfast.commands.sealed import Resealed, count_sealed, reseal_all
from holdfast.commands.tools import with_database
from holdfast.config import Settings, check_secret_key, keep_secret_key
from holdfast.kernel.db import Database


def rotate_secrets(settings: Settings, console: Console) -> int:
    """Seal all that is kept sealed with today's secret key.

    Returns:
        The exit code: 1 when something is sealed with none of the keys.
    """
    check_secret_key(settings)
    if settings.secret_key is None:
        kept = keep_secret_key(settings.data_dir.resolve())
        settings = settings.model_copy(update={"secret_key": kept})
    bar = Progress(
        TextColumn("{task.description:40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )

    async def work(db: Database) -> Resealed:
        with bar:
            task = bar.add_task("counting", total=await count_sealed(db))

            def told(what: str, count: int) -> None:
                bar.update(task, description=what, advance=count)

            return await reseal_all(db, settings, told)

    done = with_database(settings, work)
    console.print(f"{done.anew:,} sealed anew, {done.already:,} were sealed with today's key.")
    if done.unreadable:
        console.print(
            f"[red]{done.unreadable:,} cannot be opened[/] by HOLDFAST_SECRET_KEY or any key of "
            "HOLDFAST_SECRET_KEY_PREVIOUS: name the key that they were sealed with."
        )
        return 1
    if settings.secret_key_previous:
        console.print("HOLDFAST_SECRET_KEY_PREVIOUS is no longer needed for what is sealed.")
    return 0
