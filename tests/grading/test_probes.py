"""Probe cells take the place of check cells; specs say what to send, and nothing of what is right."""

import ast
import json

import nbformat
import pytest
from nbformat import v4

from labkit.data.catalog import CATALOG
from labkit.data.photos import PHOTOS
from labkit.grading.probes import cell_id, probe_cells, specs
from labkit.notebooks import Repository
from labkit.notebooks.source import read
from labkit.quiz import Question, question, questions
from labkit.quiz.probe_fields import TRIED
from labkit.quiz.question_files import labs

REPOSITORY = Repository.find()
LABS = [read(path) for path in REPOSITORY.sources()]
ALL = [asked for lab in labs(None) for asked in questions(lab).values()]
INPUTS = {name: f"/inputs/{name}.npy" for name in (*CATALOG, *PHOTOS)}
every_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)


def cells(source, nonce="n"):
    return probe_cells(source, specs(ALL, "seed", INPUTS), nonce)


@every_lab
def test_every_check_cell_of_a_lab_becomes_probe_cells(lab):
    made = [probe for cell in lab.cells if "check" in cell.tags for probe in cells(cell.source)]
    checked = [name for cell in lab.cells for name in cell.checked]
    assert [probe.id for probe in made] == [cell_id(name) for name in checked]
    nbformat.validate(v4.new_notebook(cells=made))
    for probe in made:
        (statement,) = ast.parse(probe.source).body
        assert isinstance(statement, ast.Expr), "a probe binds no name of the notebook"


def test_the_expression_stays_what_it_is():
    (one, two) = cells(
        'lk.check("mnist.wrong", (wrong, y,\n  p))  # so\nlk.check("mnist.stride", d["ä"])', "n1"
    )
    assert "lambda: ((wrong, y, p))" in one.source
    assert "lambda: (d['ä'])" in two.source
    assert "'n1'" in two.source


def test_guesses_are_left_out():
    assert cells('lk.guess("mnist.stride", 3)') == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1", "only, not: x = 1"),
        ('lk.check("mnist.stride", 3)\nprint(1)', "only, not: print"),
        ('lk.check("mnist.stride")', "answer"),
        ('lk.check("mnist.stride", answer=3)', "answer"),
        ("lk.check(name, 3)", "answer"),
        ('lk.check("mnist.none", 3)', "no question of this lab"),
        ("lk.check(", "no Python"),
    ],
)
def test_another_cell_is_the_authors_fault(source, said):
    with pytest.raises(ValueError, match=said) as caught:
        cells(source)
    assert "\n" not in str(caught.value)


def test_ids_are_ids():
    assert cell_id("mnist.flatten_size") == "probe-mnist-flatten_size"
    for odd in ("mine." + "x" * 80, "mine.é", "mine.a b"):
        assert len(cell_id(odd)) <= 64
        assert cell_id(odd).isascii()
    assert cell_id("mine.é") != cell_id("mine.è")


def test_the_same_seed_gives_the_same_specs_and_another_one_others():
    one, again, other = (specs(ALL, seed, INPUTS) for seed in ("a", "a", "b"))
    assert json.dumps(one) == json.dumps(again)
    assert one["mnist.data"]["places"] != other["mnist.data"]["places"]
    assert one["mnist.data"]["places"] != one["mnist.prepare"]["places"]


def test_nothing_in_a_spec_says_what_is_right():
    allowed = {
        "kind", "places", "beside", "images", "seed", "pairs", "calls", "inputs", "scale", "models",
    }  # fmt: skip
    for name, found in specs(ALL, "seed", INPUTS).items():
        assert set(found) <= allowed
        if question(name).kind in ("number", "numbers", "shape", "choice"):
            assert set(found) == {"kind"}


def test_data_without_hidden_images_are_named():
    with pytest.raises(ValueError, match=r"mnist\.train is tried on mnist"):
        specs([question("mnist.train")], "seed", {})


def test_arguments_are_drawn_as_asked():
    kinds = [
        {"int": [-5, 5]}, {"float": [0.0, 1.0]}, {"array": [2, 3], "low": -9, "high": 9}, {"text": 8},
        {"list": [{"int": [0, 9]}, 4]}, {"choice": ["a", "b"]},
    ]  # fmt: skip
    asked = Question(
        "mine.f", ("S9.1",), "function", expect="def expect(*a): ...", probe={"args": kinds, "n": 30}
    )
    calls = specs([asked], "seed", {})["mine.f"]["calls"]
    assert len(calls) == 30
    assert len({str(call) for call in calls}) == 30
    for whole, real, array, text, row, choice in calls:
        assert -5 <= whole <= 5
        assert 0 <= real <= 1
        assert all(-9 <= n <= 9 and isinstance(n, int) for line in array["array"] for n in line)
        assert [len(line) for line in array["array"]] == [3, 3]
        assert (len(text), len(row)) == (8, 4)
        assert choice in "ab"


def test_every_score_of_the_labs_is_tried_and_every_picture_compared():
    for asked in ALL:
        needed = (
            {"model", "data"}
            if asked.kind in TRIED
            else {"like"}
            if asked.kind in ("array", "figure")
            else set()
        )
        assert needed <= set(asked.probe), asked.id


@every_lab
def test_the_networks_that_are_tried_stand_in_the_lab(lab):
    trees = [ast.parse(cell.source) for cell in lab.cells if cell.kind == "code"]
    names = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name in [name for cell in lab.cells for name in cell.checked]:
        found = question(name).probe
        models = found.get("model", [])
        assert {*([models] if isinstance(models, str) else models), found.get("beside", "")} - {""} <= names


@every_lab
def test_what_needs_no_answer_earns_no_points(lab):
    """In an empty student edition locked cells run as far as they can; nothing that they make may earn a point."""
    made, own = set(dir(__builtins__)), {cell.question for cell in lab.cells if cell.question}
    stored_somewhere = {name for cell in lab.cells if cell.kind == "code" for name in _names(cell, ast.Store)}
    for cell in lab.cells:
        if cell.kind != "code":
            continue
        for name in cell.checked:
            if _names(cell, ast.Load) & stored_somewhere <= made and name not in own:
                assert question(name).points == 0, name
        stored = _names(cell, ast.Store)
        needs = (_names(cell, ast.Load) & stored_somewhere) - stored
        if cell.question is None and needs <= made:
            made |= stored


def _names(cell, context):
    nodes = list(ast.walk(ast.parse(cell.source)))
    found = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    arguments = {arg.arg for node in nodes if isinstance(node, ast.FunctionDef) for arg in node.args.args}
    return found | defined if context is ast.Store else found - arguments


def test_the_locked_scores_are_known():
    free = {asked.id for asked in ALL if asked.kind == "metric" and asked.points == 0}
    assert free == {
        "fashion.accuracy", "cifar10.small_cnn", "cifar10.raw_accuracy", "cifar10.batch_norm_accuracy",
        "cifar10.leaky_accuracy", "cifar10.improved", "cifar100.best",
    }  # fmt: skip
