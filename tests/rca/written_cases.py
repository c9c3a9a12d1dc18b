"""Cases on disk as `dogwatch incidents export` leaves them, without a house around."""

from pathlib import Path

from domain.investigation.evidence import IncidentCase, RunFacts
from rca.cases.case_export import add_label, case_files, folder_for
from rca.cases.case_labels import Label


def write_case(data_set: Path, case: IncidentCase, label: Label, run: RunFacts | None = None) -> Path:
    """Write a case below a data set's folder and its label beside it; return the case's folder."""
    folder = folder_for(data_set, case.case_id)
    for name, content in case_files(case, run):
        path = data_set / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    add_label(data_set, label)
    return folder
