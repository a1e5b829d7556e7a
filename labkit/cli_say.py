"""What all commands share: how they say something, and how they end when something is wrong."""

import typer
from rich.console import Console

console = Console()


def or_exit(action):
    """What `action()` gives, or exit code 2 with the one line of its error."""
    try:
        return action()
    except (ValueError, OSError, ModuleNotFoundError) as error:
        missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        advice = f": pip install {missing}" if missing else ""
        say(f"labkit: {error}{advice}", style="red", to=Console(stderr=True))
        raise typer.Exit(2) from None


def say(line: str, *, style: str = "", to: Console | None = None) -> None:
    """Print a line as it is: not folded, so that it can be copied and searched; no markup."""
    (to or console).print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def cell_bars():
    """Progress bars that count cells; they vanish at the end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("cells"))
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
