"""The centre signs checkpoints of its record and puts them where its operator copies them from."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.audit.record_tree import RecordTree
from api.errors import StoreUnavailable
from api.persistence.ledger import ChainHead, chain_head
from api.persistence.store import Store
from api.settings import RecordSettings
from domain.canonical import canonical_bytes
from domain.errors import IntegrityError, Invalid
from plumbing import merkle
from plumbing.checkpoints import Checkpoint, Consistency, make_statement, sign_checkpoint
from plumbing.signing import load_private_key

KEY_FILE = "centre.key"
PUBLIC_FILE = "centre.pub"


def head_of(checkpoint: Checkpoint) -> ChainHead:
    """The event that it names."""
    return ChainHead(seq=checkpoint.statement.seq, hash=checkpoint.statement.hash)


def write_checkpoint(directory: Path, checkpoint: Checkpoint) -> Path:
    """Put a checkpoint into a directory, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / checkpoint.file_name
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(canonical_bytes(checkpoint) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


class CheckpointWriter:
    """Writes checkpoints of the record as the settings say.

    Args:
        store: the centre's memory.
        key: of the centre.
        directory: where they are written.
    """

    def __init__(self, store: Store, *, key: Ed25519PrivateKey, directory: Path) -> None:
        self._store = store
        self._key = key
        self._directory = directory
        self._tree = RecordTree()

    def write(self) -> Path | None:
        """Sign where the record stands now.

        Returns:
            The file; None while the record is empty.

        Raises:
            StoreUnavailable: the database cannot be reached, or the file cannot be written.
        """
        with self._store.database.snapshot() as connection:
            head = chain_head(connection)
            if head is None:
                return None
            root = merkle.root(self._tree.at(connection, head.seq), head.seq)
        self._store.database.settle()
        statement = make_statement(seq=head.seq, hash_of_event=head.hash, root=root, at=self._store.clock.now())
        try:
            return write_checkpoint(self._directory, sign_checkpoint(statement, self._key))
        except OSError as error:
            raise StoreUnavailable(f"the checkpoint cannot be written ({error.strerror})") from error


def consistency(store: Store, older: Checkpoint, newer: Checkpoint) -> Consistency:
    """Prove from the record that nothing was changed or cut off between two checkpoints.

    Raises:
        Invalid: one of them knows no tree, or the older one is the longer.
        IntegrityError: the record is not the one that was signed.
        StoreUnavailable: the database cannot be reached.
    """
    first, last = older.statement, newer.statement
    if first.root_sha256 is None or last.root_sha256 is None:
        raise Invalid("a checkpoint of form 1 holds no root: the first of form 2 is where proofs begin")
    if first.seq > last.seq:
        raise Invalid("the older checkpoint has more events than the newer one")
    with store.database.snapshot() as connection:
        head = chain_head(connection)
        if head is None or head.seq < last.seq:
            raise IntegrityError(f"the record has no event {last.seq}, which was signed")
        tree = RecordTree().at(connection, last.seq)
        for statement in (first, last):
            if merkle.root(tree, statement.seq).hex() != statement.root_sha256:
                raise IntegrityError(f"the record up to event {statement.seq} is not the one that was signed")
        proof = merkle.consistency_proof(tree, first.seq, last.seq)
    return Consistency(older=older, newer=newer, proof=tuple(each.hex() for each in proof))


def checkpoint_writer(settings: RecordSettings, store: Store) -> CheckpointWriter:
    """The writer of the settings.

    Raises:
        ConfigurationError: the key is missing, can be read by others or is none.
    """
    return CheckpointWriter(store, key=centre_key(settings), directory=settings.checkpoints)


def centre_key(settings: RecordSettings) -> Ed25519PrivateKey:
    """The centre's private key.

    Raises:
        ConfigurationError: it is missing, can be read by others or is none.
    """
    return load_private_key(
        settings.key_file, what="centre's key", remedy="make one with `matthan centre keygen --out DIR`"
    )
