"""The pages say what is to be said, to whom it is to be said, and nothing that a student wrote is run."""

import base64
import re
import struct
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from labkit.grading import clean, manual, page_words, pages
from labkit.grading.copies import Copy, Pair
from labkit.grading.records import LEVELS, STATUSES, CellRun, Flag, HandIn, Mark
from tests.grading.a_class import HEADINGS, QUESTIONS, everybody, graded, lab, png, rejected

WHY = "mnist.why_convolution"
ATTACKS = [
    "<script>alert(1)</script>",
    "</pre><script>alert(1)</script><pre>",
    "</title></style></head><script>alert(1)</script>",
    '" onload="alert(1)',
    "' onmouseover='alert(1)",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "{{7*7}}{% for x in [1] %}x{% endfor %}{{ self.__init__.__globals__ }}",
    "<meta http-equiv=refresh content='0;url=//evil.test'>",
    "<base href=//evil.test>",
    "<link rel=stylesheet href=//evil.test><style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "\x00<\x00script>\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07",
    "\u202etpircs\u2066\u200f\ufeff\u2028",
    "half \udc80 a pair",
    "<!--", "]]>", "&lt;script&gt;&#60;script&#62;",
    "＜script＞alert(1)＜/script＞",
    "../../../etc/passwd", "C:\\nul", "a/b\\c:*?", "con", "." * 300, "é" * 300,
]  # fmt: skip
OURS = {
    "html", "head", "meta", "title", "style", "body", "header", "div", "h1", "h2", "h3", "p", "main", "section",
    "article", "table", "tr", "th", "td", "a", "span", "pre", "ul", "li", "img", "footer", "strong", "code",
    "details", "summary", "i", "br",
}  # fmt: skip
FIXED = {"href", "class", "id", "lang", "charset", "name", "content", "http-equiv", "style", "src", "alt"}


class Page(HTMLParser):
    """What a browser would find, as far as a test needs it."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = [], [], ""
        self.open, self.unbalanced = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        self.text += data


def written(folder, found, copies=(), profile="course"):
    pages.write_pages(found, folder, lab(profile), copies)
    return {path.relative_to(folder).as_posix(): Page(path) for path in sorted(folder.rglob("*.html"))}


def students_page(folder, one, profile="course"):
    return written(folder, [one], profile=profile)[pages.address(one)]


def hostile(text, number=1):
    """A hand-in in which the student wrote `text` wherever a student can write."""
    one = graded(number, "wrong read right partly read")
    one.hand_in = HandIn(f"{number}{text}", text, text, text, "ab", flags=(Flag(text, text, text),))
    one.execution.answers = dict.fromkeys(QUESTIONS, text) | {"mnist.features": None}
    one.execution.leftover, one.execution.lost = [text, text], ["mnist.features"]
    one.execution.device = text
    one.execution.cells = [CellRun("mnist-show_test", "failed", 1, text, text, [text], [text, png()])]
    one.marks = {name: replace(mark, message=text) for name, mark in one.marks.items()}
    one.flags = [Flag(text, text, text), Flag("several answers", text, text)]
    return one


def check_harmless(page):
    assert set(page.tags) <= OURS
    assert not page.unbalanced
    assert not page.open
    assert {name for _, name, _ in page.attributes} <= FIXED
    for tag, name, value in page.attributes:
        if name == "href":
            assert tag == "a"
            assert re.fullmatch(
                r"#[gq]\d+|(students/[a-z0-9-]+|queue|index)\.html(#a[0-9a-f]{10}-[0-9a-f]{10})?", value
            )
        if name == "src":
            assert re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/]+=*", value)
        if name == "style":
            assert re.fullmatch(r"(height|width): \d+%", value)
        if name == "content":
            assert "evil" not in value
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\ufeff]", page.text)
    assert "49" not in re.sub(r"[0-9a-f]{10}", "", page.text)


@pytest.mark.parametrize("text", ATTACKS)
def test_what_students_write_is_data(tmp_path, text):
    one, two = hostile(text), hostile(text, 2)
    out_of_it = rejected(3, text)
    out_of_it.hand_in = HandIn(f"3{text}", "", text, rejected=text)
    copies = [
        Copy(
            (one.hand_in.name, two.hand_in.name),
            (Pair((one.hand_in.name, two.hand_in.name), (text,), (), 1),),
        )
    ]
    found = written(tmp_path, [one, two, out_of_it], copies)
    assert len(found) == 5
    for page in found.values():
        check_harmless(page)
    assert {path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")} == {
        ".",
        "students",
    }
    for name in ("index.html", pages.address(one), pages.address(out_of_it)):
        assert clean.visible(text).split()[0][:100] in found[name].text


def test_every_page_forbids_to_load_and_to_run(tmp_path):
    found, copies = everybody()
    for page in written(tmp_path, found, copies).values():
        check_harmless(page)
        policy = next(
            value for tag, name, value in page.attributes if tag == "meta" and "default-src" in str(value)
        )
        assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
        assert page.tags.index("meta") < page.tags.index("style")


def test_a_filter_that_is_forgotten_is_no_hole():
    shown = (
        pages.environment().from_string("{{ x }}|{{ x|upper }}|{{ x|join('') }}").render(x="<b>\x00\u202e")
    )
    assert "<" not in shown
    assert "\x00" not in shown
    assert "\u202e" not in shown


def test_names_that_differ_in_case_or_accents_have_files_of_their_own():
    names = [
        "Epine.ipynb",
        "epine.ipynb",
        "Épine.ipynb",
        "E\u0301pine.ipynb",
        "epine-.ipynb",
        "日本",
        "한국",
        "con",
        "",
    ]
    files = [clean.file_name(name) for name in names]
    assert len({name.casefold() for name in files}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]{10,60}", name) for name in files)


def test_a_student_reads_marks_messages_sections_and_the_own_code(tmp_path):
    page = students_page(tmp_path, graded(1, "wrong right right partly read"))
    assert "4.5 of 9 points · 1 still to be read by a person" in page.text
    assert "10816: the pooling halves both sides, not one." in page.text
    assert f"Read again: {HEADINGS['mnist.flatten_size']} · task S2.6" in page.text
    assert "flatten_size = 1 * 13 * 32" in page.text
    assert page.text.count("Read again") == 2  # not for what is right or still to be read
    assert [value for tag, name, value in page.attributes if name == "src"] == [
        f"data:image/png;base64,{png()}"
    ]
    assert "isolation: full" in page.text
    assert "offline sample" not in page.text


def test_a_student_reads_french(tmp_path):
    one = graded(1, "wrong right right partly read")
    one.execution.language = "fr"
    page = students_page(tmp_path, one, "smoke")
    assert ("html", "lang", "fr") in page.attributes
    assert "Un premier réseau convolutif" in page.text
    assert "4.5 sur 9 points" in page.text
    assert "échantillon hors ligne" in page.text
    assert "À relire :" in page.text


def test_the_sample_is_named(tmp_path):
    assert "offline sample" in students_page(tmp_path, graded(1), "smoke").text
    assert "offline sample" in written(tmp_path, [graded(1)], profile="smoke")["index.html"].text


def test_a_students_page_holds_nothing_about_others_and_no_solution(tmp_path):
    found, copies = everybody()
    page = written(tmp_path, found, copies)[pages.address(found[0])]
    assert any(flag.kind == "same answers" for flag in found[0].flags)
    assert "Student 07" not in page.text
    assert "same answers" not in page.text
    assert lab().solutions[WHY] not in page.text
    assert not [value for _, name, value in page.attributes if name == "href" and not value.startswith("#")]


def test_flags_for_students_are_in_plain_words(tmp_path):
    one = graded(1)
    one.flags = [
        Flag("locked cell changed", "x"),
        Flag("locked cell changed", "y"),
        Flag("nbval marker", "secret"),
    ]
    text = students_page(tmp_path, one).text
    assert text.count("A cell that belongs to the lab was changed") == 1
    assert "secret" not in text


def test_every_flag_that_has_words_for_students_exists_in_both_languages():
    folder = Path(pages.__file__).parent
    sources = "".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "page_words.py"
    )
    assert set(page_words.FLAG["en"]) == set(page_words.FLAG["fr"])
    assert [kind for kind in page_words.FLAG["en"] if f'"{kind}"' not in sources] == []
    for words in (page_words.PAGE, page_words.STATUS, page_words.LEVEL, page_words.STOP):
        assert set(words["en"]) == set(words["fr"])
    assert set(page_words.STATUS["en"]) == set(STATUSES)
    assert set(page_words.LEVEL["en"]) == set(LEVELS)


def test_what_stopped_a_cell_is_said(tmp_path):
    one = graded(3, "right right right not right")
    one.execution.cells = [
        CellRun("mnist-accuracy--2", "stopped", stop="cell time"),
        CellRun("mnist-accuracy_extra", "failed", error="of another question"),
    ]
    text = students_page(tmp_path, one).text
    assert "took too long" in text
    assert "of another question" not in text


def test_a_rejected_hand_in_and_an_error_of_the_grader(tmp_path):
    text = students_page(tmp_path, rejected(1, "the file is cut off")).text
    assert "could not be graded" in text
    assert "the file is cut off" in text
    assert "0 of" not in text
    one = graded(1, "error right right right right")
    text = students_page(tmp_path, one).text
    assert "the fault is the grader's" in text
    assert "OSError" not in text


def test_marks_of_a_person_carry_the_comment(tmp_path):
    one = graded(1)
    manual.apply([one], {(one.hand_in.name, WHY): (1.5, "Two of the three reasons.")})
    text = students_page(tmp_path, one).text
    assert "read by a person" in text
    assert "Two of the three reasons." in text


def test_the_class_page(tmp_path):
    found, copies = everybody()
    page = written(tmp_path, found, copies)["index.html"]
    assert (
        "11 hand-ins: 3 graded, 6 waiting for a person, 1 rejected, 1 with an error of the grader"
        in page.text
    )
    assert "8 answers to read" in page.text
    assert "OSError: the held-out images are not there" in page.text
    assert "the file is cut off after 4096 bytes" in page.text
    assert "Student 01_1001_assignsubmission_file/lab.ipynb and Student 07" in page.text
    links = [value for tag, _, value in page.attributes if tag == "a"]
    assert all((tmp_path / link.partition("#")[0]).is_file() for link in links)
    assert {pages.address(one) for one in found} <= set(links)


def test_the_distribution_and_the_hardest_questions():
    from labkit.grading import class_pages

    found = [graded(n, "right right right right right") for n in range(3)]
    found += [graded(n, "wrong right right right unanswered") for n in range(3, 5)] + [rejected(9, "x")]
    view = class_pages.overview(found, lab(), [])
    assert [bar["count"] for bar in view["bars"]] == [0, 0, 0, 0, 0, 0, 2, 0, 0, 3]
    assert [row["question"] for row in view["questions"]][:2] == ["mnist.flatten_size", WHY]
    hardest = view["questions"][0]
    assert (hardest["share"], hardest["right"], hardest["of"]) == (0.6, 3, 5)
    assert hardest["said"] == ("10816: the pooling halves both sides, not one.", 2)
    assert view["questions"][1]["unanswered"] == 2


def test_an_empty_class(tmp_path):
    found = written(tmp_path, [])
    assert "0 hand-ins" in found["index.html"].text
    assert "Nothing is waiting." in found["queue.html"].text


def test_the_queue_sets_the_question_beside_the_answers(tmp_path):
    found, copies = everybody()
    page = written(tmp_path, found, copies)["queue.html"]
    assert "Why is a\nconvolution" in page.text or "Why is a convolution the better choice" in page.text
    assert lab().solutions[WHY] in page.text
    assert "[picture: a]" in page.text  # not its base64
    assert "Cells of this hand-in that fit nowhere:" in page.text
    assert "# my trials" in page.text
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    expected = {manual.answer_id(one, mark.question) for one in found for mark in manual.open_marks(one)}
    assert expected <= set(ids)
    index = Page(tmp_path / "index.html")
    anchors = [
        value.partition("#")[2] for _, name, value in index.attributes if name == "href" and "#" in value
    ]
    assert set(anchors) <= set(ids)
    assert anchors


def test_pages_are_the_same_for_the_same_marks(tmp_path):
    found, copies = everybody()
    written(tmp_path / "a", found, copies)
    written(tmp_path / "b", found[::-1], copies)
    for path in (tmp_path / "a").rglob("*.html"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def small_png(width, height, chunk=b"IHDR"):
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, chunk, width, height)).decode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (small_png(10, 10), True),
        (small_png(10, 10)[:20] + "\n" + small_png(10, 10)[20:], True),
        (small_png(100_000, 10), False),
        (small_png(10, 0), False),
        (small_png(10, 10, b"IDAT"), False),
        (base64.b64encode(b"<svg onload=alert(1)>").decode(), False),
        (base64.b64encode(b"GIF89a" + bytes(40)).decode(), False),
        (small_png(10, 10) + "A" * 2_000_000, False),
        ('" onload="alert(1)', False),
        (small_png(10, 10) + '"', False),
        ("é", False),
        ("", False),
    ],
)
def test_only_pictures_of_a_known_kind_and_size(text, kept):
    assert (clean.picture(text) is not None) == kept


def test_pictures_left_out_are_named(tmp_path):
    one = graded(3)
    one.execution.cells = [CellRun("mnist-show_test", "passed", pictures=["PHN2Zz4="])]
    assert "are left out" in students_page(tmp_path, one).text


def test_a_long_answer_is_cut(tmp_path):
    one = graded(3)
    one.execution.answers["mnist.flatten_size"] = "x" * 500_000
    page = students_page(tmp_path, one)
    assert len(page.text) < 40_000
    assert "[… 480000 more characters]" in page.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mNameError\x1b[0m", "NameError"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00\x7f\x85", "a␀␡⟨U+0085⟩"),
        ("\u202eabc", "⟨U+202E⟩abc"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ud800", "⟨U+D800⟩"),
        ("日本 é 😀\t\n", "日本 é 😀\t\n"),
    ],
)
def test_what_cannot_be_seen_is_shown(text, shown):
    assert clean.visible(text) == shown
    clean.visible(text).encode()


def test_messages_by_mark_are_escaped_once(tmp_path):
    one = graded(1, "wrong right right right read")
    one.marks["mnist.flatten_size"] = Mark("mnist.flatten_size", 0, 1, "wrong", "a < b && c > d")
    assert "a < b && c > d" in students_page(tmp_path, one).text
