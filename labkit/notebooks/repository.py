"""Where a checkout keeps its labs, and the public address that badges and install cells are written from."""

import tomllib
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
        return self._urls()["Repository"].removesuffix("/")

    def colab_url(self, notebook: Path) -> str:
        """Where Colab opens a notebook of this repository."""
        path = notebook.relative_to(self.root).as_posix()
        account = self.url().removeprefix("https://github.com/")
        return f"https://colab.research.google.com/github/{account}/blob/{self._urls()['Branch']}/{path}"

    def install(self) -> str:
        """What pip is told in Colab."""
        return f"git+{self.url()}@{self._urls()['Branch']}"

    def _urls(self) -> dict[str, str]:
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return project["urls"]
