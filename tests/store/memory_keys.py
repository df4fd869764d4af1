"""Station keys in memory, for tests."""

from __future__ import annotations

import base64
import hmac

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class MemoryKeys:
    """Station keys for tests; the product keeps its own in files, a TPM or a credential."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        self._public = self.private.public_key()  # made anew it costs as much as a signature
        self.jobs: dict[str, bytes] = {}

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)

    def verify(self, signature: bytes, message: bytes) -> None:
        self._public.verify(signature, message)

    def book_public(self) -> dict[str, str]:
        raw = self._public.public_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).decode().rstrip("=")}

    def mark(self, data: bytes) -> bytes:
        return hmac.digest(self.private.private_bytes_raw(), data, "sha256")

    def new_job_key(self, job_id: str) -> bytes:
        self.jobs[job_id] = bytes([len(self.jobs)]) * 32
        return self.jobs[job_id]

    def job_key(self, job_id: str) -> bytes:
        return self.jobs[job_id]

    def destroy_job_key(self, job_id: str) -> None:
        self.jobs.pop(job_id, None)
