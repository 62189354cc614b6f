"""An authority of the tests' own and certificates that it signs, made by the openssl program."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder; ``certificate`` is what a client must trust."""

    folder: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, name: str) -> "Authority":
        """A new one, valid for a day."""
        key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
        _openssl(
            "req", "-x509", *_new_key(key), "-days", "1", "-subj", f"/CN={name}", "-out", str(certificate),
            "-addext", "keyUsage=critical,keyCertSign", "-addext", "basicConstraints=critical,CA:TRUE",
        )  # fmt: skip
        return cls(folder, certificate, key)

    def sign(self, name: str, host: str, *, days: int = 1) -> tuple[Path, Path]:
        """The certificate and the key of a server; ``host`` as ``IP:127.0.0.1`` or ``DNS:example.org``."""
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        asked, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        _openssl("req", *_new_key(key), "-subj", f"/CN={name}", "-out", str(asked))
        extensions.write_text(f"subjectAltName={host}\n", encoding="ascii")
        _openssl(
            "x509", "-req", "-in", str(asked), "-CA", str(self.certificate), "-CAkey", str(self.key),
            "-CAcreateserial", "-days", str(days), "-extfile", str(extensions), "-out", str(certificate),
        )  # fmt: skip
        return certificate, key


def _new_key(path: Path) -> list[str]:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(path)]


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
