"""Which field of the pod each argument of KubernetesPodOperator fills in."""

_BASE = "spec.containers[0]"

FIELDS: dict[str, str] = {
    "active_deadline_seconds": "spec.activeDeadlineSeconds",
    "affinity": "spec.affinity",
    "annotations": "metadata.annotations",
    "arguments": f"{_BASE}.args",
    "automount_service_account_token": "spec.automountServiceAccountToken",
    "base_container_name": f"{_BASE}.name",
    "cmds": f"{_BASE}.command",
    "configmaps": f"{_BASE}.envFrom",
    "container_resources": f"{_BASE}.resources",
    "container_security_context": f"{_BASE}.securityContext",
    "dns_config": "spec.dnsConfig",
    "dnspolicy": "spec.dnsPolicy",
    "do_xcom_push": "spec.containers",
    "env_from": f"{_BASE}.envFrom",
    "env_vars": f"{_BASE}.env",
    "host_aliases": "spec.hostAliases",
    "hostname": "spec.hostname",
    "hostnetwork": "spec.hostNetwork",
    "image": f"{_BASE}.image",
    "image_pull_policy": f"{_BASE}.imagePullPolicy",
    "image_pull_secrets": "spec.imagePullSecrets",
    "init_containers": "spec.initContainers",
    "labels": "metadata.labels",
    "name": "metadata.name",
    "namespace": "metadata.namespace",
    "node_selector": "spec.nodeSelector",
    "pod_name": "metadata.name",
    "pod_runtime_info_envs": f"{_BASE}.env",
    "ports": f"{_BASE}.ports",
    "priority_class_name": "spec.priorityClassName",
    "runtime_class_name": "spec.runtimeClassName",
    "schedulername": "spec.schedulerName",
    "secrets": "spec",
    "security_context": "spec.securityContext",
    "service_account_name": "spec.serviceAccountName",
    "subdomain": "spec.subdomain",
    "termination_grace_period": "spec.terminationGracePeriodSeconds",
    "termination_message_policy": f"{_BASE}.terminationMessagePolicy",
    "tolerations": "spec.tolerations",
    "volume_mounts": f"{_BASE}.volumeMounts",
    "volumes": "spec.volumes",
    "xcom_sidecar_container_security_context": "spec.containers",
}
"""The field by the argument's name."""

TEMPLATES = ("full_pod_spec", "pod_template_dict", "pod_template_file")
"""Arguments that may fill in anything."""

EVERYTHING = ["metadata", "spec"]
"""The fields of a pod of which nothing is known."""

EMPTY: dict[str, type] = {
    "affinity": dict,
    "annotations": dict,
    "arguments": list,
    "cmds": list,
    "env_from": list,
    "env_vars": list,
    "image_pull_secrets": list,
    "init_containers": list,
    "labels": dict,
    "node_selector": dict,
    "pod_runtime_info_envs": list,
    "ports": list,
    "secrets": list,
    "security_context": dict,
    "tolerations": list,
    "volume_mounts": list,
    "volumes": list,
}
"""What an argument that is not text is when nothing is said; None for the others."""

TEXTS = frozenset(
    {
        "base_container_name",
        "hostname",
        "image",
        "name",
        "namespace",
        "pod_name",
        "priority_class_name",
        "runtime_class_name",
        "schedulername",
        "service_account_name",
        "subdomain",
    }
)
"""Arguments that are text, for which a stand-in may be text too."""

NOT_OF_THE_POD = frozenset(
    {
        "base_container_status_polling_interval",
        "callbacks",
        "cluster_context",
        "config_file",
        "container_logs",
        "container_name_log_prefix_enabled",
        "deferrable",
        "doc",
        "doc_md",
        "durable",
        "execution_timeout",
        "get_logs",
        "in_cluster",
        "init_container_logs",
        "is_delete_operator_pod",
        "kubernetes_conn_id",
        "log_events_on_failure",
        "log_formatter",
        "log_pod_spec_on_failure",
        "logging_interval",
        "max_active_tis_per_dag",
        "on_failure_callback",
        "on_finish_action",
        "on_kill_action",
        "on_retry_callback",
        "on_success_callback",
        "op_args",
        "op_kwargs",
        "params",
        "poll_interval",
        "pool",
        "pool_slots",
        "priority_weight",
        "progress_callback",
        "queue",
        "random_name_suffix",
        "reattach_on_restart",
        "retries",
        "retry_delay",
        "schedule_timeout_seconds",
        "skip_on_exit_code",
        "startup_check_interval_seconds",
        "startup_timeout_seconds",
        "templates_dict",
        "trigger_kwargs",
        "trigger_rule",
    }
)
"""Arguments that leave the pod as it is: which of them is mapped does not matter."""
