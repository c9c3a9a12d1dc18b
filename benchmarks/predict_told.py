"""Put our figures beside the best baseline's, in lines to read."""

import numpy as np

Rows = dict[str, dict[str, float]]

FOLD = "pr_auc_fold"
WATCH = "watch"
"""The row, and what figures begin with, of the model that people get estimates from."""
_COMPARED = (
    *("pr_auc_", "brier_skill_", "recall_fpr2_", "recall_fpr15_", "roc_auc_", "nab_", "breaks_found"),
)


def by_fold(rows: Rows) -> list[str]:
    """Return one line per fold: our PR-AUC beside the best baseline's there."""
    lines = []
    for key, value in rows.get("dogwatch", {}).items():
        rivals = [
            (row[key], who) for who, row in rows.items() if who not in ("dogwatch", WATCH) and key in row
        ]
        if key.startswith(FOLD) and rivals:
            best, who = max(rivals)
            behind = "" if value >= best else "   <- behind"
            lines.append(f"{key}: {value:.4f}, {best:.4f} ({who}){behind}")
    return lines


def beaten(ours: dict[str, float], others: Rows) -> list[str]:
    """Return one line per task and figure: ours beside the best baseline."""
    lines = ["", "figure: ours, best baseline"]
    for key, value in sorted(ours.items()):
        if not key.startswith(_COMPARED) or "_lo_" in key or "_hi_" in key:
            continue
        rivals = [(row[key], who) for who, row in others.items() if key in row]
        if rivals:
            best, who = max(rivals)
            lines.append(f"{key}: {value:.4f}, {best:.4f} ({who}){'' if value >= best else '   <- behind'}")
    return lines


def add_series_means(ours: dict[str, float], others: Rows, names: list[str]) -> None:
    """Add `nab_standard` and its relatives without a task name: the mean over the collections of series."""
    for row in [ours, *others.values()]:
        for figure in ("nab_standard", "nab_low_fp", "nab_low_fn"):
            values = [row[f"{figure}_{name}"] for name in names if f"{figure}_{name}" in row]
            if values:
                row[figure] = float(np.mean(values))
