"""The container `push`: the folder that `resolve` left becomes one layer on the base image. Runs nothing that a user wrote."""

import base64
import binascii
import json

from . import references, site
from .failures import FAILED, Failure
from .layer import Layer
from .registry import MANIFEST, Registry, digest_of

_DEPENDENCIES = "opt/aerogrid/dependencies"
_HASH_LABEL = "aerogrid.io/dependencies-hash"
_CREATED = "1970-01-01T00:00:00Z"


def push(settings):
    """Returns the pushed image by digest. Raises Failure."""
    base, target = references.parse(settings.base_image), references.parse(settings.target_image)
    if not base.digest:
        raise Failure(FAILED, f"The base image '{settings.base_image}' is not named by its digest.")
    if not target.tag or target.digest or target.registry != base.registry:
        raise Failure(FAILED, f"The target image '{settings.target_image}' is not a tag in the registry {base.registry}.")
    if not settings.site.is_dir():
        raise Failure(FAILED, f"{settings.site} does not exist: the container 'resolve' has not run.")
    site.check(settings.site, settings.max_bytes)

    registry = Registry(base.registry, settings.registry_endpoint, _credential(settings.registry_config, base.registry))
    manifest = _parse(registry.manifest(base.repository, base.digest), settings.base_image)
    configuration = _parse(registry.document(base.repository, manifest["config"]["digest"]), settings.base_image)
    layer = Layer(settings.site, _DEPENDENCIES)
    for inherited in manifest["layers"]:
        _transfer(registry, base.repository, target.repository, inherited["digest"])
    if not registry.has(target.repository, layer.digest):
        registry.push(target.repository, layer.digest, layer.size, layer.write)

    new_configuration = _serialize(_configure(configuration, layer, target.tag))
    registry.push_bytes(target.repository, new_configuration)
    new_manifest = _serialize({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest_of(new_configuration),
            "size": len(new_configuration),
        },
        "layers": [*manifest["layers"], layer.descriptor],
        "annotations": {"org.opencontainers.image.base.digest": base.digest},
    })
    registry.push_manifest(target.repository, target.tag, new_manifest)
    return f"{target.registry}/{target.repository}@{digest_of(new_manifest)}"


def _transfer(registry, source, target, digest):
    if source == target or registry.has(target, digest) or registry.mount(source, target, digest):
        return
    # The platform's runtime images are small and every registry in use mounts; a copy through this container is not worth its code.
    raise Failure(FAILED, f"The registry cannot mount {digest} of {source} into {target}.")


def _configure(configuration, layer, dependencies_hash):
    """The base image's configuration with one layer more; all that it says otherwise stays."""
    container = configuration.get("config") or {}
    labels = dict(sorted({**(container.get("Labels") or {}), _HASH_LABEL: dependencies_hash}.items()))
    history = {"created": _CREATED, "created_by": "aerogrid builder: pip install -r requirements.txt"}
    return configuration | {
        "created": _CREATED,
        "config": container | {"Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [*configuration["rootfs"]["diff_ids"], layer.digest]},
        "history": [*(configuration.get("history") or []), history],
    }


def _serialize(document):
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _parse(content, image):
    try:
        return json.loads(content)
    except ValueError:
        raise Failure(FAILED, f"The base image '{image}' is not an OCI image.") from None


def _credential(path, registry):
    """(user, password) from a file in Docker's format, or None where there is no such file: the registry says whether that is enough."""
    try:
        auths = json.loads(path.read_bytes()).get("auths", {})
        entry = auths.get(registry) or auths.get(f"https://{registry}")
        if not entry:
            return None
        if "auth" in entry:
            user, _, password = base64.b64decode(entry["auth"], validate=True).decode().partition(":")
            return user, password
        return entry["username"], entry["password"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, AttributeError, TypeError, binascii.Error):
        raise Failure(FAILED, f"{path} is not a credential file in Docker's format.") from None
