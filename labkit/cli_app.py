"""`labkit app`: the page of a trained network, served until Ctrl-C."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.cli_say import or_exit, say

Model = Annotated[Path, typer.Argument(help=".keras file of labkit.save, or an .h5.", show_default=False)]
Examples = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of pictures to choose from; may have class folders."),
]
Share = Annotated[bool, typer.Option("--share", help="A public link through gradio.live.")]
Host = Annotated[str, typer.Option(help="0.0.0.0 opens the page to your network.")]
Port = Annotated[
    int | None, typer.Option(min=1, max=65535, help="The first free one from 7860 if not given.")
]
Classes = Annotated[
    str | None, typer.Option(metavar="A,B,...", help="Names of the classes, for a file that has none.")
]
Preprocessing = Annotated[
    str | None, typer.Option(help="For a file of elsewhere: unit (pixels / 255), caffe, tf, torch or none.")
]


def app(
    model: Model,
    examples: Examples = None,
    share: Share = False,
    host: Host = "127.0.0.1",
    port: Port = None,
    classes: Classes = None,
    preprocessing: Preprocessing = None,
) -> None:
    """Open a page where people show pictures to a trained network: webcam, upload, examples. Ctrl-C ends it."""
    from labkit.app.server import import_gradio

    or_exit(import_gradio)
    say("Opening the network ...", style="dim")
    names = [name.strip() for name in classes.split(",")] if classes else None
    wishes = {
        "class_names": names,
        "preprocessing": preprocessing,
        "share": share,
        "host": host,
        "port": port,
    }
    page = or_exit(lambda: _quietly(model, examples=examples, **wishes))
    say(repr(page))
    say("Ctrl-C ends it.", style="dim")
    page.wait()


def _quietly(model: Path, **wishes):
    """The page, without TensorFlow's greeting."""
    from labkit.app import demo
    from labkit.machine import quiet_stderr

    with quiet_stderr():
        return demo(model, **wishes)
