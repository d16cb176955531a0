"""COCO files: what they hold becomes outlines, and what is wrong in them one line each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoview.core.errors import UnreadableError
from mammoview.formats.common.coco_run_lengths import decoded
from mammoview.formats.datasets.coco import CocoFile, inside, is_coco, parse
from mammoview.formats.datasets.coco_outlines import outlines_of
from mammoview.study.scan import Outline

CATEGORIES = [
    {"id": 1, "name": "malignant mass"}, {"id": 2, "name": "Calcification"}, {"id": 3, "name": "pectoral muscle"},
    {"id": 4, "name": "no finding"}, {"id": 5, "name": "outline drawn by a person"},
]  # fmt: skip
TRIANGLE = [10, 10, 30, 10, 20, 40]
NAN = float("nan")


def coco(annotations: list[Any], images: list[Any] | None = None) -> CocoFile:
    images = images or [{"id": 1, "file_name": "a.png", "width": 60, "height": 50}]
    document = {"images": images, "annotations": annotations, "categories": CATEGORIES}
    return parse(json.dumps(document).encode(), Path("/data/coco.json"))


def one(**annotation: Any) -> tuple[list[Outline], tuple[str, ...]]:
    """Outlines and warnings of one annotation."""
    found = coco([{"id": 7, "image_id": 1, "category_id": 1, **annotation}])
    assert found.errors == ()
    drawn = outlines_of(found.pictures["a.png"], 50, 60, "coco.json")
    return list(drawn.outlines), drawn.warnings


def test_an_annotation_becomes_an_outline_with_the_words_of_its_category() -> None:
    ((outline,), warnings) = one(segmentation=[TRIANGLE], bbox=[1, 1, 2, 2])
    assert (outline.kind, outline.lesion_type, outline.pathology, outline.source, warnings) == (
        "boundary", "mass", "MALIGNANT", "coco.json", ()
    )  # fmt: skip
    assert outline.points.tolist() == [[10, 10], [30, 10], [20, 40]]
    ((outline,), _) = one(category_id=2, bbox=[10, 20, 30, 5])
    assert (outline.kind, outline.box, outline.lesion_type, outline.pathology) == (
        "box", (10, 20, 40, 25), "Calcification", ""
    )  # fmt: skip
    ((outline,), _) = one(segmentation=[[1, 2, 5, 2, 5, 9, 1, 9]], attributes={"pathology": "BENIGN", "subtlety": 2})
    assert (outline.kind, outline.pathology, outline.subtlety) == ("box", "BENIGN", 2)
    ((outline,), _) = one(category_id=5, bbox=[1, 1, 4, 4], lesion_type="MASS SHAPE OVAL", source="DDSM", assessment=9)
    assert (outline.lesion_type, outline.source, outline.assessment) == ("MASS SHAPE OVAL", "DDSM", None)


def test_several_parts_are_one_lesion() -> None:
    ((outline,), (warning,)) = one(segmentation=[TRIANGLE, [40, 30, 50, 30, 45, 45]])
    assert (outline.kind, outline.box) == ("box", (10, 10, 50, 45))
    assert warning == "an outline of coco.json has several parts: the box around them is taken"


@pytest.mark.parametrize("seed", range(3))
def test_run_lengths_are_those_of_pycocotools(seed: int) -> None:
    masks = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(seed)
    mask = np.kron(rng.random((9, 7)) < 0.4, np.ones((11, 13), bool)) if seed else np.ones((50, 60), bool)
    packed = masks.encode(np.asfortranarray(mask, np.uint8))["counts"].decode()
    assert (decoded(packed, *mask.shape) == mask).all()
    flat = mask.ravel("F")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(int), [2]])))
    plain = np.diff(np.concatenate([[0], edges])).tolist()
    assert (decoded(plain, *mask.shape) == mask).all()


@pytest.mark.parametrize(
    "counts", ["", "\0", "0P", "ooooooooooo1", [3000, 1], [-1, 3001], [1.5, 2998.5], [2**62] * 4 + [3000], "é"]
)
def test_damaged_run_lengths_are_refused(counts: Any) -> None:
    with pytest.raises(ValueError):
        decoded(counts, 50, 60)


@pytest.mark.parametrize("category", [{"name": "mass"}, {"id": [1], "name": "mass"}, {"id": 1, "name": 3}, 7, None])
def test_a_category_that_is_none_says_nothing(category: Any) -> None:
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]}
    document = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [annotation], "categories": [category]}
    found = parse(json.dumps(document).encode(), Path("/data/coco.json"))
    assert found.pictures["a.png"].annotations == ((annotation, ""),)


def test_masks_are_traced() -> None:
    mask = np.zeros((50, 60), bool)
    mask[10:30, 20:44] = True
    flat = mask.ravel("F").astype(int)
    runs = np.diff(np.flatnonzero(np.concatenate([[1], np.diff(flat) != 0, [1]]))).tolist()
    ((outline,), warnings) = one(segmentation={"counts": runs, "size": [50, 60]}, iscrowd=1)
    assert outline.box == pytest.approx((20, 10, 44, 30), abs=0.5)  # as closely as masks are traced
    assert (outline.kind, warnings) == ("boundary", ())


BAD = {
    "its polygon has a place that is no number": {"segmentation": [[1, 2, NAN, 4, 5, 6]]},
    "its polygon needs three points or more": {"segmentation": [[1, 2, 3, 4]]},
    "could not convert string to float": {"segmentation": [["a", 2, 3, 4, 5, 6]]},
    "its box has a side that is no number": {"bbox": [1, 2, float("inf"), 4]},
    "its polygon lies far outside the picture": {"segmentation": [[1, 2, 1e300, 4, 5, 6]]},
    "its box lies far outside the picture": {"bbox": [1e300, 2, 3, 4]},
    "its box has no size": {"bbox": [1, 2, 0, 4]},
    "it has neither a polygon, a mask nor a box": {"segmentation": []},
    "its mask has 60 x 51 pixels, the picture 60 x 50": {"segmentation": {"counts": [3060], "size": [51, 60]}},
    "its mask is empty": {"segmentation": {"counts": [3000], "size": [50, 60]}},
    "its runs do not cover 60 x 50 pixels": {"segmentation": {"counts": [10**12], "size": [50, 60]}},
}


@pytest.mark.parametrize("reason", BAD)
def test_an_outline_that_cannot_be_read_is_one_line(reason: str) -> None:
    outlines, (warning,) = one(**BAD[reason])
    assert outlines == []
    assert warning.startswith(f"an outline of coco.json is left out: annotation 7: {reason}")


def test_another_size_than_the_picture_is_one_line() -> None:
    found = coco([{"id": n, "image_id": 1, "bbox": [1, 1, 2, 2]} for n in range(9)])
    drawn = outlines_of(found.pictures["a.png"], 500, 600, "coco.json")
    assert drawn.warnings == (
        "an outline of coco.json is left out: it states 60 x 50 pixels, the picture has 600 x 500",
    )


def test_predictions_and_anatomy_are_no_lesions() -> None:
    box = {"image_id": 1, "bbox": [1, 1, 9, 9]}
    found = coco(
        [
            {"id": 1, "category_id": 1, **box}, {"id": 2, "category_id": 1, "score": 0.5, **box},
            {"id": 3, "category_id": 3, **box}, {"id": 4, "category_id": 4, **box}, {"id": 5, "category_id": 99, **box},
        ]
    )  # fmt: skip
    assert found.left_out == {"predictions": 1, "regions that are no lesions": 2}
    assert [entry["id"] for entry, _ in found.pictures["a.png"].annotations] == [1, 5]


def test_a_picture_with_predictions_alone_may_have_a_finding() -> None:
    images = [{"id": n, "file_name": f"{n}.png"} for n in range(5)]
    box = {"bbox": [1, 1, 9, 9]}
    annotations = [
        {"image_id": 0, "category_id": 1, "score": 0.5, **box}, {"image_id": 1, "category_id": 1, "score": 0.5, **box},
        {"image_id": 1, "category_id": 4, **box}, {"image_id": 2, "category_id": 3, **box},
    ]  # fmt: skip
    unknown = {name: one.unknown for name, one in coco(annotations, images).pictures.items()}
    assert unknown["0.png"] == "its annotations in coco.json are predictions: whether it has a finding is not known"
    assert {name for name, why in unknown.items() if why} == {"0.png"}
    for alone in (annotations[:1], annotations[3:], [{"image_id": "0", **box}]):
        assert all(one.unknown for one in coco(alone, images).pictures.values())
    assert not any(one.unknown for one in coco([], images).pictures.values())


def test_a_mask_larger_than_any_picture_is_refused() -> None:
    for counts in ([10**12], "o" * 9):
        with pytest.raises(ValueError, match="which no picture has"):
            decoded(counts, 10**6, 10**6)
    with pytest.raises(ValueError, match="more than its pixels"):
        decoded("0" * 5000, 50, 60)


def test_a_size_of_true_is_none() -> None:
    found = coco(
        [{"id": 1, "image_id": 1, "bbox": [0, 0, 1, 1]}], [{"id": 1, "file_name": "a", "width": 1, "height": True}]
    )
    assert found.pictures["a"].size is None


def test_what_is_wrong_in_the_lists_is_one_line_each() -> None:
    images = [
        {"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "b.png"}, {"id": 3, "file_name": "../c.png"},
        {"id": 4, "file_name": "/d.png"}, {"id": 5}, 7, {"id": 6, "file_name": "e.png"}, {"id": [1], "file_name": "f"},
    ]  # fmt: skip
    box = {"bbox": [1, 1, 9, 9]}
    same = {"id": 8, "image_id": 6, **box}
    others = [{"id": 8, "image_id": 6, "bbox": [5, 5, 9, 9]}, {"id": 9, "image_id": 1, **box}]
    lost = [{"id": n, "image_id": 50, **box} for n in range(20, 30)]
    found = coco([same, same, *others, *lost, None, {"image_id": [1]}], images)
    assert found.errors == (
        "image id 1: of two pictures, whose outlines are left out",
        "../c.png, /d.png: outside the folder, and left out",
        "a picture, a picture, a picture: without id or file_name, and left out",
        "annotation 8: there twice, and read once",
        "annotation 8: an id of two annotations, which are both read",
        "annotation 20, annotation 21, annotation 22, annotation 23 and 8 more: of no picture that is listed",
    )
    assert {name: len(one.annotations) for name, one in found.pictures.items()} == {"a.png": 0, "b.png": 0, "e.png": 2}
    for name in ("a.png", "b.png"):
        assert found.pictures[name].warnings == ("an outline of coco.json is left out: two pictures have its image id",)


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"images": 3, "annotations": []}', b'{"images": []}', b"\xff\xfe"])
def test_what_is_no_coco_file_is_one_clear_error(raw: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"coco\.json: it is no COCO file that can be read"):
        parse(raw, Path("/data/coco.json"))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.png", "a.png"), ("x/a.png", "x/a.png"), ("x\\a.png", "x/a.png"), ("./a.png", "a.png"), ("../a.png", None),
        ("x/../../a", None), ("/etc/passwd", None), ("C:\\a.png", None), ("\\\\host\\a.png", None), ("", None),
        ("a\0.png", None),
    ],
)  # fmt: skip
def test_a_name_does_not_lead_out_of_the_folder(name: str, plain: str | None) -> None:
    assert inside(name) == plain


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("coco.json", '{"info": {}', True), ("x.json", '\n { "images" : []', True), ("x.txt", '{"images": []', False),
        ("a.outlines.json", '{"images": []', False), ("SCAN.json", '{"source": "x"', False), ("y.json", "", False),
    ],
)  # fmt: skip
def test_a_coco_file_is_known_by_its_beginning(tmp_path: Path, name: str, text: str, known: bool) -> None:
    (tmp_path / name).write_text(text)
    assert is_coco(tmp_path / name) is known
