"""Where a checkout keeps its labs, and the public address that badges and install cells are written from."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Repository:
    """A checkout of labkit, or of a fork of it."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Repository":
        """The checkout that holds `start` (the current folder if not given), else the one labkit runs from.

        Raises:
            FileNotFoundError: there is no `notebooks/src` in sight.
        """
        start = (start or Path.cwd()).resolve()
        here = Path(__file__).resolve().parents[2]
        for folder in (start, *start.parents, here):
            if (folder / "notebooks" / "src").is_dir() and (folder / "pyproject.toml").is_file():
                return cls(folder)
        raise FileNotFoundError(
            f"no labs found from {start} upwards (a folder notebooks/src beside pyproject.toml): "
            "run labkit inside a checkout of its repository."
        )

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    def sources(self) -> list[Path]:
        """The labs' sources in their order."""
        return sorted((self.notebooks / "src").glob("[0-9][0-9]_*.py"))

    def select(self, names: list[str]) -> list[Path]:
        """The sources that `names` mean, by number ("01", "1") or name; all of them for no names.

        Raises:
            ValueError: a name fits no lab; the message lists them.
        """
        found = self.sources()
        chosen = []
        for name in names:
            fits = [path for path in found if path.stem == name or path.stem[:2] == name.zfill(2)]
            if not fits:
                raise ValueError(f"there is no lab {name!r}: there are {', '.join(p.stem for p in found)}.")
            chosen += [path for path in fits if path not in chosen]
        return chosen if names else found

    def url(self) -> str:
        """The public address, `[project.urls] Repository` in pyproject.toml: its one place."""
        url = self._pyproject().get("project", {}).get("urls", {}).get("Repository", "")
        if not url.startswith("https://"):
            raise ValueError(
                'pyproject.toml lacks the public address: [project.urls] Repository = "https://...".'
            )
        return url.removesuffix("/").removesuffix(".git")

    def colab_url(self, notebook: Path) -> str | None:
        """Where Colab opens a notebook of this repository; None if it is not on GitHub, the one host Colab reads."""
        on_github = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", self.url())
        if not on_github:
            return None
        path = notebook.relative_to(self.root).as_posix()
        return f"https://colab.research.google.com/github/{on_github[1]}/blob/{self.branch()}/{path}"

    def install(self, extras: Sequence[str] = ()) -> str:
        """What pip is told in Colab, with the extras that a lab needs."""
        address = f"git+{self.url()}@{self.branch()}"
        return f'"labkit[{",".join(extras)}] @ {address}"' if extras else address

    def branch(self) -> str:
        """The branch or tag that badges and install cells open, `[tool.labkit] branch`; main if not given."""
        return self._pyproject().get("tool", {}).get("labkit", {}).get("branch", "main")

    def _pyproject(self) -> dict:
        return tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
