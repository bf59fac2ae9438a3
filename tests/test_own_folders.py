"""Class folders of the user's own: which pictures are found, of which class and split they are, and what is said."""

import os
import sys
from pathlib import Path

import pytest

from mnist_viz.datasets.own.order import chosen, united
from tests.conftest import PROJECT, run
from tests.pictures import classes, labelled, read_in, save


def split_folders(folder: Path, train: str = "train", test: str = "test") -> Path:
    classes(folder / train, {"cat": 3, "dog": 3})
    for name in ("cat", "dog"):
        save(folder / test / name / "a.png", colour=(1, 2, len(name)))
    return folder


def test_classes_are_in_natural_order(tmp_path: Path) -> None:
    found = read_in(tmp_path, classes(tmp_path / "p", {"10": 2, "2": 2, "1": 2, "b10": 2, "B9": 2, "a": 2}))
    assert found.classes == ["1", "2", "10", "a", "B9", "b10"]
    assert united(["img12", "img2", "img2", "Img1", "x1y10", "x1y9"]) == ["Img1", "img2", "img12", "x1y9", "x1y10"]


def test_classes_are_united_over_the_splits(tmp_path: Path) -> None:
    path = split_folders(tmp_path / "p")
    save(path / "train" / "ant" / "1.png", colour=(9, 9, 9))
    save(path / "test" / "bee" / "1.png", colour=(8, 8, 8))
    found = read_in(tmp_path, path)
    assert found.classes == ["ant", "bee", "cat", "dog"]
    assert sorted(filter(None, labelled(found, "train"))) == ["ant", *["cat"] * 3, *["dog"] * 3]
    assert sorted(filter(None, labelled(found, "test"))) == ["bee", "cat", "dog"]
    assert 'no training pictures of "bee"' in found.notes and 'no test pictures of "ant"' in found.notes


@pytest.mark.parametrize(
    ("train", "test"), [("train", "test"), ("TRAIN", "Test"), ("training", "testing"), ("Train", "val")]
)
def test_folders_of_splits_are_no_classes(tmp_path: Path, train: str, test: str) -> None:
    found = read_in(tmp_path, split_folders(tmp_path / "p", train, test))
    assert found.classes == ["cat", "dog"] and (len(found.train.labels), len(found.test.labels)) == (6, 2)


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Dev"])
def test_pictures_for_validation_are_left_out_beside_a_test_split(tmp_path: Path, name: str) -> None:
    path = split_folders(tmp_path / "p")
    classes(path / name, {"cat": 2, "dog": 1})
    found = read_in(tmp_path, path)
    assert (len(found.train.labels), len(found.test.labels)) == (6, 2)
    assert "3 pictures for validation are left out: there is a test split" in found.notes


def test_pictures_for_validation_are_tested_on_where_there_is_no_test_split(tmp_path: Path) -> None:
    found = read_in(tmp_path, split_folders(tmp_path / "p", test="val"))
    assert "the 2 pictures for validation are the test split, as there is no other" in found.notes


def test_a_class_beside_the_folders_of_splits_is_refused(tmp_path: Path) -> None:
    classes(split_folders(tmp_path / "p"), {"cow": 1})
    with pytest.raises(ValueError, match=r"folders of splits \(test, train\), and beside them cow with pictures"):
        read_in(tmp_path, tmp_path / "p")


def test_an_empty_class_is_left_out_unless_the_classes_are_named(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2, "owl": 0})
    found = read_in(tmp_path, path)
    assert found.classes == ["cat", "dog"] and any("owl left out: no pictures in it" in note for note in found.notes)
    found = read_in(tmp_path, path, classes=("owl", "dog", "cat"))
    assert found.classes == ["owl", "dog", "cat"] and set(labelled(found, "train")) == {"cat", "dog"}


def test_a_list_of_classes_that_lacks_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dataset: classes: lacks dog"):
        read_in(tmp_path, classes(tmp_path / "p", {"cat": 2, "dog": 2}), classes=("cat", "owl"))


def test_hidden_files_and_those_of_tools_are_no_pictures(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    for place in (".ipynb_checkpoints/0.png", "cat/.ipynb_checkpoints/0.png", ".git/0.png", "__MACOSX/cat/0.png"):
        save(path / place)
    (path / "cat" / "._0.png").write_bytes(b"x")
    (path / "cat" / ".DS_Store").write_bytes(b"x")
    found = read_in(tmp_path, path)
    assert found.classes == ["cat", "dog"] and found.notes == []


def test_files_that_are_not_called_as_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    (path / "cat" / "Thumbs.db").write_bytes(b"x")
    (path / "LICENCE.txt").write_text("free")
    (path / "cat" / "idx.txt").write_text("1")
    save(path / "loose.png")
    notes = read_in(tmp_path, path).notes
    assert "LICENCE.txt, cat/Thumbs.db left out: not called as a picture is (.png, .jpg, …)" in notes
    assert "loose.png left out: in no class's folder" in notes


@pytest.mark.parametrize("name", ["kätzchen 🐈", "two words", "line\nbreak", "a < \"b\" & 'c'", "$(id)", "-x", "日本"])
def test_classes_and_files_are_called_as_they_like(tmp_path: Path, name: str) -> None:
    found = read_in(tmp_path, classes(tmp_path / "p", {name: 2, "dog": 2}))
    assert sorted(found.classes) == sorted([name, "dog"])
    path = classes(tmp_path / "q", {"cat": 2, "dog": 2})
    save(path / "cat" / f"{name}.png")
    assert len(read_in(tmp_path, path).train.labels) + len(read_in(tmp_path, path).test.labels) == 5


def test_a_class_whose_name_is_no_text_is_named(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    odd = [Path(os.fsdecode(os.fsencode(path) + name)) for name in (b"/c\xe4t", b"/dog/0\xe4.png")]
    (path / "cat").rename(odd[0])
    with pytest.raises(ValueError, match=r"the name of the class 'c\\udce4t' is not UTF-8"):
        read_in(tmp_path, path)
    (path / "dog" / "0.png").rename(odd[1])
    odd[0].rename(path / "cat")
    assert read_in(tmp_path, path).classes == ["cat", "dog"]


def test_pictures_deeper_in_a_class_are_of_it(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    save(path / "cat" / "2024" / "may" / "a.PNG")
    found = read_in(tmp_path, path)
    assert labelled(found, "train").count("cat") + labelled(found, "test").count("cat") == 3


def test_links_are_followed_wherever_they_lead(tmp_path: Path) -> None:
    classes(tmp_path / "elsewhere", {"cat": 3})
    save(tmp_path / "one.png")
    path = classes(tmp_path / "p", {"dog": 2})
    (path / "cat").symlink_to(tmp_path / "elsewhere" / "cat")
    (path / "dog" / "one.png").symlink_to(tmp_path / "one.png")
    (tmp_path / "link").symlink_to(path)
    found = read_in(tmp_path, tmp_path / "link")
    assert found.classes == ["cat", "dog"] and len(found.train.labels) + len(found.test.labels) == 6


def test_links_that_lead_nowhere_or_around_are_named(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    (path / "cat" / "gone.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(ValueError, match=r"cat/gone\.png is a link that leads nowhere"):
        read_in(tmp_path, path)
    (path / "cat" / "gone.png").unlink()
    (path / "cat" / "again").symlink_to(path)
    with pytest.raises(ValueError, match=r"cat/again is a link to a folder in which it lies"):
        read_in(tmp_path, path)


def test_links_in_a_circle_are_named(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    (path / "cat" / "self.png").symlink_to("self.png")
    with pytest.raises(ValueError, match=r"cat/self\.png is a link that leads nowhere"):
        read_in(tmp_path, path)
    (path / "cat" / "self.png").unlink()
    (path / "cat" / "there").symlink_to(path / "dog")
    (path / "dog" / "back").symlink_to(path / "cat")
    with pytest.raises(ValueError, match=r"is a link to a folder in which it lies"):
        read_in(tmp_path, path)
    (path / "dog" / "back").unlink()
    assert labelled(read_in(tmp_path, path), "train").count("dog") == 1  # those of dog/ are in cat/there/, too


READ = """
import sys
from pathlib import Path
from mnist_viz.datasets.own import Source
from mnist_viz.datasets.own.read import read
try:
    read(Source("pets", sys.argv[1]), Path(sys.argv[2]), 1)
except ValueError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (
            "cat/0.png",
            "1 picture can't be decoded; replace or remove:\n  cat/0.png: it can't be read: Permission denied",
        ),
        ("cat", "p/cat can't be read: Permission denied"),
        ("p", "p can't be read: Permission denied"),
    ],
)
def test_what_can_not_be_read_is_named(tmp_path: Path, place: str, said: str) -> None:
    """By an ordinary user: root, as whom tests may run, gives up the right to read everything."""
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    closed = path if place == "p" else path / place
    ordinary = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    closed.chmod(0)
    try:
        command = [*ordinary, sys.executable, "-c", READ, str(path), str(tmp_path / "own")]
        outcome = run(command, tmp_path, PYTHONPATH=str(PROJECT / "workflow"))
    finally:
        closed.chmod(0o700)
    assert outcome.status == 1 and outcome.text.strip().endswith(said), outcome.text


def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path) -> None:
    path = classes(tmp_path / "p", {"cat": 2, "dog": 2})
    os.mkfifo(path / "cat" / "pipe.png")
    with pytest.raises(ValueError, match=r"cat/pipe\.png is a pipe"):
        read_in(tmp_path, path)


def test_more_than_a_thousand_classes_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / "p" / str(number)).mkdir(parents=True)
        (tmp_path / "p" / str(number) / "no picture.png").write_text("")
    (tmp_path / "p" / "0" / "another.png").write_text("")
    with pytest.raises(ValueError, match="has 1,001 classes; from 2 to 1,000 are possible"):
        read_in(tmp_path, tmp_path / "p")


@pytest.mark.parametrize(("counts", "said"), [({"cat": 3}, "one class, cat"), ({}, "no pictures in class folders")])
def test_one_class_or_none_is_refused(tmp_path: Path, counts: dict[str, int], said: str) -> None:
    (tmp_path / "p").mkdir()
    with pytest.raises(ValueError, match=said):
        read_in(tmp_path, classes(tmp_path / "p", counts))


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dataset: path: there is no "):
        read_in(tmp_path, tmp_path / "gone")


def test_a_test_split_of_five_pictures_is_enough(tmp_path: Path) -> None:
    path = classes(tmp_path / "p" / "train", {"cat": 4, "dog": 4}).parent
    classes(path / "test", {"cat": 3, "dog": 2})
    found = read_in(tmp_path, path)
    assert len(found.test.labels) == 5


def test_the_same_pictures_in_both_splits_are_counted(tmp_path: Path) -> None:
    path = split_folders(tmp_path / "p")
    for name in ("0.png", "1.png"):
        (path / "test" / "dog" / f"copy of {name}").write_bytes((path / "train" / "cat" / name).read_bytes())
    notes = read_in(tmp_path, path).notes
    assert any(note.startswith("2 pictures are the same in the training and the test split") for note in notes)


def test_the_split_is_stratified_and_does_not_depend_on_where_or_in_which_order(tmp_path: Path) -> None:
    found = read_in(tmp_path, classes(tmp_path / "p", {"cat": 50, "dog": 10, "owl": 1}), test=0.2)
    assert (labelled(found, "test").count("cat"), labelled(found, "test").count("dog")) == (10, 2)
    assert labelled(found, "train").count("owl") == 1 and 'no test pictures of "owl"' in found.notes
    other = read_in(tmp_path / "other", classes(tmp_path / "other" / "q", {"owl": 1, "dog": 10, "cat": 50}))
    assert (other.train.images.tobytes(), other.test.images.tobytes()) == (
        found.train.images.tobytes(),
        found.test.images.tobytes(),
    )
    assert len(set(labelled(found, "train")[:12])) > 1


def test_the_split_is_the_same_on_every_machine() -> None:
    places = [f"{name}/{number}.jpg" for name in ("cat", "dog", "chat é") for number in range(10)]
    found = chosen(places, [place.split("/")[0] for place in places], 0.2)
    assert sorted(places[index] for index in found) == [
        "cat/3.jpg",
        "cat/8.jpg",
        "chat é/0.jpg",
        "chat é/1.jpg",
        "dog/6.jpg",
        "dog/9.jpg",
    ]


def test_another_picture_moves_at_most_one_of_the_others() -> None:
    places = [f"cat/{number}.jpg" for number in range(101)]
    labels = ["cat"] * len(places)
    before = {places[index] for index in chosen(places[:-1], labels[:-1], 0.2)}
    after = {places[index] for index in chosen(places, labels, 0.2)}
    assert len(before) == 20 and len(before - after) <= 1
    assert before == {places[index] for index in chosen(places[:-1], ["another"] * 100, 0.2)}


def test_metadata_csv_names_pictures_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "p"
    for number in range(4):
        save(path / "train" / f"{number}.png", colour=(number, 0, 0))
    save(path / "test" / "x.png", colour=(50, 0, 0))
    save(path / "test" / "y.png", colour=(60, 0, 0))
    (path / "train" / "metadata.csv").write_text("label,file_name\ncat,0.png\ndog,1.png\ncat,2.png\n")
    (path / "test" / "metadata.csv").write_text("file_name,label\nx.png,dog\ny.png,\n")
    found = read_in(tmp_path, path)
    assert sorted(filter(None, labelled(found, "train"))) == ["cat", "cat", "dog"]
    assert set(labelled(found, "test")) == {"dog", None}
    assert "train/3.png left out: not named in metadata.csv" in found.notes
    assert "the class of 1 test pictures is not known: they are shown and never counted" in found.notes


def test_metadata_csv_in_the_folder_above_names_splits(tmp_path: Path) -> None:
    path = tmp_path / "p"
    for name in ("train/0.png", "train/1.png", "test/2.png"):
        save(path / name, colour=(len(name), 0, int(name[-5])))
    (path / "metadata.csv").write_text("file_name,label\ntrain/0.png,a\ntrain/1.png,b\ntest/2.png,a\n")
    found = read_in(tmp_path, path)
    assert (sorted(filter(None, labelled(found, "train"))), labelled(found, "test")) == (["a", "b"], ["a"])


def test_metadata_csv_as_spreadsheets_write_it(tmp_path: Path) -> None:
    """A mark at its beginning, CRLF, quotes, line ends in a label, other columns."""
    for number in range(4):
        save(tmp_path / "p" / "images" / f"{number}, a.png", colour=(number, 0, 0))
    rows = [f'"images/{number}, a.png",{label},x' for number, label in enumerate(['"a\nb"', "dog", '"a\nb"', "dog"])]
    text = "\r\n".join(["\ufefffile_name,label,split", *rows, ""])
    (tmp_path / "p" / "metadata.csv").write_bytes(text.encode())
    found = read_in(tmp_path, tmp_path / "p")
    assert found.classes == ["a\nb", "dog"] and len(found.train.labels) + len(found.test.labels) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file_name,label\n0.png,a\ngone.png,b\n", "names gone.png, and there is no such picture"),
        ("file_name,label\n0.png,a\n0.png,b\n", "names 0.png twice"),
        ("name,label\n0.png,a\n", "file_name and label are needed"),
        ("file_name,bbox\n0.png,a\n", "file_name and label are needed"),
    ],
)
def test_metadata_csv_that_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    save(tmp_path / "p" / "0.png")
    (tmp_path / "p" / "metadata.csv").write_text(text)
    with pytest.raises(ValueError, match=rf"metadata\.csv.*{said}"):
        read_in(tmp_path, tmp_path / "p")
