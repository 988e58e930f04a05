"""Files are whole or absent."""

from __future__ import annotations

import hashlib
import stat

import pytest

from dfs.foundation.errors import StorageError
from dfs.foundation.files import atomic_write, replace_file, sha256_file


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "product.fits"
    with atomic_write(path) as file:
        file.write(b"half")
        assert not path.exists()
        file.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert [p.name for p in tmp_path.iterdir()] == ["product.fits"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "product.fits"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["product.fits"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    with atomic_write(tmp_path / "a", fsync=False) as file:
        file.write(b"x")
    (tmp_path / "b").write_bytes(b"x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"]
    assert modes[0] == modes[1]


def test_a_missing_folder_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError) as caught, atomic_write(tmp_path / "no" / "a"):
        pass
    assert caught.value.code.name == "storage.not-writable"
    with pytest.raises(StorageError) as caught:
        replace_file(tmp_path / "absent", tmp_path / "b")
    assert caught.value.code.name == "storage.not-writable"


def test_the_digest_of_a_file(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    assert sha256_file(tmp_path / "a") == hashlib.sha256(b"content").hexdigest()
    with pytest.raises(StorageError) as caught:
        sha256_file(tmp_path / "absent")
    assert caught.value.code.name == "storage.not-readable"
