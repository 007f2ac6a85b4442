from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from airflow_infra.cluster.files import write_secret
from airflow_infra.cluster.pki import Authority, Pair


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("test")


def certificate(pair: Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate)


def verify_server(authority: Authority, pair: Pair, host: str) -> None:
    store = Store([certificate(authority.pair)])
    PolicyBuilder().store(store).build_server_verifier(x509.DNSName(host)).verify(certificate(pair), [])


def verify_client(authority: Authority, pair: Pair) -> None:
    """As webpki would, but for the alternative name: a user of Kubernetes is its common name."""
    policy = ExtensionPolicy.permit_all().may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    builder = PolicyBuilder().store(Store([certificate(authority.pair)]))
    policies = builder.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=policy)
    policies.build_client_verifier().verify(certificate(pair), [])


def test_a_server_is_trusted_under_its_names(authority: Authority) -> None:
    verify_server(authority, authority.server(["localhost", "127.0.0.1"]), "localhost")


def test_a_server_is_not_trusted_under_another_name(authority: Authority) -> None:
    with pytest.raises(VerificationError):
        verify_server(authority, authority.server(["localhost"]), "elsewhere")


def test_a_server_of_another_authority_is_not_trusted(authority: Authority) -> None:
    with pytest.raises(VerificationError):
        verify_server(authority, Authority.create("other").server(["localhost"]), "localhost")


def test_a_certificate_of_negative_validity_has_expired(authority: Authority) -> None:
    pair = authority.server(["localhost"], timedelta(hours=-1))

    assert certificate(pair).not_valid_before_utc < certificate(pair).not_valid_after_utc < datetime.now(UTC)


def test_a_client_is_its_user_and_its_groups(authority: Authority) -> None:
    subject = certificate(authority.client("mwaa-service", ["airflow-tasks", "people"])).subject

    assert [name.value for name in subject] == ["airflow-tasks", "people", "mwaa-service"]


def test_a_client_is_trusted(authority: Authority) -> None:
    verify_client(authority, authority.client("mwaa-service"))


def test_a_client_is_no_server(authority: Authority) -> None:
    with pytest.raises(VerificationError):
        verify_server(authority, authority.client("localhost"), "localhost")


def test_an_authority_is_the_same_when_it_is_read_again(authority: Authority) -> None:
    verify_server(authority, Authority.of(authority.pair).server(["localhost"]), "localhost")


def test_keys_are_of_an_elliptic_curve(authority: Authority) -> None:
    key = certificate(authority.client("admin")).public_key()

    assert isinstance(key, ec.EllipticCurvePublicKey)


def test_the_common_name_of_a_server_is_its_first_host(authority: Authority) -> None:
    subject = certificate(authority.server(["localhost", "127.0.0.1"])).subject

    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "localhost"


def test_a_pairs_key_is_for_its_owner_alone(authority: Authority, tmp_path: Path) -> None:
    authority.pair.write(tmp_path, "ca")

    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600


def test_a_secret_replaces_what_everybody_could_read(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text("old")
    file.chmod(0o644)

    write_secret(file, b"new")

    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o600)
