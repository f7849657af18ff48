"""Files that appear whole or not at all, whoever else writes them."""

from __future__ import annotations

import pytest

from llmspend import InputError
from llmspend.whole_files import whole_file


def test_two_who_write_the_same_file_do_not_meet(tmp_path):
    target = tmp_path / "report.html"
    with whole_file(target) as one, whole_file(target) as other:
        one.write_text("one")
        other.write_text("half of the oth")
        assert not target.exists()
    assert target.read_text() == "one"  # the blocks end inside out: this one last
    assert [*tmp_path.iterdir()] == [target]


def test_a_file_that_fails_leaves_what_was_there(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write_half():
        with whole_file(target) as beside:
            beside.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert [*tmp_path.iterdir()] == [target]
    assert target.read_text() == "old"


def test_a_link_stays_and_what_it_stands_for_is_written(tmp_path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "a.txt", tmp_path / "link.txt"
    real.write_text("old")
    try:
        link.symlink_to(real)
    except OSError:
        pytest.skip("no links here")
    with whole_file(link) as beside:
        beside.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    link.unlink()
    link.symlink_to(tmp_path / "gone" / "a.txt")
    with pytest.raises(InputError, match="there is no folder"), whole_file(link):
        pass


def test_a_new_file_has_the_mode_of_new_files_and_a_long_name_is_no_matter(tmp_path):
    plain, target = tmp_path / "plain", tmp_path / ("x" * 250 + ".txt")
    plain.write_text("")
    with whole_file(target) as beside:
        beside.write_text("")
    assert target.stat().st_mode == plain.stat().st_mode
