"""What the API server refuses in volumes: their names, how many sources one has, what a source cannot do without."""

from collections.abc import Iterator

from airflow_infra.assurance.admission.wording import Problem, not_one_of
from airflow_infra.assurance.check.types import Manifest
from airflow_infra.rehearsal.providers.kubernetes.syntax import is_dns_label, is_dns_subdomain, quantity

_REQUIRED = {
    "awsElasticBlockStore": "volumeID",
    "configMap": "name",
    "csi": "driver",
    "ephemeral": "volumeClaimTemplate",
    "gcePersistentDisk": "pdName",
    "hostPath": "path",
    "persistentVolumeClaim": "claimName",
    "secret": "secretName",
}
_HOST_PATHS = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
)  # fmt: skip
_SHORTEST_TOKEN_SECONDS = 600
_LONGEST_DRIVER = 63


def volume_problems(volumes: list[Manifest]) -> Iterator[Problem]:
    """What is wrong with the volumes of a pod."""
    names: set[str] = set()
    for index, volume in enumerate(volumes):
        path, name = f"spec.volumes[{index}]", volume.get("name") or ""
        if not is_dns_label(name):
            reason = f"{name!r} is no DNS-1123 label: lower-case letters, digits and '-', at most 63"
            yield f"{path}.name", reason if name else "missing, but required"
        elif name in names:
            yield f"{path}.name", f"{name!r} is the name of another volume"
        names.add(name)
        sources = sorted(volume.keys() - {"name"})
        if len(sources) > 1:
            yield path, f"may not specify more than one kind of volume, got {' and '.join(sources)}"
        for source in sources:
            yield from _source(f"{path}.{source}", source, volume[source])


def _source(path: str, kind: str, source: Manifest) -> Iterator[Problem]:
    required = _REQUIRED.get(kind)
    if required is not None and not source.get(required):
        yield f"{path}.{required}", "missing, but required"
        return
    match kind:
        case "hostPath":
            if ".." in source["path"].split("/"):
                yield f"{path}.path", f"{source['path']!r} must not contain '..'"
            if source.get("type", "") not in _HOST_PATHS:
                yield not_one_of(f"{path}.type", source["type"], _HOST_PATHS[1:])
        case "emptyDir":
            limit = quantity(source.get("sizeLimit", 0))
            if limit is None or limit < 0:
                yield f"{path}.sizeLimit", f"{source['sizeLimit']!r} is no quantity, such as 500Mi or 2Gi"
        case "csi" if not is_dns_subdomain(source["driver"].lower()) or len(source["driver"]) > _LONGEST_DRIVER:
            yield f"{path}.driver", f"{source['driver']!r} is no name of a driver, such as efs.csi.aws.com"
        case "projected":
            for index, one in enumerate(source.get("sources") or ()):
                yield from _projection(f"{path}.sources[{index}]", one)
        case _:
            pass


def _projection(path: str, source: Manifest) -> Iterator[Problem]:
    if len(source) > 1:
        yield path, f"may not specify more than one kind of source, got {' and '.join(sorted(source))}"
    for kind in ("configMap", "secret"):
        if kind in source and not source[kind].get("name"):
            yield f"{path}.{kind}.name", "missing, but required"
    token = source.get("serviceAccountToken")
    if token is not None:
        seconds = token.get("expirationSeconds", _SHORTEST_TOKEN_SECONDS)
        if not _SHORTEST_TOKEN_SECONDS <= seconds <= 2**32:
            yield f"{path}.serviceAccountToken.expirationSeconds", "must be between 600 and 2^32"
        place = token.get("path") or ""
        if not place or place.startswith(("/", "..")) or ".." in place.split("/"):
            reason = f"{place!r} must be a relative path without '..'" if place else "missing, but required"
            yield f"{path}.serviceAccountToken.path", reason
