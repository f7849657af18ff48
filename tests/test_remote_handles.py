"""A remote file as a file: the right bytes, in few requests, whoever reads."""

from __future__ import annotations

import io
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from llmspend import remote_handles as handles
from llmspend.remote_pieces import Piece, RemoteError

BODY = random.Random(5).randbytes(3_000_000)


@pytest.fixture
def file(monkeypatch):
    """A file whose source pauses, so that threads take turns; `file.asked` are its requests."""
    asked = []

    def source(start, stop):
        asked.append((start, stop))
        time.sleep(0.0005)
        return Piece(BODY[start:stop], len(BODY), "1")

    monkeypatch.setattr(handles, "_source_of", lambda _: source)
    found = handles.RemoteFile("https://acme.test/x")
    found.asked = asked
    return found


def test_it_reads_as_a_file_does(file):
    true, ours = io.BytesIO(BODY), handles.RemoteHandle(file)
    dice = random.Random(7)
    for _ in range(300):
        if dice.random() < 0.5:
            whence = dice.choice([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END])
            offset = dice.randrange(-2_000_000, 3_500_000)
            if whence == io.SEEK_SET:
                offset = abs(offset)
            assert ours.seek(offset, whence) == true.seek(offset, whence)
        length = dice.choice([0, 1, 100, 70_000, 1_500_000])
        assert ours.read(length) == true.read(length)
        assert ours.tell() == true.tell()
    ours.seek(0)
    assert ours.read() == BODY


def test_threads_that_seek_before_they_read_do_not_disturb_each_other(file):
    shared = handles.RemoteHandle(file)

    def reads(seed):
        dice = random.Random(seed)
        for _ in range(60):
            at, length = dice.randrange(len(BODY)), dice.randrange(1, 40_000)
            shared.seek(at)
            if shared.read(length) != BODY[at : at + length]:
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(reads, range(16)))


def test_a_stream_goes_from_thread_to_thread(file):
    shared = handles.RemoteHandle(file)
    shared.seek(0)
    read = []
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        first.submit(shared.seek, 0).result()
        while piece := second.submit(shared.read, 50_000).result():
            read.append(piece)
            read.append(first.submit(shared.read, 30_000).result())
    assert b"".join(read) == BODY


def test_little_by_little_takes_few_requests_and_a_jump_only_what_is_asked(file):
    handle = handles.RemoteHandle(file)
    while handle.read(1_000):
        pass
    assert len(file.asked) < 10
    assert file.asked[0] == (0, handles.BEGINNING)
    file.looked_at_anew()
    file.asked.clear()
    handle = handles.RemoteHandle(file)
    for at in (2_900_000, 1_000_000, 2_000_000):
        handle.seek(at)
        handle.read(5_000)
    assert file.asked == [(at, at + 5_000) for at in (2_900_000, 1_000_000, 2_000_000)]


def test_what_was_just_read_is_not_fetched_again(file):
    for _ in range(3):
        handle = handles.RemoteHandle(file)
        assert handle.read(4) == BODY[:4]
        handle.seek(-16_384, io.SEEK_END)
        assert handle.read(16_384) == BODY[-16_384:]
    assert len(file.asked) == 2


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(handles, "_KEPT_BYTES", 1_000)
    kept = handles._KeptPieces()
    for number in range(50):
        kept.keep(number, 0, bytes(100))
    assert [number for number in range(50) if kept.at(number, 0)] == [*range(40, 50)]
    kept.keep(49, 0, bytes(50))
    kept.forget(48)
    assert kept.at(48, 0) is None
    assert kept._bytes == 850


def test_another_version_is_not_mixed_with_the_first(file):
    handle = handles.RemoteHandle(file)
    handle.read(10)
    file._source = lambda start, stop: Piece(BODY[start:stop], len(BODY), "2")
    handle.seek(1_000_000)
    with pytest.raises(RemoteError, match="changed after it was looked at"):
        handle.read(10)
    file._known = None
    assert handle.read(10) == BODY[1_000_000:1_000_010]
