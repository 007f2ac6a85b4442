"""All services that the rehearsal answers itself."""

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.hook import Service
from airflow_infra.rehearsal.account.services.autoscaling import AutoScaling
from airflow_infra.rehearsal.account.services.ec2.attachments import Attachments
from airflow_infra.rehearsal.account.services.ec2.dependencies import Dependencies
from airflow_infra.rehearsal.account.services.ec2.gaps import Gaps
from airflow_infra.rehearsal.account.services.ec2.routes import Routes
from airflow_infra.rehearsal.account.services.ec2.transit_gateways import TransitGateways
from airflow_infra.rehearsal.account.services.eks.access import Access
from airflow_infra.rehearsal.account.services.eks.addons import Addons
from airflow_infra.rehearsal.account.services.eks.cluster_updates import ClusterUpdates
from airflow_infra.rehearsal.account.services.eks.clusters import Clusters
from airflow_infra.rehearsal.account.services.eks.node_groups import NodeGroups
from airflow_infra.rehearsal.account.services.eks.pod_identity import PodIdentities
from airflow_infra.rehearsal.account.services.eks.store import EksStore
from airflow_infra.rehearsal.account.services.eks.tags import Tags
from airflow_infra.rehearsal.account.services.iam import Iam
from airflow_infra.rehearsal.account.services.keys_and_logs import Kms, Logs
from airflow_infra.rehearsal.account.services.messages import Ses, Sns
from airflow_infra.rehearsal.account.services.mwaa.environments import Mwaa
from airflow_infra.rehearsal.account.services.s3 import S3
from airflow_infra.rehearsal.account.services.scheduler import Scheduler
from airflow_infra.rehearsal.account.services.sts import Sts
from airflow_infra.rehearsal.account.setup import AccountSetup


def all_services(emulator: Emulator, setup: AccountSetup) -> tuple[Service, ...]:
    """The services of one emulated account, with nothing in them but what its setup says."""
    eks = EksStore()
    attachments = Attachments(setup.transit_gateways)
    return (
        AutoScaling(emulator),
        Dependencies(emulator),
        Gaps(emulator),
        Routes(emulator, attachments),
        TransitGateways(emulator, attachments),
        Sts(emulator),
        Iam(emulator),
        Kms(emulator),
        Logs(emulator),
        Mwaa(emulator),
        S3(emulator),
        Scheduler(emulator),
        Ses(emulator, setup.email_identities),
        Sns(emulator),
        *(part(emulator, eks) for part in (Access, Addons, Clusters, ClusterUpdates, NodeGroups, PodIdentities, Tags)),
    )
