"""What `make bench` makes of its measurements: percentiles, ratios, verdicts, what it keeps."""

import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from bench import kept, pgbench, plots, processes
from bench.__main__ import main
from bench.found import Found, Row, of_pairs
from bench.plots.svg import LogScale, around
from bench.sample import Pair, Sample, Series, percentile


def sample(per_second: float, p50_ms: float = 1.0) -> Sample:
    return Sample(
        count=int(per_second * 2),
        elapsed_seconds=2.0,
        p50_ms=p50_ms,
        p99_ms=5 * p50_ms,
        errors=0,
        client_cores=0.1,
    )


def pair(name: str, ours: list[Sample], theirs: list[Sample], aim: float | None) -> Pair:
    return Pair(name, Series("HTTP", ours), Series("pgbench", theirs), aim)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.99, 0.0),
        ([7.0], 0.5, 7.0),
        (list(range(100)), 0.5, 50),
        (list(range(100)), 0.99, 99),
        (list(range(1000)), 0.99, 990),
    ],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_ratios_are_of_rounds() -> None:
    found = pair("reserve", [sample(50), sample(90), sample(20)], [sample(100)] * 3, 0.6)
    [row] = of_pairs([found, pair("no aim", [sample(1)], [sample(1)], None)])
    assert row.values == (0.2, 0.5, 0.9)
    assert row.reached == 0.5
    assert not row.is_met
    assert [round(share, 3) for share in row.shares] == [0.333, 0.833, 1.5]


@pytest.mark.parametrize(
    ("value", "aim", "at_most", "is_met"),
    [(0.5, 0.5, True, True), (0.6, 0.5, True, False), (0, 0, True, True), (10, 10, False, True)],
)
def test_an_aim_is_met(value: float, aim: float, at_most: bool, is_met: bool) -> None:
    assert Row("a", "b", (value,), aim, at_most=at_most).is_met == is_met


def test_pgbench_does_not_count_what_warms_up() -> None:
    # client, transaction, microseconds, script, second, fraction
    timed = [f"0 {n} 1000 0 {100 + n} 0" for n in range(4)] + ["1 0 failed 0 103 0"]
    found = pgbench.read(timed, "", 0, 4.0, 2.0, is_timed=True)
    assert (found.count, found.errors, found.warm_count) == (3, 1, 1)
    assert found.elapsed_seconds == 2.0
    counted = [f"0 {n} 1000 0 {100 + n} 0" for n in range(1, pgbench.WARM_TRANSACTIONS + 4)]
    found = pgbench.read(counted, "", 0, 4.0, 2.0, is_timed=False)
    assert (found.count, found.warm_count) == (3, pgbench.WARM_TRANSACTIONS)


def test_results_of_other_subjects_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "results.json"
    first = Found(rows=[Row("a", "b", (1.0,), 2.0)], series={"extra": [1]})
    kept.keep(path, "one", first.as_json())
    kept.keep(path, "two", Found(rows=[Row("c", "d", (3.0,), 2.0, p50_ms=1.5)]).as_json())
    kept.keep(path, "one", Found(rows=[Row("a", "b", (4.0,), 2.0)]).as_json())
    rows = kept.rows(kept.read(path))
    assert [(subject, row.reached, row.is_met) for subject, row in rows] == [
        ("one", 4.0, True),
        ("two", 3.0, True),
    ]
    assert rows[1][1].p50_ms == 1.5


def content() -> dict[str, Any]:
    pairs = [pair("reserve <&>", [sample(50), sample(60)], [sample(100), sample(90)], 1.0)]
    sizes = {"slots": 10_000_000, "small_slots": 10_000}
    lines = {name: [[-1, 3.0], [0, 9.0], [1, 4.0]] for name in ("reserve", "book")}
    return {
        "reserve": Found(of_pairs(pairs), pairs).as_json(),
        "growth": Found(of_pairs(pairs), pairs, {"sizes": sizes}).as_json(),
        "expiry": Found(series={"p99_each_second": lines, "sweep_seconds": 1.5}).as_json(),
    }


def test_plots_are_legible_in_both_themes(tmp_path: Path) -> None:
    drawn = plots.draw_all(tmp_path, content())
    assert {path.name for path in drawn} == {
        f"performance-{name}.svg" for name in ("aims", "latencies", "growth", "expiry")
    }
    for path in drawn:
        text = path.read_text()
        assert ElementTree.fromstring(text).attrib["role"] == "img"
        assert "prefers-color-scheme: dark" in text
        # Whatever is drawn takes its colour from the theme.
        colours = re.findall(r'(?:fill|stroke)="(#\w+)"', text)
        assert colours == []
    assert "reserve &lt;&amp;&gt;" in (tmp_path / "performance-latencies.svg").read_text()


def test_a_scale_holds_its_values() -> None:
    low, high = around([0.3, 40])
    assert low <= 0.3
    assert high >= 40
    scale = LogScale(low, high, 0, 100)
    assert 0 <= scale.at(0.3) < scale.at(40) <= 100
    assert scale.at(0) == 0
    assert scale.marks


def test_report_measures_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    for subject, found in content().items():
        kept.keep(path, subject, found)
    assert main(["report", "--results", str(path), "--plots", str(tmp_path)]) == 0
    assert (tmp_path / "performance-aims.svg").exists()
    assert "not met" in capsys.readouterr().out


def test_unknown_subject_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["reserves"])
    assert "no such subject: reserves" in capsys.readouterr().err


def test_what_a_process_read_and_used_is_known() -> None:
    before = processes.tree_seconds(os.getpid())
    deadline = before + 0.05
    while processes.tree_seconds(os.getpid()) < deadline:
        pass  # uses the processor until that is seen
    assert processes.tree_read_bytes(os.getpid()) >= 0
    assert processes.tree_read_bytes(2**22 + 1) == 0  # there is none
