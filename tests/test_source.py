import pytest

from labkit.notebooks.source import SourceError, read

HEADER = """# ---
# jupyter:
#   labkit:
#     title: {en: "A lab", fr: "Un TP"}
#     minutes: 10
#     gpu: false
#     needs: {en: "nothing", fr: "rien"}
# ---

"""
SETUP = '# %% tags=["setup"]\nimport labkit as lk\n\nlk.setup(language="en")\n\n'
PROSE = '# %% [markdown] tags=["lang:en"]\n# Hello\n\n# %% [markdown] tags=["lang:fr"]\n# Bonjour\n\n'
ANSWER = """# %% question="mnist.flatten_size" tasks=["S2.6"]
### BEGIN SOLUTION
size = 13 * 13 * 32
### END SOLUTION

"""
CHECK = '# %% tags=["check"]\nlk.check("mnist.flatten_size", size)\n'
WHOLE = HEADER + SETUP + PROSE + ANSWER + CHECK


def write(tmp_path, text, name="01_lab.py"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_lab_is_read(tmp_path):
    lab = read(write(tmp_path, WHOLE))
    assert (lab.name, lab.number, lab.header["title"]["fr"]) == ("01_lab", "01", "Un TP")
    assert [cell.kind for cell in lab.cells] == ["code", "markdown", "markdown", "code", "code"]
    answer, check = lab.cells[-2:]
    assert (answer.question, answer.tasks) == ("mnist.flatten_size", ("S2.6",))
    assert check.checked == check.asked == ["mnist.flatten_size"]


def test_a_guess_is_asked_and_not_checked(tmp_path):
    lab = read(write(tmp_path, WHOLE + '\n# %% tags=["check"]\nlk.guess("mnist.stride", 3)\n'))
    assert (lab.cells[-1].asked, lab.cells[-1].checked) == (["mnist.stride"], [])


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("### END SOLUTION\n", "", 21, "one ### BEGIN SOLUTION"),
        ("### BEGIN SOLUTION\n", "### END SOLUTION\n", 21, "one ### BEGIN SOLUTION"),
        (' question="mnist.flatten_size"', "", 21, "needs question"),
        (
            'question="mnist.flatten_size"',
            'question="mnist.nothing"',
            21,
            "no question file has 'mnist.nothing'",
        ),
        ('lk.check("mnist.flatten_size"', 'lk.check("nowhere.flatten_size"', 26, "no question file"),
        ('tags=["check"]', 'tags=["chekc"]', 26, "chekc"),
        ('tags=["check"]', 'tag="check"', 26, "tag"),
        ('lk.check("mnist.flatten_size", size)', "print(size)", 26, "calls lk.check"),
        ('tasks=["S2.6"]', 'tasks=["six"]', 21, "no task id"),
        ('# %% [markdown] tags=["lang:fr"]\n# Bonjour\n\n', "", 15, "sibling"),
        ('tags=["lang:en"]', "", 15, "lang:en or lang:fr"),
        ("# Hello\n", "# Hello\n\n# %% [raw]\n# raw\n", 18, "raw cells"),
        ('language="en"', 'language="fr"', 10, "setup cell calls"),
        ('tags=["setup"]', "", 1, "tag setup"),
        ("#     gpu: false\n", "", 1, "gpu"),
        ("#     gpu: false\n", "#     gpu: false\n#     extras: explain\n", 1, "list of labkit's extras"),
        ('fr: "Un TP"', 'de: "Ein Labor"', 1, "'title:' needs its en: and its fr:"),
        ('{en: "nothing", fr: "rien"}', "nothing", 1, "'needs:' needs its en: and its fr:"),
        ('title: {en: "A lab"', 'title: {en: "A lab', 1, "no valid YAML"),
        (
            'lk.check("mnist.flatten_size", size)',
            'lk.check("mnist.flatten_size", size)\nprint(1)',
            26,
            "only",
        ),
        ("# Hello", "# ![x](../images/x.png)", 15, "a picture is ../../images/NAME.png, not ../images/x.png"),
        ("#   labkit:\n", "#   other:\n", 1, "labkit"),
    ],
)
def test_what_is_not_in_the_vocabulary_is_refused_with_file_and_line(tmp_path, old, new, line, message):
    assert old in WHOLE
    path = write(tmp_path, WHOLE.replace(old, new, 1))
    with pytest.raises(SourceError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
