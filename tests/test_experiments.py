import itertools
import math
import re

import numpy as np
import pytest
from matplotlib.collections import PathCollection

import labkit
from labkit import config
from labkit.experiments import Ledger, best, compare, plot_compare, plot_cost, plot_labels
from labkit.experiments.table import score
from labkit.training import Run, fitting
from tests.tiny_runs import made_up

FAILURES = ("at chance", "nan", "error")


def failures(**chosen):
    return [made_up(f"failed: {kind}", failed=kind, **chosen) for kind in FAILURES]


# The table


def test_the_table_has_a_row_for_each_run_with_its_numbers():
    run = made_up("second", 0.7, train=0.9, test=0.65, seconds=90.0, learning_rate=0.1)
    table = compare([made_up("first"), run])
    assert list(table.index) == ["first", "second"]
    assert table.loc["second"].to_dict() == {
        "model": "cnn", "parameters": 1000, "learning_rate": 0.1, "epochs": 3, "s/epoch": 30.0, "minutes": 1.5,
        "train": 0.9, "val": 0.7, "test": 0.65, "gap": 0.2, "diagnosis": "learning",
    }  # fmt: skip


def test_what_is_the_same_in_every_row_is_left_out_unless_asked_for():
    runs = [made_up("first", batch_size=32), made_up("second", batch_size=64)]
    shown = set(compare(runs))
    assert "batch_size" in shown
    assert not {"optimizer", "learning_rate", "data", "images", "source", "profile", "device"} & shown
    assert {"model", "parameters", "epochs", "train", "val", "test", "gap", "diagnosis"} <= shown
    everything = compare(runs, columns="all")
    assert {"optimizer", "learning_rate", "data", "images", "source", "profile", "device"} <= set(everything)
    assert everything.loc["first", ["data", "images", "source"]].to_list() == ["cifar10", 400, "data folder"]


def test_columns_are_those_asked_for_in_their_order():
    runs = [made_up("first"), made_up("second")]
    assert list(compare(runs, columns=["test", "optimizer"])) == ["test", "optimizer"]
    assert list(compare(runs, columns="gap")) == ["gap"]
    with pytest.raises(ValueError, match="no column 'accuracy': there are model, parameters") as caught:
        compare(runs, columns=["accuracy"])
    assert "\n" not in str(caught.value)


def test_a_ledger_is_compared_like_its_runs(tmp_path):
    ledger = Ledger(tmp_path / "runs.jsonl")
    with pytest.raises(ValueError, match="no run to compare yet"):
        compare(ledger)
    runs = [made_up("first", filters=[8, 16]), *failures()]
    for run in runs:
        ledger.add(run)
    assert compare(ledger, columns="all").equals(compare(runs, columns="all"))
    assert compare(ledger).equals(labkit.compare(runs))


def test_failed_runs_keep_their_rows_and_are_named():
    table = compare([made_up("good"), *failures()])
    assert table["diagnosis"].to_dict() == {
        "good": "learning",
        "failed: at chance": "at chance",
        "failed: nan": "diverged",
        "failed: error": "error",
    }
    for kind in ("nan", "error"):
        assert table.loc[f"failed: {kind}", ["train", "val", "test", "gap"]].isna().all()
    assert table.loc["failed: error", "error"] == "a kernel of 11 does not fit into 8 pixels"
    assert "loss" not in table  # a run that never began has none: that is no choice


def test_scores_that_were_not_measured_are_those_of_the_last_epoch():
    run = Run("plain", history={"loss": [1.0, 0.9], "accuracy": [0.5, 0.6], "val_accuracy": [0.4, 0.45]})
    assert (score(run, "train"), score(run, "val")) == (0.6, 0.45)
    assert math.isnan(score(run, "test"))
    run.val = {"accuracy": 0.44}
    assert score(run, "val") == 0.44
    run.stopped = "nan"  # its last epoch began well
    assert math.isnan(score(run, "train"))


def test_whole_numbers_stay_whole_where_another_run_has_none():
    table = compare([made_up("first", filters=16, rate=0.5), made_up("second"), made_up("third", filters=32)])
    assert [str(value) for value in table["filters"]] == ["16", "<NA>", "32"]
    assert table["rate"].dtype == float


def test_models_that_keras_has_numbered_are_the_same_model():
    runs = [made_up(str(number)) for number in range(3)]
    runs[0].model, runs[1].model, runs[2].model = "sequential", "sequential_12", "vgg_16"
    assert list(compare(runs)["model"]) == ["sequential", "sequential", "vgg_16"]


def html(runs, **more):
    return compare(runs, styled=True, **more).set_uuid("t").to_html()


def styled_cells(page, style):
    """Row and column of every cell that has the style."""
    rules = re.findall(r"([^{}]*)\{([^}]*)\}", page[: page.index("</style>")])
    cells = "".join(selectors for selectors, styles in rules if style in styles)
    return {(int(row), int(column)) for row, column in re.findall(r"#T_t_row(\d+)_col(\d+)", cells)}


def test_in_the_styled_table_the_best_scores_are_bold_and_failed_rows_red():
    columns = ["test", "val", "learning_rate", "diagnosis"]
    runs = [made_up("first", 0.6, test=0.7), *failures(), made_up("last", 0.65, test=0.5)]
    page = html(runs, columns=columns)
    assert styled_cells(page, "bold") == {(0, 0), (4, 1)}
    assert styled_cells(page, "#b23a48") == {(row, column) for row in (1, 2, 3) for column in range(4)}
    cells = re.findall(r'class="data row(\d) col(\d)" >([^<]*)<', page)
    assert [text for row, column, text in cells if column == "0"] == ["0.7000", "0.1000", "–", "–", "0.5000"]
    assert {text for row, column, text in cells if column == "2"} == {"0.001"}


@pytest.mark.parametrize(
    "runs",
    [
        [made_up("same"), made_up("same")],
        failures(),
        [made_up("one"), made_up("two", filters=16)],
        [Run("bare"), made_up("other")],
    ],
    ids=["same name", "all failed", "missing", "bare"],
)
def test_any_runs_can_be_styled(runs):
    for columns in (None, "all", ["minutes"], ["diagnosis"]):
        assert html(runs, columns=columns).count("<tr>") == len(runs) + 2


def test_names_and_settings_are_shown_as_they_are_written():
    page = html([made_up("<lambda> & co", activation="<b>"), made_up("other")])
    assert "&lt;lambda&gt; &amp; co" in page
    assert "&lt;b&gt;" in page


def test_without_jinja2_a_styled_table_is_refused_in_one_line(monkeypatch):
    import pandas as pd

    monkeypatch.setattr(
        pd.DataFrame, "style", property(lambda _: (_ for _ in ()).throw(ImportError("long story")))
    )
    with pytest.raises(ImportError, match="pip install jinja2"):
        compare([made_up("first")], styled=True)


# The best


def test_the_best_is_the_highest_of_the_score_that_was_asked_for():
    runs = [
        made_up("A", 0.7, train=0.8, test=0.60),
        made_up("B", 0.6, train=0.9, test=0.65),
        made_up("C", 0.65, train=0.7, test=0.66),
        *failures(),
    ]
    assert {by: best(runs, by=by).run.name for by in ("val", "train", "test")} == {
        "val": "A", "train": "B", "test": "C",
    }  # fmt: skip
    assert best(runs).run is runs[0]


def test_the_reason_names_the_numbers():
    winner = best([made_up("A", 0.9, train=0.93, seconds=120), made_up("B", 0.5), made_up("C", failed="nan")])
    assert str(winner) == repr(winner) == winner.reason
    assert winner.reason == (
        "A has the highest val accuracy of 2: 0.9000; the next is B with 0.5000. "
        "Gap between training and validation +0.030. 1,000 parameters, 3 epochs, 2.0 min."
    )
    alone = best([made_up("A", 0.9)]).reason
    assert "highest val accuracy of 1" in alone
    assert "next" not in alone


def test_without_a_gap_there_is_no_word_of_it():
    run = Run("A", test={"accuracy": 0.5}, history={"loss": [1.0]}, data={"test": 10})
    assert "nan" not in best([run], by="test").reason
    assert "Gap" not in best([run], by="test").reason


def test_within_a_margin_the_quickest_is_the_best():
    runs = [
        made_up("slow", 0.72, seconds=600),
        made_up("quick", 0.71, seconds=60),
        made_up("poor", 0.5, seconds=6),
    ]
    assert best(runs).run.name == "slow"
    assert best(runs, within=0.005).run.name == "slow"
    winner = best(runs, within=0.02)
    assert winner.run.name == "quick"
    assert "quickest of the 2 runs within 0.02" in winner.reason
    assert "0.7100 in 1.0 min instead of 10.0" in winner.reason
    assert best(runs, within=1).run.name == "poor"


def test_a_difference_that_may_be_chance_is_said_to_be():
    # Two accuracies of 100 images near 0.7 differ by chance by up to 2 * sqrt(2 * 0.7 * 0.3 / 100) = 0.13.
    rng = np.random.default_rng(0)
    shares = rng.binomial(100, 0.7, (10_000, 2)) / 100
    usual = np.quantile(np.abs(shares[:, 0] - shares[:, 1]), 0.95)
    for difference, chance in ((usual - 0.03, True), (usual + 0.03, False)):
        reason = best([made_up("A", 0.7), made_up("B", 0.7 - difference)]).reason
        assert ("may be chance on 100 images" in reason) is chance, difference


def test_training_scores_are_those_of_the_images_that_were_looked_at():
    run, other = made_up("A", train=0.7), made_up("B", train=0.69)
    run.data["train"] = 50_000
    assert f"on {fitting.SCORED:,} images" in best([run, other], by="train").reason


def test_runs_without_the_score_do_not_count():
    with pytest.raises(ValueError, match=r"no run has a test score: train\(\.\.\., ledger=ledger\)"):
        best([Run("A", history={"loss": [1.0], "val_accuracy": [0.5]}), *failures()[1:]], by="test")
    with pytest.raises(ValueError, match="unknown by 'loss'"):
        best([made_up("A")], by="loss")


def test_the_reason_is_in_the_language_that_was_chosen():
    config.choose(language="fr")
    reason = best([made_up("A", 0.71, seconds=60), made_up("B", 0.7)]).reason
    assert "plus haute exactitude" in reason
    assert "hasard" in reason
    assert (
        "plus rapide"
        in best([made_up("A", 0.71, seconds=99), made_up("B", 0.7, seconds=9)], within=0.1).reason
    )


# Curves against the epochs


def test_a_curve_is_the_history():
    runs = [made_up("A"), made_up("B"), *failures()]
    runs[0].history["val_accuracy"] = [0.2, 0.5, 0.6]
    ax = plot_compare(runs)
    assert [line.get_label() for line in ax.lines] == ["A", "B", "failed: at chance", "failed: nan"]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 0.2], [2, 0.5], [3, 0.6]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "val_accuracy")


def test_twenty_curves_can_be_told_apart():
    ax = plot_compare([made_up(f"run {number}") for number in range(20)])
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines}) == 20


def test_a_metric_that_no_run_has_is_named():
    with pytest.raises(ValueError, match="metric 'auc': there is accuracy, loss, val_accuracy"):
        plot_compare([made_up("A")], "auc")
    with pytest.raises(ValueError, match="there is nothing yet"):
        plot_compare([])
    with pytest.raises(ValueError, match="metric 'auc': there is"):
        plot_compare([made_up("A")], "auc", by="learning_rate")


def test_axes_of_ones_own_are_drawn_into():
    import matplotlib.pyplot as plt

    axes = plt.subplots(1, 3)[1]
    runs = [made_up("A"), made_up("B", learning_rate=0.1)]
    assert plot_compare(runs, ax=axes[0]) is axes[0]
    assert plot_compare(runs, by="learning_rate", ax=axes[1]) is axes[1]
    assert plot_cost(runs, ax=axes[2]) is axes[2]


def test_the_offline_sample_is_noted():
    runs = [made_up("A"), made_up("B", learning_rate=0.1)]
    runs[1].data["source"] = config.OFFLINE_SAMPLE
    for ax in (plot_compare(runs), plot_compare(runs, by="learning_rate"), plot_cost(runs)):
        assert "offline sample" in [text.get_text() for text in ax.texts]


# Scores against a hyperparameter


def crosses_and_dots(ax):
    """Positions of the failed and of the other runs; those on the lower edge have the height None."""
    found = {"crosses": [], "dots": []}
    for points in ax.collections:
        assert isinstance(points, PathCollection)
        kind = "dots" if points.get_paths()[0].codes[-1] == 79 else "crosses"  # a dot is a closed path
        in_data = points.get_offset_transform() == ax.transData
        found[kind] += [(float(x), float(y) if in_data else None) for x, y in points.get_offsets()]
    return sorted(found["crosses"], key=str), sorted(found["dots"])


def test_a_line_joins_the_runs_that_differ_in_nothing_but_the_choice_and_the_seed():
    scores = {(rate, size): rate + size / 1000 for rate in (0.01, 0.1, 0.5) for size in (32, 64)}
    runs = [
        made_up(
            f"{rate} {size} {seed}", test=value + seed / 100, learning_rate=rate, batch_size=size, seed=seed
        )
        for (rate, size), value in scores.items()
        for seed in (0, 1)
    ]
    ax = plot_compare(runs, "test", by="learning_rate")
    assert [line.get_label() for line in ax.lines] == ["batch_size 32", "batch_size 64"]
    for line, size in zip(ax.lines, (32, 64), strict=True):
        means = [[rate, scores[rate, size] + 0.005] for rate in (0.01, 0.1, 0.5)]
        np.testing.assert_allclose(line.get_xydata(), means)
    crosses, dots = crosses_and_dots(ax)
    assert (len(crosses), len(dots)) == (0, 12)
    assert ax.get_xscale() == "log"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.01", "0.1", "0.5"]


def test_failed_runs_are_crosses_on_the_line_they_belong_to():
    runs = [made_up("good", 0.6, learning_rate=0.01)]
    runs += [
        made_up(kind, failed=kind, learning_rate=x)
        for x, kind in zip((0.1, 1.0, 10.0), FAILURES, strict=True)
    ]
    ax = plot_compare(runs, "test", by="learning_rate")
    crosses, dots = crosses_and_dots(ax)
    assert dots == [(0.01, 0.6)]
    assert crosses == [(0.1, 0.1), (1.0, None), (10.0, None)]
    assert ax.get_xlim()[0] < 0.01
    assert ax.get_xlim()[1] > 10
    assert len(ax.lines) == 1  # one line, although one run stopped in its first epoch and one never began


def test_a_loss_that_is_no_number_is_not_drawn_as_the_best():
    ax = plot_compare(
        [made_up("A"), made_up("B", failed="nan", learning_rate=0.1)], "loss", by="learning_rate"
    )
    assert crosses_and_dots(ax) == ([(0.1, None)], [(0.001, 1.0)])
    assert ax.get_ylim()[0] > 0.5


def test_choices_that_are_no_numbers_have_places_of_their_own():
    runs = [made_up(f"{value}", augmentation=value) for value in ("", "RandomFlip(horizontal)")]
    ax = plot_compare(runs, by="augmentation")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["none", "RandomFlip(horizontal)"]
    assert crosses_and_dots(ax)[1] == [(0, 0.6), (1, 0.6)]
    for values in ([True, False], [[8], [8, 16]]):
        ax = plot_compare([made_up(f"{value}", choice=value) for value in values], by="choice")
        assert sorted(tick.get_text() for tick in ax.get_xticklabels()) == sorted(map(str, values))


def test_a_choice_that_always_failed_has_its_place():
    runs = [made_up("A", optimizer="adam"), made_up("B", optimizer="sgd", failed="nan")]
    ax = plot_compare(runs, "test", by="optimizer")
    assert crosses_and_dots(ax) == ([(1, None)], [(0, 0.6)])
    assert ax.get_xlim()[1] > 1
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["adam", "sgd"]


def test_runs_without_the_hyperparameter_are_left_out():
    runs = [made_up("A", filters=8), made_up("B", 0.7, filters=16), made_up("other", 0.9)]
    assert crosses_and_dots(plot_compare(runs, by="filters"))[1] == [(8, 0.6), (16, 0.7)]
    with pytest.raises(ValueError, match="no run has a hyperparameter 'kernel': there are model, parameters"):
        plot_compare(runs, by="kernel")


def test_nets_of_different_sizes_are_not_joined():
    runs = [
        made_up(f"{rate} {size}", learning_rate=rate)
        for rate, size in itertools.product((0.1, 0.01), (8, 16))
    ]
    for number, run in enumerate(runs):
        run.model, run.parameters = f"sequential_{number}", 500 * (1 + number % 2)
    ax = plot_compare(runs, by="learning_rate")
    assert [line.get_label() for line in ax.lines] == ["parameters 500", "parameters 1000"]
    assert [len(line.get_xdata()) for line in ax.lines] == [2, 2]


def test_a_study_is_a_cloud_of_points():
    rng = np.random.default_rng(0)
    runs = [made_up(str(n), learning_rate=10 ** -rng.uniform(1, 4), dropout=rng.uniform()) for n in range(20)]
    ax = plot_compare(runs, by="learning_rate")
    assert ax.get_legend() is None
    assert [line.get_linestyle() for line in ax.lines] == ["None"]
    assert len(crosses_and_dots(ax)[1]) == 20


# Accuracy against minutes


def test_cost_shows_minutes_accuracy_and_gap():
    runs = [made_up("A", 0.6, test=0.5, train=0.7, seconds=60), made_up("B", 0.5, test=0.4, seconds=600)]
    runs.append(Run("no gap", test={"accuracy": 0.3}, seconds=300, data={"num_classes": 10}))
    ax = plot_cost([*runs, *failures()])
    known, unknown, failed = ax.collections
    assert known.get_offsets().tolist() == [[1, 0.5], [10, 0.4]]
    np.testing.assert_allclose(known.get_array(), [0.1, 0.05])
    assert unknown.get_offsets().tolist() == [[5, 0.3]]
    assert failed.get_offsets().tolist() == [[1, 0.1]]  # the other two have no score
    assert {text.get_text() for text in ax.texts} == {"A", "B", "no gap", "failed: at chance"}
    assert ax.get_xscale() == "log"


def test_cost_without_scores_is_one_line():
    with pytest.raises(ValueError, match="no run has a test score"):
        plot_cost(failures()[1:])


def test_cost_of_failed_runs_alone():
    assert len(plot_cost(failures()).texts) == 1


@pytest.mark.parametrize("count", [7, 20])
def test_labels_cover_neither_each_other_nor_a_point(count):
    rng = np.random.default_rng(1)
    runs = [
        made_up(
            f"a net with a long name, {n}", rng.uniform(0.6, 0.8), seconds=float(60 * 2 ** rng.uniform(0, 5))
        )
        for n in range(count)
    ]
    ax = plot_cost(runs)
    ax.figure.draw_without_rendering()
    labels = [text.get_window_extent() for text in ax.texts]
    points = ax.transData.transform(np.vstack([points.get_offsets() for points in ax.collections]))
    assert len(labels) == len(points) == count
    assert not any(a.overlaps(b) for a, b in itertools.combinations(labels, 2))
    assert not any(label.contains(*point) for label in labels for point in points)
    distances = [
        min(math.hypot(*(label.get_points().mean(0) - point)) for point in points) for label in labels
    ]
    assert max(distances) < 200


def test_many_runs_are_numbered_from_the_best():
    runs = [made_up(f"net {n:02}", n / 20) for n in range(1, 16)]
    ax = plot_cost(runs)
    by_height = sorted(ax.texts, key=lambda text: -text.xy[1])
    assert [text.get_text() for text in by_height] == [str(n) for n in range(1, 16)]
    listed = [text.get_text() for text in ax.get_legend().get_texts()]
    assert (listed[0], listed[-1]) == ("1  net 15", "15  net 01")


def test_a_schedule_among_the_rates_leaves_the_numbers_short():
    runs = [made_up("A", learning_rate=0.001), made_up("B", learning_rate="CosineDecay")]
    html = compare(runs, styled=True).to_html()
    assert ">0.001<" in html
    assert ">CosineDecay<" in html


def test_the_loss_is_shown_on_request_only():
    runs = [made_up("A"), made_up("B")]
    runs[1].loss = "another"
    assert "loss" not in compare(runs)
    assert list(compare(runs, columns=["loss"])) == ["loss"]


def few_labels(model, images, test, seed=0):
    run = made_up(f"{model} {images} {seed}", test=test, seed=seed)
    run.model, run.data = model, {"name": "squares", "num_classes": 3, "train": images, "source": "made here"}
    return run


def test_accuracy_against_labels_has_a_line_a_net_and_a_dot_a_run():
    runs = [few_labels("scratch", n, test, seed) for n, tests in ((10, (0.2, 0.4)), (100, (0.5, 0.5)))
            for seed, test in enumerate(tests)]  # fmt: skip
    runs += [few_labels("frozen", n, test) for n, test in ((10, 0.6), (100, 0.7))]
    ax = plot_labels(runs)
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert lines == {
        "scratch": [[10, pytest.approx(0.3)], [100, 0.5]],
        "frozen": [[10, 0.6], [100, 0.7]],
    }
    dots = [tuple(dot) for points in ax.collections[1::2] for dot in points.get_offsets().tolist()]
    assert sorted(dots) == [(10, 0.2), (10, 0.4), (10, 0.6), (100, 0.5), (100, 0.5), (100, 0.7)]
    band = ax.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (0.2, 0.5)
    assert ax.get_xscale() == "log"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["10", "100"]


def test_accuracy_against_labels_wants_a_score():
    with pytest.raises(ValueError, match="no run has a test score"):
        plot_labels([Run("net", model="net", data={"train": 10})])
    with pytest.raises(ValueError, match="there is no column 'nets'"):
        plot_labels([few_labels("net", 10, 0.5)], by="nets")
