"""The page of the application, in Gradio: where a picture goes in, and where the answer stands."""

import base64
import html
import io
import logging
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from labkit.app.answer import LONG_SIDE, Answer, answer
from labkit.app.words import listed, word
from labkit.config import OFFLINE_SAMPLE
from labkit.decoding import BadPictureError
from labkit.machine import device
from labkit.photo import read_picture

if TYPE_CHECKING:
    from labkit.classifier import Classifier

EXAMPLES_PER_PAGE = 12
SHOWN_CLASSES = 5
THUMBNAIL = 160
GRACE = 5  # seconds that an upload is kept: the browser asks for it once more, to show it

# On a phone the answer stands below the picture: bring it into view.
SCROLL = (
    "() => { if (innerWidth <= 640) document.querySelector('#result').scrollIntoView({behavior: 'smooth'}) }"
)
CSS = """
.gradio-container {max-width: 1000px !important; width: 100%; margin: auto; padding: 12px 16px !important}
.pictures {display: flex; gap: 12px; flex-wrap: wrap}
.pictures figure {flex: 1 1 130px; max-width: 240px; margin: 0}
.pictures img {width: 100%; border-radius: 6px; display: block}
.pictures img.seen {image-rendering: pixelated}
.pictures figcaption, .quiet p, .latency {font-size: 13px; opacity: .75; margin-top: 4px}
#problem {border-left: 4px solid #b23a48; background: rgba(178, 58, 72, .1); padding: 10px 12px; border-radius: 4px}
@media (max-width: 640px) {.gradio-container {padding: 0 !important} .main.fillable {padding: 10px 14px !important}}
"""


def page(classifier: "Classifier", examples: list[Path], *, shared: bool) -> Any:
    """The Gradio page of a classifier. `shared`: it will be reachable from the internet, and says so."""
    import gradio as gr

    desk = _Desk(classifier, examples)
    with gr.Blocks(title=classifier.model.name, analytics_enabled=False) as blocks:
        gr.Markdown(_about(classifier))
        with gr.Row():
            with gr.Column():
                photo = gr.Image(
                    sources=["upload", "webcam", "clipboard"], type="filepath", height=300, buttons=[],
                    label=word("picture"), placeholder=word("placeholder"), elem_id="photo",
                    webcam_options=gr.WebcamOptions(mirror=False),  # a mirrored digit is another one
                )  # fmt: skip
                if examples:
                    shown = gr.Dataset(
                        components=[gr.Image(visible=False)], samples=[[_thumbnail(path)] for path in examples],
                        type="index", samples_per_page=EXAMPLES_PER_PAGE, label=word("examples"), elem_id="examples",
                    )  # fmt: skip
            with gr.Column(elem_id="result"):
                problem = gr.Markdown(visible=False, elem_id="problem")
                label = gr.Label(num_top_classes=SHOWN_CLASSES, label=word("answer"), elem_id="answer")
                pictures = gr.HTML(elem_id="pictures")
        how = {
            "outputs": [label, pictures, problem, photo],
            "api_visibility": "private",
            "concurrency_id": "net",
        }
        photo.input(desk.photo, photo, preprocess=False, **how).then(None, js=SCROLL)
        if examples:
            shown.click(desk.example, shown, **how).then(None, js=SCROLL)
        gr.Markdown(word("shared" if shared else "kept"), elem_classes="quiet")
    return blocks


class _Desk:
    """What happens to a picture that came in, and what the page shows then."""

    def __init__(self, classifier: "Classifier", examples: list[Path]) -> None:
        self.classifier, self.examples = classifier, examples
        self.device = device()

    def photo(self, upload: dict | None) -> list:
        """The answer for an upload or a snapshot, whose file is deleted soon, whatever comes."""
        if upload is None:
            return self._nothing()
        # As Gradio left it, not opened by it: it would unpack any number of pixels. Gradio has seen to it
        # that the path lies in its own folder.
        path = Path(upload.get("path") or "")
        try:
            return self._answered(path)
        finally:
            timer = threading.Timer(GRACE, _delete, [path])
            timer.daemon = True
            timer.start()

    def example(self, index: int) -> list:
        return self._answered(self.examples[index])

    def _answered(self, path: Path) -> list:
        try:
            return self._result(answer(self.classifier, read_picture(path)))
        except BadPictureError as error:
            return self._problem(word(error.reason))
        except FileNotFoundError:
            return self._problem(word("gone"))
        except (
            Exception
        ) as error:  # the page is for everybody: what is wrong stands on it, not in a log alone
            logging.getLogger(__name__).exception("no answer")
            return self._problem(html.escape(str(error)) or type(error).__name__)

    def _result(self, found: Answer) -> list:
        import gradio as gr

        return [found.probabilities, _pictures(found, self.device), gr.update(visible=False), None]

    def _problem(self, text: str) -> list:
        import gradio as gr

        return [None, "", gr.update(value=text, visible=True), None]

    def _nothing(self) -> list:
        import gradio as gr

        return [None, "", gr.update(visible=False), None]


def _delete(path: Path) -> None:
    """Delete an upload and its folder; not where the same picture has just come again, as it has its own timer."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime >= GRACE:
            path.unlink()
            path.parent.rmdir()


def _about(classifier: "Classifier") -> str:
    names = [html.escape(name) for name in classifier.class_names]
    lines = [f"# {html.escape(classifier.model.name)}", word("about", n=len(names), classes=listed(names))]
    if classifier.data.get("source") == OFFLINE_SAMPLE:
        lines.append(word("sample"))
    return "\n\n".join(lines)


def _pictures(found: Answer, device_name: str) -> str:
    """What the network saw and where it looked. In the page itself, so that no file of it is written."""
    figures = [_figure(found.seen, word("seen"), "seen")]
    latency = word("latency", answer=round(found.milliseconds), device=html.escape(device_name))
    if found.overlay is not None:
        figures.append(_figure(found.overlay, word("heatmap"), "heatmap"))
        latency += word("and heatmap", heatmap=round(found.heatmap_milliseconds))
    else:
        latency += f". {word('no heatmap')}"
    return f'<div class="pictures">{"".join(figures)}</div><div class="latency">{latency}</div>'


def _figure(picture: Image.Image, caption: str, kind: str) -> str:
    if max(picture.size) > LONG_SIDE:
        picture = picture.copy()
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
    file = io.BytesIO()
    picture.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    image = f'<img class="{kind}" alt="{caption}" src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _thumbnail(path: Path) -> Image.Image:
    picture = read_picture(path)
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    return picture
