"""Ports: who signs orders, and who can tell whether a signature is ours."""

from domain.proof.keys import KeyRing, Signer

__all__ = ["KeyRing", "Signer"]
