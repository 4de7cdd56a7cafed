"""Where a provider is asked: its address, the URL of a request, its key, a proxy."""

import os
from collections.abc import Mapping
from dataclasses import replace
from math import isinf
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

from tipoff.errors import InputError
from tipoff.sources.answer import Endpoint, Provider


def address_of(provider: Provider) -> str:
    """Return a provider's base address, as ``TIPOFF_<NAME>_URL`` or the provider states it."""
    address = _override(provider) or provider.address
    if not is_address(address):
        variable = f"TIPOFF_{provider.name.upper()}_URL"
        raise InputError(f"Expected an http(s) address in {variable}, got {address!r}.")
    return address.rstrip("/")


def _override(provider: Provider) -> str:
    return os.environ.get(f"TIPOFF_{provider.name.upper()}_URL", "")


def at_pace(provider: Provider, per_minute: float) -> Provider:
    """Return a provider that is asked so often at most.

    Raises:
        InputError: that is more often than the provider itself is to be asked.
    """
    if not per_minute > 0 or isinf(per_minute):
        raise InputError(f"Expected requests a minute above 0, got {per_minute:g}.")
    if per_minute > provider.per_minute and not _override(provider):
        raise InputError(
            f"Expected at most {provider.per_minute:g} requests a minute of {provider.name}, got "
            f"{per_minute:g}. Only a copy of your own at TIPOFF_{provider.name.upper()}_URL may be "
            "asked more often."
        )
    return replace(provider, per_minute=per_minute)


def is_address(text: str) -> bool:
    """Return whether a text is an http(s) address."""
    try:
        parts = urlsplit(text)
        # A port that is no number raises too; it may be the rest of a password.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def path_of(provider: Provider, endpoint: Endpoint, params: Mapping[str, str]) -> str:
    """Return the URL of a request, without its key.

    Raises:
        InputError: a param that goes into the path is missing.
    """
    path, query = endpoint.path, dict(params)
    for name in dict.fromkeys(n.partition("}")[0] for n in endpoint.path.split("{")[1:]):
        if name not in query:
            raise InputError(
                f"Expected the param {name} of {provider.name} {endpoint.name}; pass --param "
                f"{name}=…."
            )
        path = path.replace(f"{{{name}}}", quote(query.pop(name), safe=""))
    text = urlencode(query)
    # A provider may have several sites; an override stands for all of them.
    if path.startswith(("http://", "https://")) and _override(provider):
        path = f"/{path.split('/', 3)[-1]}"
    if path.startswith(("http://", "https://")):
        base = path
    else:
        base = f"{address_of(provider).rstrip('/')}/{path.removeprefix('/')}"
    return f"{base}{'&' if '?' in base else '?'}{text}" if text else base


def secret_of(provider: Provider) -> str:
    """Return the provider's key; "" where it needs none.

    Raises:
        InputError: there is none, or it is no key.
    """
    if not provider.secret:
        return ""
    value = os.environ.get(provider.secret, "").strip()
    if not value:
        raise InputError(
            f"Expected the key of {provider.name} in the environment variable {provider.secret}, "
            f"found none. {provider.key_from or f'Get one from {provider.name}'}, then export "
            f"{provider.secret}."
        )
    if not (value.isascii() and value.isprintable()):
        raise InputError(
            f"Expected a key of plain letters and signs in {provider.secret}; what is there holds "
            "others. Copy it again."
        )
    return value


def proxy_for(address: str, stated: str | None) -> str | None:
    """Return the proxy to use for an address: the stated one, else the environment's, or None.

    Args:
        address: what is asked.
        stated: the proxy to use; "" for none, whatever the environment says.

    Raises:
        InputError: it is no address.
    """
    parts = urlsplit(address)
    proxy = stated
    if proxy == "":
        return None
    if proxy is None:
        found = getproxies()
        proxy = found.get(parts.scheme) or found.get("all")
        if proxy is None or proxy_bypass(parts.netloc):
            return None
    if not is_address(proxy):
        raise InputError(
            "Expected the address of a proxy such as http://host:8080 in --proxy or HTTPS_PROXY; "
            "what is there is no http(s) address."
        )
    return proxy
