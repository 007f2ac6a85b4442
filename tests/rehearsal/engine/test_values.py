import hashlib

import pytest
from google.protobuf import struct_pb2

from airflow_infra.rehearsal.engine.redaction import Redactor
from airflow_infra.rehearsal.engine.values import (
    UNKNOWN,
    UnsupportedValueError,
    decode,
    encode,
    secrets_of_outputs,
    shown,
)
from airflow_infra.rehearsal.providers.protocol import Asset

SIGNATURE = "4dabf18193072939515e22adb298388d"


def struct(values):
    result = struct_pb2.Struct()
    result.update(values)
    return result


def special(signature, **fields):
    return {SIGNATURE: signature, **fields}


def test_integral_numbers_become_integers(tmp_path):
    assert repr(decode(struct({"a": 2.0, "b": 2.5}), tmp_path).values) == "{'a': 2, 'b': 2.5}"


def test_a_secret_is_unwrapped_and_remembered_by_its_path(tmp_path):
    wrapped = struct({"a": {"b": special("1b47061264138c4ac30d75fd1eb44270", value="hush")}})
    decoded = decode(wrapped, tmp_path)
    assert (decoded.values, decoded.secrets) == ({"a": {"b": "hush"}}, {("a", "b")})


def test_an_unknown_value_is_remembered_by_its_path(tmp_path):
    assert decode(struct({"a": ["x", UNKNOWN]}), tmp_path).unknowns == (("a", 1),)


def test_secrets_survive_the_way_to_the_program_and_back(tmp_path):
    decoded = decode(encode({"a": {"b": "hush"}, "c": [1, None, True]}, {("a",)}), tmp_path)
    assert (decoded.values, decoded.secrets) == ({"a": {"b": "hush"}, "c": [1, None, True]}, {("a",)})


def test_a_file_asset_knows_what_the_file_contained(tmp_path):
    (tmp_path / "file").write_text("content")
    asset = decode(struct({"source": special("c44067f5952c0a294b673a41bacd8c17", path="file")}), tmp_path)
    assert asset.values["source"].digest == hashlib.sha256(b"content").hexdigest()


def test_a_file_asset_without_its_file_is_refused(tmp_path):
    with pytest.raises(UnsupportedValueError, match="source: there is no file missing"):
        decode(struct({"source": special("c44067f5952c0a294b673a41bacd8c17", path="missing")}), tmp_path)


def test_a_remote_asset_is_refused(tmp_path):
    with pytest.raises(UnsupportedValueError, match="source: a remote asset"):
        decode(struct({"source": special("c44067f5952c0a294b673a41bacd8c17", uri="https://x")}), tmp_path)


def test_an_archive_is_refused_by_name(tmp_path):
    with pytest.raises(UnsupportedValueError, match="code: an archive"):
        decode(struct({"code": special("0def7320c3a5731c473e5ecbe6d01bc7", path="x")}), tmp_path)


def test_what_has_no_json_form_is_refused():
    with pytest.raises(UnsupportedValueError, match=r"a\[0\]: a provider returned a set"):
        encode({"a": [{1}]})


def test_an_output_is_secret_where_its_input_was():
    outputs = {"a": {"b": "hush", "c": ""}, "d": ""}
    assert secrets_of_outputs(outputs, {("a", "b")}, []) == {("a", "b")}


def test_an_output_of_another_shape_is_secret_as_a_whole():
    assert secrets_of_outputs({"a": "hush!"}, {("a", "b")}, ["d"]) == {("a",)}


def test_secrets_and_machine_paths_are_not_shown(tmp_path):
    values = {"a": {"b": "hush", "c": 1}, "source": Asset(path=str(tmp_path / "x" / "y"))}
    assert shown(values, {("a", "b")}, tmp_path) == {"a": {"b": "[secret]", "c": 1}, "source": {"path": "x/y"}}


def test_a_known_secret_is_hidden_in_any_text():
    redactor = Redactor()
    redactor.learn({"a": {"b": "hush-hush"}}, {("a",)})
    assert redactor.scrub("the key hush-hush is wrong") == "the key [secret] is wrong"
