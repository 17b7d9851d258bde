import pytest

import mosaic_helpers as mh


def test_lists_sorted_without_hidden_files_and_litter(tmp_path):
    for name in ["b.jpg", "a/z.JPG", "a/é.png", ".hidden.jpg", ".git/x.jpg", "Thumbs.db", "c"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    found = [p.relative_to(tmp_path).as_posix() for p in mh.list_photos(tmp_path)]
    assert found == ["a/z.JPG", "a/é.png", "b.jpg", "c"]


def test_a_loop_of_links_ends(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "cat.jpg").write_bytes(b"x")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert len(mh.list_photos(tmp_path)) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no folder"),
        (lambda p: p.mkdir(), "no photos"),
        (lambda p: p.write_text("x"), "is a file"),
    ],
)
def test_says_what_is_wrong_with_the_folder(tmp_path, make, message):
    make(tmp_path / "photos")
    with pytest.raises(mh.MosaicError, match=message):
        mh.list_photos(tmp_path / "photos")
