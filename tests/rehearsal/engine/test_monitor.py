from pulumi.runtime.proto import resource_pb2_grpc

from airflow_infra.rehearsal.engine import monitor


def test_every_method_of_the_protocol_is_answered_or_refused_by_name():
    protocol = {name for name in vars(resource_pb2_grpc.ResourceMonitorServicer) if not name.startswith("_")}
    assert protocol <= vars(monitor._Servicer).keys()
