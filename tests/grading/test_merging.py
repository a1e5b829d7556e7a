"""Merging: answers are found however the notebook suffered, and nothing but answers is taken over."""

import copy
import json
import random
import time

import nbformat
import pytest

from labkit.grading import merging, reading
from labkit.grading.records import Rejected
from labkit.grading.stubs import key
from tests.grading import filled_labs as cases
from tests.grading.filled_labs import cell, code, filled, markdown, place
from tests.grading.hand_in_cases import BENIGN, HOSTILE_FILES

# Where the student's own words or code join the answer's, or the answer is not alone in its cell.
MORE_BESIDE = {"scratch_code_in_between", "notes_in_between"}
REJECTED = {"ten_thousand_copies", "another_lab"}


@pytest.fixture(scope="module")
def references():
    return {language: nbformat.from_dict(cases.edition(language)) for language in ("en", "fr")}


@pytest.fixture
def merged(tmp_path, references):
    """Write a hand-in to a file, read it, merge it."""

    def merge(made):
        path = tmp_path / "lab.ipynb"
        path.write_bytes(made if isinstance(made, bytes) else json.dumps(made).encode())
        hand_in, flags = reading.read(path)
        return merging.merge(references[merging.choose(references, hand_in)], hand_in, flags)

    return merge


def kinds(merged) -> set[str]:
    return {flag.kind for flag in merged.flags}


def sources(merged, role: str) -> list[str]:
    return [cell.source for cell, found in merged.cells if found == role]


def demand_ours(merged, reference):
    """Locked and check cells are the reference's own, in its order; ids and metadata are ours."""
    own = [
        c
        for c in reference.cells
        if c.cell_type == "code" and not c.metadata.get("labkit", {}).get("question")
    ]
    left_out = {"install", "live"}
    own = [c for c in own if not left_out & set(c.metadata.get("tags", [])) and "lk.guess" not in c.source]
    kept = [(c.id, c.source) for c, role in merged.cells if role in ("locked", "check")]
    assert kept == [(c.id, c.source) for c in own]
    checks = [c.id for c in own if c.metadata.get("labkit", {}).get("checks")]
    assert [c.id for c, role in merged.cells if role == "check"] == checks
    assert all(c.metadata.tags == ["nbval-ignore-output"] for c, _ in merged.cells)
    ids = [c.id for c, _ in merged.cells]
    assert len(set(ids)) == len(ids)
    notebook = nbformat.v4.new_notebook(cells=[c for c, _ in merged.cells])
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")
    json.dumps([merged.answers, [vars(flag) for flag in merged.flags]]).encode("utf-8")
    assert all("\n" not in flag.detail and len(flag.detail) < 400 for flag in merged.flags)


@pytest.mark.parametrize("kept", ["", "# mine\n"])
def test_given_lines_that_were_split_off_belong_to_the_answer(kept):
    lab, question = "03_cifar10", "cifar10.pooling"
    hand_in, answer = cases.filled(lab=lab), cases.solutions(lab)[question]
    asked = next(c for c in hand_in["cells"] if cases.asked(c) == question)
    given, _, rest = answer.partition("\n")
    asked["source"] = kept + given
    hand_in["cells"].insert(hand_in["cells"].index(asked) + 1, code(rest, id="rest"))
    notebooks = [nbformat.from_dict(n) for n in (cases.edition(lab=lab), hand_in)]
    found = merging.merge(*notebooks, [])
    assert key(found.answers[question]) == key(kept + answer)


@pytest.mark.parametrize("name", BENIGN)
def test_answers_are_found_in_every_benign_case(name, merged, references):
    found = merged(BENIGN[name](filled()))
    wanted = cases.solutions()
    assert found.unanswered == []
    assert found.lost == []
    for question, answer in wanted.items():
        if name in MORE_BESIDE:
            assert key(answer) in key(found.answers[question]), question
        else:
            assert key(found.answers[question]) == key(answer), question
    demand_ours(found, references["en"])


@pytest.mark.parametrize("name", BENIGN)
def test_answers_run_where_the_reference_has_them(name, merged, references):
    found = merged(BENIGN[name](filled()))
    order = [c.id.split("--")[0] for c, role in found.cells if role == "answer"]
    wanted = [
        c.id
        for c in references["en"].cells
        if c.cell_type == "code" and "question" in c.metadata.get("labkit", {})
    ]
    assert list(dict.fromkeys(order)) == wanted


@pytest.mark.parametrize("language", ["en", "fr"])
def test_untouched_edition_is_wholly_unanswered(language, merged, references):
    found = merged(cases.edition(language))
    assert set(found.unanswered) == set(cases.solutions())
    assert found.language == language
    assert found.flags == []
    demand_ours(found, references[language])


@pytest.mark.parametrize(
    "name", ["untouched", "ids_and_metadata_stripped", "all_metadata_stripped", "cells_reversed"]
)
def test_french_answers_are_found_in_the_french_edition(name, merged):
    found = merged(BENIGN[name](filled("fr")))
    assert found.language == "fr"
    assert {q: key(a) for q, a in found.answers.items()} == {q: key(a) for q, a in cases.solutions().items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_hostile_cases_change_nothing_of_the_references_own(name, merged, references):
    start = time.process_time()  # others may be busy on the same cores
    try:
        found = merged(HOSTILE_FILES[name](filled()))
    except Rejected:
        assert name in REJECTED
        return
    assert name not in REJECTED
    demand_ours(found, references[found.language])
    assert set(found.answers) == set(cases.solutions())
    assert {q for q, answer in found.answers.items() if answer is None} == set(found.lost)
    assert time.process_time() - start < 30


def test_random_damage_is_read_or_rejected(merged, references):
    """Values anywhere in the file's tree are replaced by others: nothing but Rejected is raised."""
    chance, small = random.Random(5), filled()
    small["cells"] = small["cells"][2:22]
    values = [None, 0, -1, "", "mnist.data", "code", [], {}, [[]], {"a": {}}, "\ud800", "x" * 70, True, 1e300]
    read = 0
    for _ in range(50):
        made = copy.deepcopy(small)
        for _ in range(chance.randint(1, 12)):
            node = made
            while chance.random() < 0.85 and isinstance(node, dict | list) and node:
                parent, at = node, chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
                node = parent[at]
            parent[at] = copy.deepcopy(chance.choice(values))
        try:
            demand_ours(merged(made), references["en"])
            read += 1
        except Rejected as reason:
            why = str(reason)
            assert "\n" not in why
    assert read > 20


def test_marks_for_nbval_are_spoiled_and_flagged(merged):
    found = merged(HOSTILE_FILES["comments_for_nbval"](filled()))
    from nbval.plugin import find_comment_markers

    assert not [c.id for c, _ in found.cells if list(find_comment_markers(c.source))]
    assert "nbval marker" in kinds(found)
    assert "nbval marker" in kinds(merged(HOSTILE_FILES["tags_for_nbval"](filled())))
    assert "nbval marker" not in kinds(merged(filled()))


def test_answer_keeps_the_students_own_text(merged):
    notebook = filled()
    cell(notebook, "mnist-stride")["source"] = "# NBVAL_SKIP\nstride_width = 13"
    assert merged(notebook).answers["mnist.stride"] == "# NBVAL_SKIP\nstride_width = 13"


@pytest.mark.parametrize(
    "source",
    [
        "", "   \n", "pass", "...", "# nothing yet", "# TODO\npass  # later", "raise NotImplementedError",
        'raise NotImplementedError("mnist.stride: replace this line with your answer")',
        '# VOTRE CODE ICI\nraise NotImplementedError("mnist.stride : remplacez cette ligne par votre réponse")',
        '#YOUR CODE HERE\n\n  raise  NotImplementedError( "mnist.stride: replace this line with your answer" )\n',
    ],
)  # fmt: skip
def test_stub_in_any_spelling_is_unanswered(source, merged):
    notebook = filled()
    cell(notebook, "mnist-stride")["source"] = source
    assert merged(notebook).unanswered == ["mnist.stride"]


def test_stub_with_code_is_an_answer(merged):
    notebook = filled()
    cell(notebook, "mnist-stride")["source"] = (
        "stride_width = 13\n" + cell(cases.edition(), "mnist-stride")["source"]
    )
    assert merged(notebook).unanswered == []


def test_given_lines_alone_are_unanswered(tmp_path):
    """Lab 3 gives lines around some answers."""
    reference = nbformat.from_dict(cases.edition(lab="03_cifar10"))
    hand_in = filled(lab="03_cifar10")
    cell(hand_in, "cifar10-names")["source"] = cell(cases.edition(lab="03_cifar10"), "cifar10-names")[
        "source"
    ].split("\n")[-1]
    path = tmp_path / "lab.ipynb"
    path.write_text(json.dumps(hand_in))
    found = merging.merge(reference, *reading.read(path))
    assert found.unanswered == ["cifar10.names"]
    assert found.lost == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "**Your answer** (`mnist.smaller`):",
        "**Votre réponse** (`mnist.smaller`) : *écrivez ici.*",
        "> *write here.*",
    ],
)
def test_words_that_are_none_are_unanswered(text, merged):
    notebook = filled()
    cell(notebook, "mnist-smaller")["source"] = text
    found = merged(notebook)
    assert found.unanswered == ["mnist.smaller"]
    assert found.answers["mnist.smaller"] == ""


def test_deleted_answer_is_unanswered_unless_cells_are_left_over(merged):
    notebook = filled()
    del notebook["cells"][place(notebook, "mnist-stride")]
    found = merged(notebook)
    assert (found.unanswered, found.lost, found.answers["mnist.stride"]) == (["mnist.stride"], [], "")
    assert "answer deleted" in kinds(found)
    notebook["cells"].append(code("stride_width = 13", id="at-the-end"))
    found = merged(notebook)
    assert (found.unanswered, found.lost, found.answers["mnist.stride"]) == ([], ["mnist.stride"], None)
    assert found.leftover == ["stride_width = 13"]
    assert "answer not found" in kinds(found)


def test_deleted_words_are_lost_only_if_words_are_left_over(merged):
    notebook = filled()
    del notebook["cells"][place(notebook, "mnist-smaller")]
    notebook["cells"].insert(3, code("z = 1", id="scratch"))
    assert merged(notebook).lost == []
    notebook["cells"].insert(3, markdown("The small one is as good.", id="words"))
    found = merged(notebook)
    assert found.lost == ["mnist.smaller"]
    assert "The small one is as good." in found.leftover


def test_added_cells_run_where_they_stood(merged):
    notebook = filled()
    notebook["cells"].insert(place(notebook, "mnist-data"), code("helper = 1", id="h1"))
    notebook["cells"].insert(place(notebook, "check-mnist-data") + 1, code("helper = 2", id="h2"))
    notebook["cells"].insert(0, code("helper = 0", id="h0"))
    found = merged(notebook)
    order = [c.source if role == "added" else c.id for c, role in found.cells]
    assert order[0] == "helper = 0"
    at = order.index("helper = 1")
    assert order[at + 1] == "mnist-data"
    assert order[order.index("helper = 2") - 1] == "check-mnist-data"
    assert "cell added" in kinds(found)


def test_added_cells_stay_behind_what_they_followed_though_a_copy_stands_between(merged):
    notebook = filled()
    notebook["cells"] += [dict(cell(notebook, "0dd1df03"), id="again"), code("last = EPOCHS", id="last")]
    assert merged(notebook).cells[-1][0].source == "last = EPOCHS"


def test_copy_of_an_answer_elsewhere_runs_there_and_not_before(merged):
    """A student begins a new cell from a copy of an old one: metadata and all."""
    notebook = filled()
    copied = dict(cell(notebook, "mnist-features"), id="pasted", source="features = 'something else'")
    notebook["cells"].append(copied)
    found = merged(notebook)
    assert key(found.answers["mnist.features"]) == key(cases.solutions()["mnist.features"])
    assert found.cells[-1][0].source == "features = 'something else'"
    assert found.cells[-1][1] == "added"
    assert "answer copied elsewhere" in kinds(found)


def test_copies_beside_are_all_kept_in_order(merged):
    notebook = filled()
    at = place(notebook, "mnist-stride")
    notebook["cells"].insert(at + 1, dict(notebook["cells"][at], id="x", source="stride_width = 14"))
    found = merged(notebook)
    ids = [c.id for c, role in found.cells if c.id.startswith("mnist-stride")]
    assert ids == ["mnist-stride", "mnist-stride--2"]
    assert found.answers["mnist.stride"].endswith("stride_width = 14")
    assert "several answers" in kinds(found)


def test_answer_run_twice_is_kept_once(merged):
    """Twice `x_train / 255` is not once."""
    found = merged(BENIGN["every_cell_twice"](filled()))
    assert sum("astype" in source for source in sources(found, "answer")) == 1
    assert sources(found, "added") == []
    assert "locked cell copied" in kinds(found)


def test_changed_deleted_and_copied_locked_cells_are_flagged(merged):
    notebook = filled()
    cell(notebook, "0dd1df03")["source"] = "EPOCHS = 1"
    notebook["cells"].append(dict(cell(notebook, "6e72114e"), id="again"))
    del notebook["cells"][place(notebook, "check-mnist-stride")]
    flags = {flag.kind: flag.detail for flag in merged(notebook).flags}
    assert flags == {
        "locked cell changed": "0dd1df03", "locked cell deleted": "check-mnist-stride",
        "locked cell copied": "6e72114e",
    }  # fmt: skip


def test_answer_joined_to_its_check_is_found(merged):
    """Jupyter's "merge with cell below" keeps one id, here the check's."""
    notebook = filled()
    answer = notebook["cells"].pop(place(notebook, "mnist-stride"))
    check = cell(notebook, "check-mnist-stride")
    check["source"] = f"{answer['source']}\n{check['source']}"
    found = merged(notebook)
    assert found.answers["mnist.stride"] == check["source"]
    assert found.unanswered == found.lost == []


def test_check_with_another_argument_is_no_answer(merged):
    notebook = filled()
    cell(notebook, "mnist-stride")["source"] = "pass"
    cell(notebook, "check-mnist-stride")["source"] = 'lk.check("mnist.stride", 13)'
    assert merged(notebook).unanswered == ["mnist.stride"]


@pytest.mark.parametrize(
    "source", ["%%script true\nx = 1", "%%bash\nls", "!ls", "files = !ls", "%%html\n<b>"]
)
def test_shells_are_flagged_and_stay_an_answer(source, merged):
    notebook = filled()
    cell(notebook, "mnist-stride")["source"] = source
    found = merged(notebook)
    assert "shell or cell magic" in kinds(found)
    assert found.answers["mnist.stride"] == source


@pytest.mark.parametrize("source", ["%%time\nx = 1", "%matplotlib inline\nx = 1 != 2"])
def test_harmless_magic_is_not_flagged(source, merged):
    notebook = filled()
    cell(notebook, "mnist-stride")["source"] = source
    assert merged(notebook).flags == []


def test_other_flags(merged):
    notebook = filled()
    cell(notebook, "mnist-smaller")["source"] += "\n\n![curves](attachment:image.png)"
    notebook["metadata"]["labkit"]["edition"] = "solution"
    assert kinds(merged(notebook)) == {"picture in an answer", "solution edition"}


def test_another_lab_is_rejected(merged):
    with pytest.raises(Rejected, match="02_fashion_mnist, not of 01_first_cnn_mnist"):
        merged(filled(lab="02_fashion_mnist"))


def test_code_answer_turned_into_text_goes_to_a_person(merged):
    found = merged(HOSTILE_FILES["code_answers_as_markdown"](filled()))
    assert "mnist.stride" in found.lost
    assert cases.solutions()["mnist.stride"] in found.leftover


def test_language_is_chosen_by_what_the_notebook_says_else_by_its_texts(references):
    hand_in = nbformat.from_dict(cases.edition("fr"))
    assert merging.choose(references, hand_in) == "fr"
    for said in ({}, {"language": "de"}, {"language": ""}):
        hand_in.metadata = nbformat.from_dict({"labkit": said})
        assert merging.choose(references, hand_in) == "fr"
    assert merging.choose(references, nbformat.v4.new_notebook()) == "en"
