"""Series of other systems: other columns, other clocks, files that cannot be read; the rest is judged."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.predict_series import series_task
from benchmarks.predict_series_reading import load_series
from domain.errors import BadInput


def a_folder(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame) -> Path:
    """Three series of three days with a leap in each; the first one changed."""
    when = pd.date_range("2024-01-01", periods=900, freq="5min")
    for number in range(3):
        values = np.random.default_rng(number).normal(5.0, 1.0, 900)
        values[500:520] += 9.0
        written = when.strftime("%Y-%m-%d %H:%M:%S")
        frame = pd.DataFrame({"timestamp": written, "value": values})
        (change(frame) if number == 0 else frame).to_csv(folder / f"x{number}.csv", index=False)
    window = [str(when[498]), str(when[522])]
    (folder / "windows.json").write_text(json.dumps({f"x{number}.csv": [window] for number in range(3)}))
    return folder


def epochs(frame: pd.DataFrame) -> pd.DataFrame:
    past = pd.to_datetime(frame["timestamp"]) - pd.Timestamp("1970-01-01")
    return frame.assign(timestamp=past // pd.Timedelta(seconds=1))


CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "other names": lambda frame: frame.rename(columns={"timestamp": "when", "value": "load"}),
    "other names, numbers first": lambda frame: frame.rename(columns={"timestamp": "when"})[
        ["value", "when"]
    ],
    "another order": lambda frame: frame.sample(frac=1.0, random_state=1)[["value", "timestamp"]],
    "a zone": lambda frame: frame.assign(timestamp=frame["timestamp"].str.replace(" ", "T") + "Z"),
    "not as ISO": lambda frame: frame.assign(
        timestamp=pd.to_datetime(frame["timestamp"]).dt.strftime("%b %d %Y %H:%M:%S")
    ),
    "seconds": epochs,
    "milliseconds, unnamed": lambda frame: (
        epochs(frame).eval("timestamp * 1000", inplace=False).to_frame("ms").assign(v=frame["value"])
    ),
    "words beside them": lambda frame: frame.assign(host="web-1")[["host", "value", "timestamp"]],
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_series_written_in_another_way_is_the_same_series(change: str, tmp_path: Path) -> None:
    first, refused = load_series(a_folder(tmp_path, CHANGES[change]))

    assert not refused
    assert first[0].windows == first[1].windows == ((498, 522),)
    assert np.allclose(first[0].timestamps, first[1].timestamps)
    assert first[0].values[500:520].min() > 10.0


def test_gaps_and_infinities_are_what_was_measured_before(tmp_path: Path) -> None:
    def with_gaps(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[100:102, "value"] = [np.nan, np.inf, -np.inf]
        return frame

    folder = a_folder(tmp_path, with_gaps)

    (first, *_), _ = load_series(folder)

    assert np.isfinite(first.values).all()
    assert (first.values[100:103] == first.values[99]).all()


def test_series_that_cannot_be_read_are_named_and_cost_the_others_nothing(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "x0.csv").write_text("")
    (folder / "x1.csv").unlink()
    reasons: dict[str, str] = {}

    rows = series_task(folder, reasons, with_peers=False)

    assert rows["dogwatch"]["nab_standard"] > 90.0
    (told,) = reasons.values()
    assert "x0.csv, no table" in told
    assert "x1.csv, no such file" in told


@pytest.mark.parametrize(
    ("windows", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no series with a labelled window"),
        ('{"x0.csv": []}', "no series with a labelled window"),
        ('{"x0.csv": [["2024-01-02"]]}', "no pair of moments"),
        ('{"x0.csv": [["2024-01-03", "2024-01-02"]]}', "does not end after it begins"),
        ('{"x0.csv": [["soon", "later"]]}', "does not end after it begins"),
    ],
)
def test_windows_that_label_nothing_are_refused_in_words(windows: str, reason: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "windows.json").write_text(windows)

    with pytest.raises(BadInput, match=reason):
        load_series(folder)
