"""An upload repeated or resumed when W&B has exported the run's history: a receipt, and nothing sent twice."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wandb_server import Export, Server
from tests.wandb_server.uploads import Picture, check_complete, receipt, upload

CHANGES = ("UpsertBucket", "CreateArtifact", "UseArtifact", "file_stream", "CreateRunFiles")
FORMS = {
    "structs": Export(),
    "text": Export(nested="text"),
    "several files": Export(files=3),
    "the last epoch live": Export(upto=65),
    "half of the steps live": Export(upto=30, files=2, nested="text"),
    "live pages that repeat the files": Export(upto=65, overlap=True),
}


@pytest.fixture(scope="module")
def uploaded(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    """A folder whose variant was uploaded, and the server that has it. What the tests do to it changes nothing."""
    root = tmp_path_factory.mktemp("uploaded") / "project"
    shutil.copytree(trained, root)
    with Server() as server:
        done = upload(root, "baseline", server)
        assert done.status == 0, done.text
        yield root, server
        assert server.defects == []


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_uploaded_again_days_later_is_complete_and_sends_nothing(
    form: Export, uploaded: tuple[Path, Server], clean: Picture
) -> None:
    root, server = uploaded
    first, sent = receipt(root, "baseline"), server.uploaded
    before = [server.count(change) for change in CHANGES]
    ((_, run),) = server.state.runs.items()
    run.export = form
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    check_complete(server, root, clean)
    again = receipt(root, "baseline")
    own = ("history_rows", "tables", "table_rows", "artifacts", "run_path")
    assert {key: repr(again[key]) for key in own} == {key: repr(first[key]) for key in own}
    assert [server.count(change) for change in CHANGES] == before and server.uploaded == sent


@pytest.mark.parametrize(("rows", "form"), [(40, Export(upto=30, nested="text")), (65, Export(files=2))])
def test_interrupted_and_resumed_days_later_ends_as_one_clean_upload(
    rows: int, form: Export, root: Path, server: Server, clean: Picture
) -> None:
    assert upload(root, "baseline", server).status == 0
    ((_, run),) = server.state.runs.items()
    before, count = run.history[:rows], len(run.history)
    del run.history[rows:]
    run.summary["_step"], run.state, run.export = rows, "crashed", form
    done = upload(root, "baseline", server)
    assert done.status == 0, done.text
    check_complete(server, root, clean)
    assert run.history[:rows] == before and len(run.history) == count
