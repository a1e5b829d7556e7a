"""The tables: the same bytes for the same marks, no formula, no grade that is none, nothing typed is lost."""

import csv
import io

import pytest

from labkit.grading import gradebook, manual, tables
from labkit.grading.manual import ManualError
from labkit.grading.records import Execution, Flag, Graded, HandIn, Mark
from tests.grading.a_class import QUESTIONS, graded, rejected

WHY = "mnist.why_convolution"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1", "＝1", "\n=1", '=cmd|"/C calc"!A0']


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def edit(out, change, *, encoding="utf-8-sig", separator=","):
    """Type into to_read.csv as a spreadsheet would save it; `change` gets each row."""
    found = rows(out / manual.NAME)
    for row in found:
        change(row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(found[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(found)
    (out / manual.NAME).write_bytes(text.getvalue().encode(encoding, "replace"))


def typing(points, comment="", name="Student 01"):
    def change(row):
        if row["name"].startswith(name):
            row.update(points=points, comment=comment)

    return change


def test_grades_has_one_row_a_hand_in_and_a_column_a_question(tmp_path):
    gradebook.write([graded(2, "wrong right right partly read"), graded(1)], tmp_path, list(QUESTIONS))
    first, second = rows(tmp_path / "grades.csv")
    assert list(first) == [
        "name", "student", "identifier", "points", "most", "open", "status", "level", "device", "flags", *QUESTIONS,
    ]  # fmt: skip
    assert (first["student"], first["points"], first["most"], first["open"]) == ("Student 01", "7", "9", "1")
    assert (second["mnist.flatten_size"], second["mnist.accuracy"], second[WHY]) == ("0", "1.5", "")
    assert (second["status"], second["level"], second["device"]) == ("to read", "full", "cpu")


def test_the_same_marks_give_the_same_bytes(tmp_path):
    for number, order in enumerate((1, -1)):
        found = [graded(1), graded(2), rejected(3, "torn"), graded(4, "error right right right read")][
            ::order
        ]
        for one in found:
            one.execution.seconds = number
        gradebook.write(found, tmp_path / str(number), list(QUESTIONS))
    for name in ("grades.csv", "moodle.csv", "to_read.csv"):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()
    assert (tmp_path / "0" / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_becomes_a_formula(tmp_path, text):
    one = graded(1)
    one.hand_in = HandIn(text, "", text, text)
    one.flags = [Flag(text, text)]
    one.execution.answers[WHY] = text
    one.execution.device = text
    other = rejected(2, text)
    gradebook.write([one, other], tmp_path)
    for name in ("grades.csv", "moodle.csv", "to_read.csv"):
        text = (tmp_path / name).read_text(encoding="utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert not [c for c in cells if c.startswith(tuple("=+@\t\r\n＝")) or c.lstrip() != c]
        assert {c for c in cells if c.startswith("-")} <= {"-"}  # Moodle's own sign for "never changed"
        assert all(len(line) > 3 for line in text.splitlines())


@pytest.mark.parametrize(
    "name", [*FORMULAS, "a\nb", "a\\nb", "a\u202eb", "a\udc80", "Épine 1", "''", "日本\\x"]
)
def test_a_name_survives_the_table(name):
    assert tables.unkeyed(tables.key(name)) == name
    assert tables.key(name).isprintable()
    tables.key(name).encode()


def test_keys_of_different_names_differ():
    names = ["a\nb", "a\\nb", "a\\\\nb", "=a", "'=a", "''=a", "a", " a"]
    assert len(set(map(tables.key, names))) == len(names)


def test_moodle_gets_a_grade_only_when_it_is_one(tmp_path):
    done = graded(1, "right right right right right")
    found = [
        done,
        graded(2),
        rejected(3, "torn"),
        graded(4, "error right right right right"),
        graded(5, "wrong wrong wrong wrong wrong"),
    ]
    crashed = graded(6)
    crashed.execution, crashed.marks = Execution(status="error", reason="no memory"), {}
    gradebook.write([*found, crashed], tmp_path)
    table = rows(tmp_path / "moodle.csv")
    assert not (tmp_path / "moodle.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert next(iter(table[0])) == "Identifier"
    assert {"Grade", "Last modified (grade)", "Feedback comments", "Full name"} <= set(table[0])
    grades = {row["Identifier"]: row["Grade"] for row in table}
    assert grades == {
        "Participant 1001": "9", "Participant 1002": "", "Participant 1003": "",
        "Participant 1004": "", "Participant 1005": "0", "Participant 1006": "",
    }  # fmt: skip
    assert "torn" in table[2]["Feedback comments"]
    crashed_row = rows(tmp_path / "grades.csv")[5]
    assert (crashed_row["points"], crashed_row["status"]) == ("", "error: no memory")


def test_moodle_shows_students_text_as_text(tmp_path):
    one = graded(1, "wrong right right right right")
    one.marks["mnist.flatten_size"] = Mark("mnist.flatten_size", 0, 1, "wrong", "<script>alert(1)</script>")
    gradebook.write([one], tmp_path)
    feedback = rows(tmp_path / "moodle.csv")[0]["Feedback comments"]
    assert "<script" not in feedback
    assert "&lt;script&gt;" in feedback


def test_two_notebooks_of_one_student_leave_the_grade_to_a_person(tmp_path):
    first, second = (graded(n, "right right right right right") for n in (1, 2))
    second.hand_in = HandIn("other.ipynb", "", "Student 01", "1001", "ab")
    beside = rejected(1, "no notebook")
    gradebook.write([first, second, beside], tmp_path)
    (row,) = rows(tmp_path / "moodle.csv")
    assert row["Grade"] == ""
    assert "More than one" in row["Feedback comments"]
    beside.hand_in = HandIn("zz.txt", "", "Student 01", "1001", rejected="no notebook")
    gradebook.write([first, beside], tmp_path)
    assert rows(tmp_path / "moodle.csv")[0]["Grade"] == "9"


def test_to_read_asks_for_prose_and_lost_answers(tmp_path):
    lost = graded(2, "right read right right right")
    lost.execution.answers["mnist.features"] = None
    lost.execution.leftover = ["net = 1", "print(2)"]
    gradebook.write([graded(1), lost, graded(3, "right right right right right")], tmp_path)
    first, second = rows(tmp_path / "to_read.csv")
    assert (first["question"], first["most"], first["points"], first["comment"]) == (WHY, "2", "", "")
    assert first["answer"].startswith("A kernel is the same")
    assert (second["question"], second["answer"]) == ("mnist.features", "net = 1 print(2)")


@pytest.mark.parametrize(
    ("encoding", "separator", "typed"),
    [
        ("utf-8-sig", ",", "1.5"),
        ("utf-8", ";", "1,5"),
        ("cp1252", ";", " 1,50 "),
        ("utf-16", "\t", "1,5"),
    ],
)
def test_what_a_spreadsheet_saved_is_read_and_kept(tmp_path, encoding, separator, typed):
    found = [graded(1), graded(2, student="Rose Épine")]
    gradebook.write(found, tmp_path)
    edit(tmp_path, typing(typed, "très bien; vraiment", "Rose"), encoding=encoding, separator=separator)
    marks = manual.read_manual(tmp_path, found)
    assert marks == {(found[1].hand_in.name, WHY): (1.5, "très bien; vraiment")}
    gradebook.write(found, tmp_path)
    gradebook.write(found, tmp_path)
    assert manual.read_manual(tmp_path, found) == marks
    heading = (tmp_path / manual.NAME).read_text(encoding="utf-8-sig").splitlines()[0]
    assert heading.startswith(f"name{separator}question")  # their Excel opens what it has saved
    manual.apply(found, marks)
    assert found[1].marks[WHY] == Mark(WHY, 1.5, 2, "partly", "très bien; vraiment", "instructor")
    assert found[0].marks[WHY].points is None
    gradebook.write(found, tmp_path)  # it stays in the table, so that it can be changed
    assert manual.read_manual(tmp_path, found) == marks


def test_a_name_that_an_old_code_page_cannot_hold(tmp_path):
    found = [graded(1, student="日本"), graded(1, student="한국")]
    gradebook.write(found, tmp_path)

    def change(row):
        row["points"] = "2" if row["name"].startswith("日") else "1"

    edit(tmp_path, change, encoding="cp1252", separator=";")
    assert b"??" in (tmp_path / manual.NAME).read_bytes()
    marks = manual.read_manual(tmp_path, found)
    assert [marks[one.hand_in.name, WHY][0] for one in found] == [2, 1]
    gradebook.write(found, tmp_path)
    assert manual.read_manual(tmp_path, found) == marks


def test_a_changed_answer_is_asked_again(tmp_path):
    one = graded(1)
    gradebook.write([one], tmp_path)
    edit(tmp_path, typing("2", "good"))
    one.execution.answers[WHY] = "Another answer."
    assert manual.read_manual(tmp_path, [one]) == {}
    gradebook.write([one], tmp_path)
    (row,) = rows(tmp_path / manual.NAME)
    assert (row["points"], row["comment"]) == ("", "")
    assert row["earlier"] == "before the answer changed: 2 points, good"
    gradebook.write([one], tmp_path)
    assert rows(tmp_path / manual.NAME) == [row]


def test_rows_of_hand_ins_that_are_gone_stay(tmp_path):
    found = [graded(1), graded(2)]
    gradebook.write(found, tmp_path)
    edit(tmp_path, typing("2", "good"))
    gradebook.write(found[1:], tmp_path)
    assert [row["points"] for row in rows(tmp_path / manual.NAME)] == ["", "2"]
    gradebook.write(found, tmp_path)
    assert manual.read_manual(tmp_path, found) == {(found[0].hand_in.name, WHY): (2, "good")}


def test_a_comment_without_points_is_kept(tmp_path):
    gradebook.write([graded(1)], tmp_path)
    edit(tmp_path, typing("", "look again"))
    gradebook.write([graded(1)], tmp_path)
    assert rows(tmp_path / manual.NAME)[0]["comment"] == "look again"
    assert manual.read_manual(tmp_path, [graded(1)]) == {}


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("2.5", "2.5 points are not between 0 and 2"),
        ("-1", "-1 points are not between 0 and 2"),
        ("two", "points should be a number such as 1.5 or 1,5, not 'two'"),
        ("1e1", "not '1e1'"),
        ("nan", "not 'nan'"),
        ("01. Mai", "not '01. Mai'"),
        ("1\n2", "not '1"),
    ],
)
def test_points_that_cannot_be_are_named_and_nothing_is_lost(tmp_path, points, said):
    gradebook.write([graded(1)], tmp_path)
    edit(tmp_path, typing(points, "mine"))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for action in (lambda: manual.read(tmp_path), lambda: gradebook.write([graded(1)], tmp_path)):
        with pytest.raises(ManualError) as error:
            action()
        message = str(error.value)
        assert said in message
        assert f"{tmp_path / manual.NAME}, line " in message
        assert "Student 01" in message
        assert "\n" not in message
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_most_of_the_lab_counts_where_the_table_lost_it(tmp_path):
    gradebook.write([graded(1)], tmp_path)
    edit(tmp_path, lambda row: row.update(points="3", most="02. Mrz"))
    with pytest.raises(ManualError, match="3 points are not between 0 and 2"):
        manual.read_manual(tmp_path, [graded(1)])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'name;question;points\n"a;b;1\n', "cannot be read as a table"),
        (b"name;question;points\na;b;1\n", "lacks the column 'comment'"),
        (b"name;question;points;comment\na;b;1;c;d\n", "more cells than columns"),
        (b"PK\x03\x04\x81\x8d an xlsx", "save it as CSV"),
        (b"name;question;points;comment\na\\q\xc3\xa9;b;1;c\n", "put it back"),
    ],
)
def test_a_file_that_is_no_table_stays(tmp_path, data, said):
    (tmp_path / manual.NAME).write_bytes(data)
    with pytest.raises(ManualError, match=said) as error:
        gradebook.write([graded(1)], tmp_path)
    assert "\n" not in str(error.value)
    assert (tmp_path / manual.NAME).read_bytes() == data


def test_an_empty_file_is_filled(tmp_path):
    (tmp_path / manual.NAME).write_bytes(b"")
    gradebook.write([graded(1)], tmp_path)
    assert len(rows(tmp_path / manual.NAME)) == 1


def test_ids_survive_a_spreadsheet():
    for number in range(300):
        one = graded(3)
        one.hand_in = HandIn(f"{number}.ipynb", "", "s")
        with pytest.raises(ValueError, match="could not convert"):
            float(manual.answer_id(one, WHY).partition("-")[0])


def test_states():
    assert gradebook.state(graded(1)) == "to read"
    assert gradebook.state(graded(1, "right right right right right")) == "graded"
    assert gradebook.state(graded(1, "error right right right read")) == "error"
    assert gradebook.state(rejected(1, "torn")) == "rejected"
    assert gradebook.state(Graded(HandIn("a", "", "a"), Execution())) == "error"
