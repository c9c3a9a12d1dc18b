"""The certificate that a door shows, read anew when it is renewed, and whose its senders have to show."""

import ssl
from pathlib import Path

from domain.errors import OutsideTrouble


class ServerCertificate:
    """Makes the TLS side of a door.

    Args:
        certificate: File with our certificate and those between it and its authority (PEM).
        key: File with its key (PEM, without a password).
        clients: File with the authorities that sign senders' certificates; None: none is asked for.
    """

    def __init__(self, certificate: Path, key: Path, clients: Path | None = None) -> None:
        self._certificate, self._key, self._clients = certificate, key, clients
        self._seen: tuple[float, ...] = ()
        self._context: ssl.SSLContext | None = None

    @property
    def context(self) -> ssl.SSLContext:
        """Return what new connections are sealed with: the files as they could be used last."""
        if self._context is None:
            self._context = self._renewed()
        return self._context

    def renew(self) -> None:
        """Read the files where they have changed.

        Raises:
            OutsideTrouble: One can't be read, is none of PEM, or the key is not that of the certificate.
        """
        self._context = self._renewed()

    def _renewed(self) -> ssl.SSLContext:
        files = [one for one in (self._certificate, self._key, self._clients) if one is not None]
        try:
            written = tuple(path.stat().st_mtime for path in files)
            if self._context is not None and written == self._seen:
                return self._context
            context = self._read()
        except OSError as error:  # also what OpenSSL objects to
            raise OutsideTrouble(
                f"certificate of a door: {error}",
                say="The certificate, its key, or the senders' authorities can't be used.",
                next_step="Give readable files in PEM, and the key that belongs to the certificate.",
            ) from error
        self._seen = written
        return context

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Without a function OpenSSL would ask for the password on the terminal of whoever started us.
        context.load_cert_chain(self._certificate, self._key, password=lambda: "")
        if self._clients is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self._clients)
        return context
