"""Builds every long-lived object, in order, and closes them in the opposite order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from jamjet_proxy.config import Config, Destination, JamjetDestination
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.crypto import operator_token, secret_file
from jamjet_proxy.crypto.installation import derive
from jamjet_proxy.crypto.project_keys import Fingerprinter
from jamjet_proxy.forward import destination as port
from jamjet_proxy.forward.file import FileArchive
from jamjet_proxy.forward.forwarder import Forwarder
from jamjet_proxy.forward.jamjet import JamjetUpstream
from jamjet_proxy.governance.projects import Projects
from jamjet_proxy.ingest.receiver import Receiver
from jamjet_proxy.model.errors import StartError
from jamjet_proxy.observe.indexer import Indexer
from jamjet_proxy.observe.ledger import Ledger, read_ledger
from jamjet_proxy.observe.redactions import RedactionAudit
from jamjet_proxy.observe.spans import ArrivedSpans
from jamjet_proxy.observe.traces import Traces
from jamjet_proxy.services.redactors import Redactors
from jamjet_proxy.storage.database import Reader, Writer
from jamjet_proxy.storage.journal import Journal, newest
from jamjet_proxy.storage.migrate import migrate

# Values that redaction hashes; another purpose would give them other hashes.
_HASHES = "redaction hashes"


@dataclass(slots=True)
class Services:
    """Everything a request, a loop or a command may need."""

    config: Config
    data_dir: DataDir
    operator_token: str
    projects: Projects
    redactors: Redactors
    receiver: Receiver
    traces: Traces
    spans: ArrivedSpans
    redactions: RedactionAudit
    indexer: Indexer
    forwarder: Forwarder
    _journal: Journal
    _journal_reader: Reader

    async def check_accepting(self) -> None:
        """Return when the journal takes writes.

        Raises:
            StorageError: it doesn't.
        """
        await self._journal.check()

    async def ledger(self) -> Ledger:
        """Return what became of every event.

        Raises:
            StorageError: the journal can't be read.
        """
        return await read_ledger(self._journal_reader, self.projects.all(), self.forwarder.statuses())


@asynccontextmanager
async def open_services(config: Config, data_dir: DataDir) -> AsyncIterator[Services]:
    """Build the services on a data directory that this process has locked.

    Raises:
        StartError, StorageError, ConfigError: something in the directory or configuration is unusable.
    """
    token = operator_token.load(data_dir.operator_token)
    root_secret = _root_secret(data_dir)
    fingerprinter = Fingerprinter(root_secret)
    migrate(data_dir.registry, "registry")
    migrate(data_dir.journal, "journal")
    migrate(data_dir.index, "index")
    redactors = Redactors(config, derive(root_secret, _HASHES))
    async with AsyncExitStack() as stack:
        registry_writer = Writer(data_dir.registry)
        stack.push_async_callback(registry_writer.close)
        journal = Journal(data_dir.journal)
        stack.push_async_callback(journal.close)
        index_writer = Writer(data_dir.index, derived=True)
        stack.push_async_callback(index_writer.close)
        # Readers close before the writers, whose last checkpoint then finds nobody in its way.
        registry_reader = await _open_reader(stack, data_dir.registry)
        journal_reader = await _open_reader(stack, data_dir.journal)
        index_reader = await _open_reader(stack, data_dir.index)
        projects = await Projects.open(registry_writer, registry_reader, fingerprinter)
        journal_id, _ = await newest(journal_reader)
        destinations = [
            _destination(name, d, data_dir, journal_id) for name, d in config.destinations.items()
        ]
        forwarder = Forwarder(destinations, journal, journal_reader, projects.all, projects.subscribe())
        stack.push_async_callback(forwarder.close)
        yield Services(
            config=config,
            data_dir=data_dir,
            operator_token=token,
            projects=projects,
            redactors=redactors,
            receiver=Receiver(journal, redactors.of, config.limits),
            traces=Traces(index_reader, journal_reader),
            spans=ArrivedSpans(index_reader, journal_reader),
            redactions=RedactionAudit(index_reader),
            indexer=Indexer(journal, journal_reader, index_writer, index_reader),
            forwarder=forwarder,
            _journal=journal,
            _journal_reader=journal_reader,
        )


def _root_secret(data_dir: DataDir) -> str:
    if data_dir.registry.exists() and not data_dir.secret.exists():
        raise StartError(
            f"{data_dir.secret} is missing, so no project key could be recognised",
            hint="restore it from your backup; without it the projects have to be created anew",
        )
    return secret_file.read_or_create(data_dir.secret)


async def _open_reader(stack: AsyncExitStack, path: Path) -> Reader:
    reader = await Reader.open(path)
    stack.push_async_callback(reader.close)
    return reader


def _destination(name: str, config: Destination, data_dir: DataDir, journal_id: str) -> port.Destination:
    if isinstance(config, JamjetDestination):
        return JamjetUpstream(name, config)
    return FileArchive(name, config, data_dir.path, journal_id)
