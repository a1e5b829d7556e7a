"""The report of a run: one page with all labs, and each executed notebook as a page of its own."""

import datetime
import platform
from importlib.resources import files
from pathlib import Path

from nbformat import NotebookNode

from labkit import __version__, config
from labkit.files import write_text
from labkit.notebooks.rerun import Rerun
from labkit.notebooks.source import Lab

THUMBNAILS = 4


def write_report(labs: list[Lab], results: list[Rerun], out: Path, profile: str) -> Path:
    """Write `out/index.html` and `out/<lab>.html`; returns the index.

    The pages need no network: pictures and styles stand in them.
    """
    import jinja2

    for lab, result in zip(labs, results, strict=True):
        write_text(out / f"{lab.name}.html", page(result.notebook))
    template = files("labkit.notebooks").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["duration"] = duration
    text = environment.from_string(template).render(
        rows=[_row(lab, result) for lab, result in zip(labs, results, strict=True)],
        passed=sum(result.passed for result in results),
        profile=profile,
        sample=any(config.OFFLINE_SAMPLE in result.facts.get("data", {}).values() for result in results),
        date=datetime.datetime.now().strftime("%Y-%m-%d %H:%M"),
        python=platform.python_version(),
        version=__version__,
    )
    index = out / "index.html"
    write_text(index, text)
    return index


def page(notebook: NotebookNode) -> str:
    """An executed notebook as one HTML page that loads nothing from the network."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="lab", mathjax_url="", require_js_url="", jquery_url="")
    exporter.embed_images = True
    return exporter.from_notebook_node(notebook)[0]


def duration(seconds: float) -> str:
    """Seconds as people say them.

    Example:
        >>> duration(7.2), duration(754), duration(7300)
        ('7 s', '12 min 34 s', '2 h 1 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _row(lab: Lab, result: Rerun) -> dict:
    pictures = [
        output["data"]["image/png"].replace("\n", "")
        for cell in result.notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    return {
        "lab": lab,
        "title": lab.header["title"]["en"],
        "result": result,
        "right": sum(check.passed for check in result.checks),
        "contracts": [check for check in result.checks if check.contract is not None],
        "pictures": _spread(pictures, THUMBNAILS),
        "count": len(pictures),
    }


def _spread(items: list, n: int) -> list:
    """`n` items at even distances, so that a lab's beginning, middle and end are seen."""
    if len(items) <= n:
        return items
    return [items[round(i * (len(items) - 1) / (n - 1))] for i in range(n)]
