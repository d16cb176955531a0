"""Patches follow P06-P12, and nothing but the finding distinguishes the classes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from training.data.patch_augmentation import Variation, cut, quarter_turn, varied, vary
from training.data.patch_centres import PatchCentre, spots, sums
from training.data.patches import PatchSampling, TrainingPatches, fixed
from training.data.prepare import PreparedMammogram, load
from training.data.splits import PARTS, split
from training.datasets import Example, ExcludedImage, examples
from training.fit.heatmap_runs import TrainingFrames, cells
from training.fit.trainer import precision, steps


def test_every_image_is_prepared_or_excluded_with_a_reason(made_up, members) -> None:
    items = list(examples(made_up))
    excluded = [i for i in items if isinstance(i, ExcludedImage)]
    assert [(e.name, e.why) for e in excluded] == [("00020_LEFT_CC.jpg", "native size unknown")]
    assert len(members) == len([i for i in items if isinstance(i, Example)])


def test_no_patient_is_on_both_sides_and_every_one_is_tested_once(members: list[PreparedMammogram]) -> None:
    tested = []
    for part in PARTS:
        parts = split(members, part)
        assert not {m.group for m in parts.training} & {m.group for m in parts.held}
        assert len(parts.training) + len(parts.held) == len(members)
        tested += [m.name for m in parts.held]
    assert sorted(tested) == sorted(m.name for m in members)
    pilot = split(members, "pilot")
    assert not {m.group for m in pilot.training} & {m.group for m in pilot.held}
    with pytest.raises(MammoviewError, match="no part"):
        split(members, "7")


def test_outlines_land_on_the_bright_disc(members: list[PreparedMammogram]) -> None:
    """Through un-squashing, flip and Frame: the prepared image is brightest where the outline says."""
    for member in members:
        for points in member.polygons(200):
            column, row = (points.min(0) + points.max(0)) / 2
            image = np.asarray(member.image(200), float)
            inside = image[int(row) - 8 : int(row) + 8, int(column) - 8 : int(column) + 8].mean()
            y, x = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
            distance = np.hypot(x - column, y - row)
            ring = image[(distance > 32) & (distance < 36)].mean()
            assert inside > ring + 0.5, (member.name, inside, ring)


def test_negatives_touch_no_outline_and_hold_tissue(members: list[PreparedMammogram]) -> None:
    found = spots(members, 200, 128)
    assert found.positives
    assert found.tissue
    for spot in (*found.tissue, *found.rim):
        member = members[spot.example]
        assert not member.unplaced
        for points in member.polygons(200):
            low, high = points.min(0), points.max(0)
            apart = (
                spot.column + 64 <= low[0]
                or spot.column - 64 >= high[0]
                or spot.row + 64 <= low[1]
                or spot.row - 64 >= high[1]
            )
            corner = np.hypot(*np.maximum(np.abs((low + high) / 2 - (spot.column, spot.row)) - 64, 0))
            assert apart or corner >= np.ptp(points[:, 0]) / 2 - 1.5, "only the corner of a circle's box may be met"
    assert all(s.share >= 0.8 for s in found.tissue)
    assert all(0.02 <= s.share < 0.8 for s in found.rim)


def test_images_with_unplaced_findings_give_no_patch(members: list[PreparedMammogram]) -> None:
    unplaced = {i for i, m in enumerate(members) if m.unplaced}
    assert unplaced
    found = spots(members, 200, 128)
    assert not unplaced & {s.example for s in (*found.positives, *found.tissue, *found.rim)}


def test_epochs_are_balanced_fresh_and_reproducible(members: list[PreparedMammogram]) -> None:
    patches = TrainingPatches(members, 200, 128, PatchSampling(repeats={"mini_mias": 2}), seed=5)
    labels = [int(patches[i][1]) for i in range(len(patches))]
    assert sum(labels) * 2 == len(labels)
    first = patches[1][0].clone()
    assert (patches[1][0] == first).all()
    patches.epoch = 1
    assert not (patches[1][0] == first).all()


def test_positives_and_negatives_come_from_each_source_alike(members: list[PreparedMammogram]) -> None:
    patches = TrainingPatches(members, 200, 128, PatchSampling(repeats={"mini_mias": 3}), seed=5)
    for positive in patches.positives:
        source = members[positive.example].source
        assert {members[s.example].source for s in patches.negatives[source, "tissue"]} == {source}


def test_cut_is_a_plain_crop_when_nothing_is_varied() -> None:
    image = np.random.default_rng(0).standard_normal((300, 300)).astype(np.float16)
    patch = cut(image, PatchCentre(0, 150.0, 140.0, True, 1.0), 128, 0.0)
    np.testing.assert_allclose(patch, image[76:204, 86:214].astype(np.float32), atol=1e-3)


def test_rotated_cuts_have_no_black_corners() -> None:
    image = np.full((600, 600), 3.0, np.float16)
    rng = np.random.default_rng(1)
    for _ in range(20):
        patch = cut(image, PatchCentre(0, 300.0, 300.0, True, 1.0), 128, -4.0, vary(rng))
        np.testing.assert_allclose(patch, 3.0, atol=1e-4)


def test_square_variation_keeps_every_filmed_pixel_and_free_variation_mixes_them() -> None:
    """Of an image of two values a patch that is only turned, flipped and toned has two values again."""
    image = np.random.default_rng(2).integers(0, 2, (400, 400)).astype(np.float16)
    spot = PatchCentre(0, 200.3, 199.8, True, 1.0)
    rng = np.random.default_rng(4)
    several = [varied(image, spot, 64, 0.0, "square", 8.0, rng) for _ in range(16)]
    assert all(len(np.unique(patch)) == 2 for patch in several)
    bright = {(patch > patch.mean()).tobytes() for patch in several}
    assert len(bright) == 16, "turned, flipped and shifted at random"
    assert len(np.unique(varied(image, spot, 64, 0.0, "free", 8.0, rng))) > 100
    mixed = [len(np.unique(varied(image, spot, 64, 0.0, "both", 8.0, rng))) == 2 for _ in range(40)]
    assert 8 < sum(mixed) < 32


def test_each_quarter_turn_lays_a_square_onto_itself() -> None:
    rng = np.random.default_rng(0)
    turns = {tuple(quarter_turn(rng).astype(int).ravel()) for _ in range(200)}
    assert len(turns) == 8
    assert all(abs(a * d - b * c) == 1 for a, b, c, d in turns)


@pytest.mark.parametrize("variation", ["free", "square"])
def test_frames_keep_picture_and_target_together(
    members: list[PreparedMammogram], variation: Variation, monkeypatch
) -> None:
    """Where the picture is its own target, their cells agree up to the tones."""
    monkeypatch.setattr("training.fit.heatmap_runs.toned", lambda patch, rng: patch)
    monkeypatch.setattr("training.fit.heatmap_runs.blurred", lambda patch, rng: patch)
    frames = TrainingFrames([m for m in members if m.findings][:4], 3, variation)
    frames.images = [t.astype(np.float32) for t in frames.targets]
    for index in range(len(frames)):
        picture, target = frames[index]
        assert picture.shape == (1, 256, 256)
        np.testing.assert_allclose(cells(picture[0].numpy()), target[0].numpy(), atol=1e-3)


def test_fixed_patches_are_off_centre_and_the_same_each_time(members: list[PreparedMammogram]) -> None:
    one, two = fixed(members[:6], 200, 128, 4), fixed(members[:6], 200, 128, 4)
    assert (one.patches == two.patches).all()
    assert one.labels.any()
    assert not one.labels.all()


def test_a_folder_without_data_is_named(tmp_path) -> None:
    with pytest.raises(MammoviewError, match="no data set"):
        list(examples(tmp_path))
    with pytest.raises(MammoviewError, match="nothing is prepared"):
        load(tmp_path)


def test_mined_patches_are_drawn_as_often_as_asked(members: list[PreparedMammogram]) -> None:
    mined = [s for s in spots(members, 200, 128).rim if members[s.example].source == "cbis_masses"][:1]
    patches = TrainingPatches(members, 200, 128, PatchSampling(hard=1.0, normals=0.0), seed=1, mined=mined)
    drawn = {patches.draw_negative("cbis_masses", np.random.default_rng(i)) for i in range(20)}
    assert drawn == set(mined)


def test_some_negatives_beside_ddsm_findings_are_normal_film_of_the_same_archive(
    members: list[PreparedMammogram],
) -> None:
    patches = TrainingPatches(members, 200, 128, PatchSampling(normals=0.5), seed=1)
    sources = [
        members[patches.draw_negative("cbis_masses", np.random.default_rng(i)).example].source for i in range(200)
    ]
    assert 0.3 < sources.count("ddsm_normals") / 200 < 0.7
    assert set(sources) == {"cbis_masses", "ddsm_normals"}


def test_a_class_without_a_patch_is_named(members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings everywhere leave no normal tissue beside them; no finding at all leaves nothing to learn."""
    found = spots(members, 200, 128)
    monkeypatch.setattr("training.data.patches.spots", lambda *_: dataclasses.replace(found, tissue=()))
    with pytest.raises(MammoviewError, match="no normal patch of tissue"):
        TrainingPatches(members, 200, 128)
    monkeypatch.setattr("training.data.patches.spots", lambda *_: dataclasses.replace(found, positives=()))
    with pytest.raises(MammoviewError, match="no sample can be drawn"):
        steps(TrainingPatches(members, 200, 128), 1, 16)


def test_sums_are_plain_sums() -> None:
    values = np.random.default_rng(3).integers(0, 256, (70, 90)).astype(np.uint8)
    starts = np.array([[0, 0], [5, 17], [38, 58]])
    np.testing.assert_array_equal(sums(values, starts, 32), [values[r : r + 32, c : c + 32].sum() for r, c in starts])


@pytest.mark.parametrize(("amx", "wanted"), [(True, "bf16-mixed"), (False, "32-true")])
def test_half_precision_is_for_processors_that_multiply_it_fast(monkeypatch, amx: bool, wanted: str) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cpu._is_amx_tile_supported", lambda: amx)
    assert precision() == wanted
