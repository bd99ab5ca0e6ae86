"""Real small file systems, and a disk that fails under one; both need the right to mount."""

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_EXT4_IOC_SHUTDOWN = 0x8004587D
_FLUSH_THE_LOG = 1
NOT_ALLOWED = "file systems cannot be mounted on this machine"


@contextmanager
def small_disk(folder: Path, size_mb: int = 20) -> Iterator[Path]:
    """A file system in memory of that size, mounted on a folder (made)."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=700", "none", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "-l", str(folder))


class FailingDisk:
    """An ext4 file system on a loop device that can be made to fail, as a disk that dies does.

    Args:
        folder: where its image lies and it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "disk"
        self.path.mkdir()
        image = folder / "image"
        with image.open("wb") as file:
            file.truncate(64_000_000)
        _run("mke2fs", "-q", "-F", "-t", "ext4", str(image))
        self._device = _run("losetup", "--find", "--show", str(image)).strip()
        assert self._device.startswith("/dev/loop"), self._device
        self._mount()

    def fail(self) -> None:
        """From now on every use of it is an input or output error."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            assert os.fstat(descriptor).st_dev == Path(self._device).stat().st_rdev, "this and no other file system"
            fcntl.ioctl(descriptor, _EXT4_IOC_SHUTDOWN, struct.pack("I", _FLUSH_THE_LOG))
        finally:
            os.close(descriptor)

    def mend(self) -> None:
        """The device is well again, and mounted anew as an installer would."""
        _run("umount", "-l", str(self.path))
        _run("losetup", "--detach", self._device)
        self._device = _run("losetup", "--find", "--show", str(self.path.parent / "image")).strip()
        _run("e2fsck", "-y", self._device, accepted=(0, 1))
        self._mount()

    def close(self) -> None:
        """Unmount it and free the device."""
        _run("umount", "-l", str(self.path))
        _run("losetup", "--detach", self._device)

    def _mount(self) -> None:
        _run("mount", "-o", "errors=remount-ro", self._device, str(self.path))


def fill(disk: Path, *, leave_bytes: int = 0) -> Path:
    """Fill a disk but for that many bytes; the file that does it."""
    filler = disk / "filler"
    found = os.statvfs(disk)
    with filler.open("ab", buffering=0) as file:
        for block in (1 << 20, 1 << 12):
            try:
                while (free := os.statvfs(disk).f_bavail * found.f_frsize - leave_bytes) > 0:
                    file.write(b"x" * min(block, free))
            except OSError:
                continue
    return filler


def _run(*command: str, accepted: tuple[int, ...] = (0,)) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(NOT_ALLOWED)
    if done.returncode not in accepted:
        if os.geteuid() != 0 or "denied" in done.stderr or "not permitted" in done.stderr:
            pytest.skip(NOT_ALLOWED)
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout
