import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import scene
from PIL import Image

import mosaic_helpers as mh
from mosaic_helpers.__main__ import main
from mosaic_helpers.course import data as course


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def test_a_folder_of_photos_becomes_a_mosaic(cats, tmp_path, capsys):
    folder = cats[0].parents[1] if cats[0].parent.name else cats[0].parent
    output = tmp_path / "out" / "mosaic.png"
    options = ["--photos", folder, "--columns", 10, "--tile-size", 12, "--output", output]
    status, out, err = run(capsys, "mosaic", *options)
    assert status == 0, err
    assert Image.open(output).size == (120, 84)
    assert f"The mosaic is in {output} (120 × 84 pixels)" in out
    assert "the optimum, proved" in out
    for step in ("photos", "tiles", "match", "mosaic"):
        assert f"\n  {step} " in "\n" + out
    cells = json.loads(output.with_suffix(".json").read_text("utf-8"))["cells"]
    used = [tile for row in cells for tile in row]
    assert len(used) == len(set(used)) == 70


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--photos", "nowhere"], "There is no folder 'nowhere'"),
        (["--target", "nothing.jpg"], "'nothing.jpg' cannot be used: there is no such file."),
        (["--columns", "0"], "from 1 to 2,000, not 0"),
        (["--tile-size", "0"], "tile size (pixels) must be a whole number"),
        (["--tile-size", "99999"], "from 1 to 1,024, not 99999"),
        (["--tile-size", "1000"], "on a side"),
        (["--tint", "101"], "--tint (per cent) must be a whole number from 0 to 100"),
        (["--max-uses", "0"], "use limit --max-uses must be a whole number from 1"),
        (["--min-distance", "-1"], "distance --min-distance must be a whole number from 1"),
        (["--method", "nearest", "--max-uses", "2"], "--max-uses goes with --method optimal"),
        (["--method", "nearest", "--everyone"], "--everyone goes with --method optimal"),
        (["--output", "photos/a.png", "--target", "photos/a.png"], "is the target itself"),
        (["--output", "photos/a.png/m.png"], "Cannot write"),
        (["--output", "mosaic.doc"], "end it in .jpg, .png or .tif"),
        (["--cluster", "nonsense"], "No dask scheduler answers"),
    ],
)
def test_mistakes_get_one_sentence(tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    scene().save(tmp_path / "photos" / "a.png")
    status, _, err = run(capsys, "mosaic", "--photos", "photos", *options)
    assert status == 1
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "mosaic --colums=30",
            "there is no argument '--colums': did you mean '--columns'? Type",
        ),
        ("mosaic me.jpg", "there is no argument 'me.jpg'. Type  photo-mosaic mosaic --help"),
        ("mosaic --columns sixty", "argument --columns: invalid int value: 'sixty'. Type"),
        ("mosiac", "choose from"),
    ],
)
def test_a_misspelt_argument_gets_one_line(capsys, arguments, message):
    with pytest.raises(SystemExit) as caught:
        main(arguments.split())
    said = capsys.readouterr().err
    assert caught.value.code == 2
    assert message in said and said.count("\n") == 1


def test_too_few_photos_says_what_would_do(tmp_path, capsys):
    for i in range(3):
        scene(seed=i).save(tmp_path / f"{i}.png")
    options = ["--photos", tmp_path, "--tile-size", 8, "--columns", 5, "--max-uses", 1]
    status, _, err = run(capsys, "mosaic", *options, "--output", tmp_path / "out" / "m.png")
    assert status == 1
    assert "set max_uses to 5, take 2 columns, or add 12 photos." in err


def test_a_diagnosis_before_and_everyone_in_the_mosaic(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    for i in range(5):
        scene(seed=i).save(tmp_path / "photos" / f"{i}.png")
    options = ["--photos", tmp_path / "photos", "--columns", 4, "--tile-size", 8]
    options += ["--store", tmp_path / "tiles.h5"]
    status, out, err = run(capsys, "diagnose", *options)
    assert status == 0, err
    assert "5 tiles, 12 cells (4 × 3):\nTo fill the grid, tiles must be used up to 3 " in out
    assert "% of the cells have a colour that no tile has" in out
    assert out.endswith("; proved).\n")
    options += ["--max-uses", 12, "--everyone", "--output", tmp_path / "mosaic.png"]
    status, out, err = run(capsys, "mosaic", *options)
    assert status == 0, err
    assert "12 cells, 5 tiles, 5 of them used" in out


def test_what_an_earlier_run_left_among_the_photos_is_no_photo(tmp_path, capsys):
    (tmp_path / "more").mkdir()
    for i in range(6):
        scene(seed=i).save(tmp_path / ("more" if i % 2 else "") / f"{i}.png")
    options = ["--tile-size", 8, "--columns", 2, "--output", tmp_path / "mosaic.png"]
    for _ in range(2):
        status, out, err = run(capsys, "mosaic", "--photos", tmp_path, *options)
        assert status == 0, err
        assert "2 cells, 6 tiles, 2 of them used" in out
        assert "skipped" not in out
    apart = ["--photos", tmp_path / "more", tmp_path / "more", "--method", "nearest"]
    status, out, _ = run(capsys, "mosaic", *apart, *options)
    assert "2 cells, 3 tiles" in out


def test_what_can_be_mended_is_not_buried_under_what_is_no_photo(tmp_path, capsys):
    album = tmp_path / "Takeout" / "Photos from 2024"
    album.mkdir(parents=True)
    for i in range(40):
        scene(seed=i).save(album / f"{i}.jpg")
        (album / f"{i}.jpg.supplemental-metadata.json").write_text("{}")
        (album / f".{i + 40}.HEIC.icloud").write_bytes(b"bplist00")
        (album / "@eaDir" / f"{i}.jpg").mkdir(parents=True)
        scene(seed=i).resize((9, 9)).save(album / "@eaDir" / f"{i}.jpg" / "SM.jpg")
    for name in ("7.jpg", "8.jpg"):
        (album / name).write_bytes((album / name).read_bytes()[:-50])
    options = ["--columns", 4, "--tile-size", 8, "--output", tmp_path / "m.png"]
    status, out, err = run(capsys, "mosaic", "--photos", tmp_path / "Takeout", *options)
    assert status == 0, err
    said = [line.strip() for line in out.splitlines() if line.startswith("    ")]
    assert said[0] == "40 photos are still in the cloud: download them first."
    assert said[1].startswith("2 skipped: the picture is cut short; copy it again")
    assert said[1].endswith("('7.jpg', '8.jpg').")
    assert said[2:] == ["80 files are no photos: 40 JSON files, 40 thumbnails."]


def folder_of(path, seeds):
    path.mkdir()
    for seed in seeds:
        scene(seed=seed).save(path / f"{seed}.png")
    return path


SMALL = ["--tile-size", 8, "--columns", 2, "--method", "nearest"]


def test_what_is_not_ours_is_refused_before_any_work_and_replaced_if_asked_for(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    photos = folder_of(tmp_path / "photos", range(4))
    (photos / "holiday.json").write_text("my notes")
    (tmp_path / "twin.png").hardlink_to(photos / "2.png")
    before = (photos / "2.png").read_bytes()
    for output in (
        "photos/2.png",
        "photos/holiday.png",
        "./photos/../photos/2.png",
        "twin.png",
    ):
        status, out, err = run(capsys, "mosaic", "--photos", photos, *SMALL, "--output", output)
        assert (status, out) == (1, "")
        assert "This would destroy" in err and "--overwrite" in err
    assert (photos / "2.png").read_bytes() == before
    assert (photos / "holiday.json").read_text() == "my notes"
    options = [*SMALL, "--output", "photos/holiday.png", "--overwrite"]
    status, out, err = run(capsys, "mosaic", "--photos", photos, *options)
    assert status == 0, err
    assert "replaced 'photos/holiday.json', where the manifest goes" in out


@pytest.mark.parametrize("output", ["tiles.png", "tiles.jpg"])
def test_the_file_of_the_tiles_is_not_the_output(tmp_path, capsys, output):
    photos = folder_of(tmp_path / "photos", range(4))
    store = tmp_path / ("tiles.json" if output.endswith("jpg") else output)
    options = ["--photos", photos, *SMALL, "--store", store, "--output", tmp_path / output]
    status, _, err = run(capsys, "mosaic", *options)
    assert status == 1
    assert "is the file of the tiles itself" in err
    assert not store.exists()


def test_a_second_run_with_a_sample_or_a_home(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    photos = folder_of(tmp_path / "photos", range(4))
    scene(seed=9).save(tmp_path / "x.jpg")
    for target in ("astronaut", "~/x.jpg"):
        for _ in range(2):
            options = [*SMALL, f"--target={target}", "--output", tmp_path / "m.jpg"]
            status, _, err = run(capsys, "mosaic", "--photos", photos, *options)
            assert status == 0, err
    options = [*SMALL, "--target=~/x.jpg", "--output", "~/x.jpg"]
    status, _, err = run(capsys, "mosaic", "--photos", photos, *options)
    assert status == 1
    assert "is the target itself" in err


def test_each_set_of_photos_has_tiles_of_its_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    sets = folder_of(tmp_path / "cats", [1, 2, 3]), folder_of(tmp_path / "other/cats", [4, 5])
    for photos in (*sets, "cats", "./cats/", "cats/../other/cats"):
        status, _, err = run(capsys, "mosaic", "--photos", photos, *SMALL, "--output", "m.png")
        assert status == 0, err
    stores = sorted(tmp_path.glob("tiles-cats-*-8.h5"))
    assert {len(mh.open_tiles(store)) for store in stores} == {2, 3}
    assert len(stores) == 2
    mine = [*SMALL, "--output", "m.png", "--store", stores[0]]
    other = sets[len(mh.open_tiles(stores[0])) == 3]
    status, _, err = run(capsys, "mosaic", "--photos", other, *mine)
    assert status == 1
    assert "has the tiles of other photos" in err and "--overwrite" in err
    status, out, err = run(capsys, "mosaic", "--photos", other, *mine, "--overwrite")
    assert status == 0, err
    assert "  replacing " in out
    os.rename(other, tmp_path / "moved")  # these are the same photos, elsewhere
    status, _, err = run(capsys, "mosaic", "--photos", tmp_path / "moved", *mine)
    assert status == 0, err


def test_the_app_leaves_the_tiles_of_the_course_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOSAIC_CATS", "12")
    monkeypatch.setattr("mosaic_helpers.course.doctor.data_folder", lambda: Path("data"))
    served = []
    monkeypatch.setattr("mosaic_helpers.explorer.serve", lambda store, *_: served.append(store))
    course.prepare(tmp_path / "data", progress=False)
    before = (tmp_path / "data" / "tiles.h5").read_bytes()
    photos = folder_of(tmp_path / "Pictures", range(3))
    assert run(capsys, "app", "--photos", photos)[0] == 0
    assert served[0].name.startswith("tiles-Pictures-")
    assert run(capsys, "app")[0] == 0
    assert served[1] == Path("data/tiles.h5")
    assert run(capsys, "app", "--tile-size", 8)[0] == 0
    assert served[2] == Path("data/tiles-8.h5")
    status, _, err = run(capsys, "app", "--photos", photos, "--store", "data/tiles.h5")
    assert status == 1
    assert "has the tiles of other photos" in err
    assert (tmp_path / "data" / "tiles.h5").read_bytes() == before


def test_runs_as_a_module_and_explains_itself():
    run = subprocess.run(
        [sys.executable, "-m", "mosaic_helpers", "mosaic", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--photos DIR [DIR ...]" in run.stdout


def test_the_app_says_what_is_wrong_before_it_serves(tmp_path, capsys):
    nowhere = tmp_path / "nowhere"
    assert main(["app", "--photos", str(nowhere), "--store", str(tmp_path / "t.h5")]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_the_course_is_prepared_exported_and_imported(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MOSAIC_CATS", "20")
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "course.tar"
    status, out, err = run(capsys, "prepare", "--data", here, "--export", file)
    assert status == 0, err
    assert f"{here / 'tiles.h5'}: 20 tiles of 64 × 64 pixels; 4 photos skipped" in out
    assert "prepare --import course.tar" in out
    assert out.endswith("Ready: you can open any notebook now.\n")
    status, out, err = run(capsys, "prepare", "--data", there, "--import", file)
    assert status == 0, err
    assert f"{file}: 27 new files\n" in out
    changed = there / "cats" / "2007 kitchen" / "IMG_00003.jpg"
    scene().save(changed)
    os.utime(changed, (4e9, 4e9))
    status, out, err = run(capsys, "prepare", "--data", there, "--import", file)
    assert status == 0, err
    assert "0 new files, 25 were here already" in out
    assert "1 not replaced, because yours is newer: 'cats/2007 kitchen/IMG_00003" in out


def test_the_course_is_prepared_with_ones_own_photos(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MOSAIC_CATS", "20")
    (tmp_path / "mine").mkdir()
    for i in range(3):
        scene(seed=i).save(tmp_path / "mine" / f"{i}.png")
    (tmp_path / "mine" / "letter.txt").write_text("Dear cat,")
    data = tmp_path / "data"
    status, out, err = run(capsys, "prepare", "--data", data, "--photos", tmp_path / "mine")
    assert status == 0, err
    assert "tiles.h5: 3 tiles" in out
    assert "1 skipped: it is not a picture" in out
    assert "('letter.txt').\n" in out
    assert sorted(path.name for path in data.iterdir()) == [
        "cats",
        "first-tiles.h5",
        "photos.json",
        "tiles.h5",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--photos", "nowhere"], "There is no folder 'nowhere'"),
        (["--import", "nowhere.tar"], "There is no file 'nowhere.tar'"),
        (["--import", "a.tar", "--photos", "b"], "--import brings its own photos"),
    ],
)
def test_what_cannot_be_prepared_gets_one_sentence(
    tmp_path, monkeypatch, capsys, options, message
):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, "prepare", "--data", "data", *options)
    assert status == 1
    assert message in err
    assert not (tmp_path / "data" / "tiles.h5").exists()


def test_the_doctor_answers_with_its_status(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("mosaic_helpers.course.doctor.CHECKS", [])
    (tmp_path / "data").write_text("a file in the place of the folder")
    status, out, _ = run(capsys, "doctor", "--data", tmp_path / "data")
    assert status == 1
    assert "problem  writing: not possible" in out
    (tmp_path / "data").unlink()
    assert run(capsys, "doctor", "--data", tmp_path / "data")[0] == 0


def test_check_reads_every_photo_again(tmp_path, capsys):
    (tmp_path / "p").mkdir()
    for i in range(4):
        scene(seed=i).save(tmp_path / "p" / f"{i}.bmp")
    store = tmp_path / "t.h5"
    mh.build_tiles(mh.list_photos(tmp_path / "p"), store, 8, progress=False)
    before, status = store.read_bytes(), os.stat(tmp_path / "p" / "0.bmp")
    scene(seed=7).save(tmp_path / "p" / "0.bmp")
    os.utime(tmp_path / "p" / "0.bmp", ns=(status.st_atime_ns, status.st_mtime_ns))
    options = ["--photos", tmp_path / "p", "--store", store, "--columns", 4, "--tile-size", 8]
    assert run(capsys, "diagnose", *options, "--check")[0] == 0
    assert store.read_bytes() != before
