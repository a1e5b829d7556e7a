"""demo(): the page served from this process, to this machine only unless asked otherwise."""

import threading
from collections.abc import Sequence
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import config
from labkit.app.answer import answer
from labkit.app.words import MOST_MEGABYTES
from labkit.decoding import BadPictureError
from labkit.photo import read_picture
from labkit.runtime import on_colab

if TYPE_CHECKING:
    import keras

    from labkit.classifier import Classifier

LOOPBACK = "127.0.0.1"
MOST_EXAMPLES = 24
TRIES = 5
WAITING = 32  # pictures in the queue; more people than that are asked to try again
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}


class Demo:
    """A page that is being served.

    Attributes:
        url: on this machine.
        share_url: from anywhere, `""` if it is not shared.
    """

    def __init__(self, blocks: Any, wanted_share: bool) -> None:
        self._blocks, self._wanted_share = blocks, wanted_share
        self.url: str = blocks.local_url
        self.share_url: str = blocks.share_url or ""

    def close(self) -> None:
        """Stop serving and delete what Gradio has kept for the page."""
        self._blocks.close(verbose=False)

    def wait(self) -> None:
        """Serve until Ctrl-C."""
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def __repr__(self) -> str:
        lines = [f"The page is at {self.url}"]
        if self.share_url:
            lines = [
                f"Public link: {self.share_url}",
                "Whoever has the link can use the page, a phone too, until you stop it or for a week at most. "
                "Pictures pass through gradio.live.",
                f"On this machine: {self.url}",
            ]
        elif self._wanted_share:
            lines.append("No public link could be made: Gradio's server cannot be reached from here.")
        elif LOOPBACK not in self.url:
            lines.append(
                "Everybody in your network can open it; browsers allow a webcam only on this machine."
            )
        return "\n".join(lines)


def demo(
    model: "keras.Model | Classifier | str | PathLike",
    *,
    examples: str | PathLike | None = None,
    class_names: Sequence[str] | None = None,
    preprocessing: str | None = None,
    share: bool | None = None,
    host: str = LOOPBACK,
    port: int | None = None,
) -> Demo:
    """Open a page where people show pictures to a network: webcam, upload, examples (sheet S1.12).

    It shows the five most probable classes, what the network saw of the picture, the Grad-CAM++ overlay where
    the network allows one, and how long it took. The call returns at once and the page lives until `close()`
    or the end of the process; in a notebook it is shown below the cell.

    Args:
        model: a file that `labkit.save` wrote, what `labkit.load` returned, or a Keras model.
        examples: a folder of pictures to choose from; of class folders, some of each.
        class_names, preprocessing: for a model that does not bring them, see `labkit.load`.
        share: a public link through gradio.live, for a week at most. On Colab that is the default, as nobody
            can reach its machine otherwise; elsewhere the page is for this machine only.
        host: `"0.0.0.0"` opens the page to your network.
        port: the first free one from 7860 if not given.

    Raises:
        ModuleNotFoundError: Gradio is not installed.
        ValueError, OSError: the model, the folder or the port will not do; the message says why.
    """
    import_gradio()
    classifier = _classifier(model, class_names, preprocessing)
    pictures = [] if examples is None else example_pictures(examples)
    share = on_colab() if share is None else share
    answer(classifier, _blank(classifier))  # the first one takes seconds: nobody should wait for it
    config.private_gradio_folder()

    from labkit.app.page import page

    blocks = page(classifier, pictures, shared=share)
    _launch(blocks, share, host, port)
    return Demo(blocks, share)


def import_gradio() -> Any:
    """Gradio, or one line that says what to install."""
    try:
        import gradio
    except ModuleNotFoundError as error:
        if error.name != "gradio":
            raise
        raise ModuleNotFoundError("The app needs Gradio: pip install gradio (the extra 'app').") from None
    return gradio


def example_pictures(folder: str | PathLike, most: int = MOST_EXAMPLES) -> list[Path]:
    """Pictures of a folder and the folders in it, at most so many: one of each folder, then a second...

    Raises:
        NotADirectoryError: there is no such folder.
        ValueError: no picture is in it.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise NotADirectoryError(f"there is no folder {folder}: examples is a folder of pictures.")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    place: dict[Path, int] = {}
    turns = []
    for path in found:
        place[path.parent] = place.get(path.parent, -1) + 1
        turns.append((place[path.parent], path))
    pictures: list[Path] = []
    for _, path in sorted(turns):
        if len(pictures) == most:
            break
        if _is_picture(path):
            pictures.append(path)
    if not pictures:
        raise ValueError(f"{folder} has no picture in it (JPEG, PNG, WebP, GIF, BMP, TIFF).")
    return pictures


def _is_picture(path: Path) -> bool:
    try:
        read_picture(path)
    except (BadPictureError, OSError):
        return False
    return True


def _classifier(model: Any, class_names: Sequence[str] | None, preprocessing: str | None) -> "Classifier":
    from labkit.classifier import Classifier
    from labkit.saving import load

    if isinstance(model, str | PathLike):
        return load(model, class_names=class_names, preprocessing=preprocessing)
    if isinstance(model, Classifier):
        return model
    return Classifier.of(model, class_names=class_names, preprocessing=preprocessing)


def _blank(classifier: "Classifier") -> Any:
    from PIL import Image

    height, width, _ = classifier.image_shape
    return Image.new("RGB", (width, height))


def _launch(blocks: Any, share: bool, host: str, port: int | None) -> None:
    import gradio as gr

    from labkit.app.page import CSS

    fonts = {
        "font": ["system-ui", "sans-serif"],
        "font_mono": ["ui-monospace", "monospace"],
    }  # none from Google
    wanted = {
        "share": share,
        "server_name": host,
        "server_port": port,
        "max_file_size": f"{MOST_MEGABYTES}mb",
        "prevent_thread_lock": True,
        "quiet": True,
        "ssr_mode": False,
        "enable_monitoring": False,
        "run_history": False,  # else the browser would keep the pictures
        "footer_links": ["gradio"],
        "theme": gr.themes.Default(**fonts),
        "head": f"<style>{CSS}</style>",  # as css= it would be rewritten, and the part for phones lost
    }
    known = signature(blocks.launch).parameters  # Gradio gets a new one every other month
    blocks.queue(max_size=WAITING)
    options = {name: value for name, value in wanted.items() if name in known}
    try:
        _try_to_launch(blocks, options)
    except OSError as error:
        blocks.close(verbose=False)
        if port is None or "port" not in str(error):
            raise
        raise OSError(f"port {port} is taken: choose another, or none for the first free one.") from None


def _try_to_launch(blocks: Any, options: dict) -> None:
    """Gradio waits three seconds for its own first page, which a busy machine does not always manage."""
    for _ in range(TRIES):
        try:
            blocks.launch(**options)
            return
        except ValueError as error:
            if "localhost is not accessible" not in str(error):
                raise
    raise ConnectionError(
        f"the page does not answer at {blocks.local_url}: if a proxy is set, exempt this machine from it, "
        "NO_PROXY=localhost,127.0.0.1."
    )
