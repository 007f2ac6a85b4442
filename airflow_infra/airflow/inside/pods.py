"""Reads one DAG file with Airflow and builds the pods of its tasks, without a cluster or a metadata database."""

import contextlib
import importlib
import inspect
import re
import socket
from pathlib import Path
from typing import Any

from airflow_infra.airflow.inside import arguments, confinement
from airflow_infra.airflow.inside.placeholders import holds_run_time_values
from airflow_infra.airflow.inside.variables import PLACEHOLDERS

_CONNECTION = "kubernetes_default"
_MWAA_DAGS = "/usr/local/airflow/dags/"
_SIDECAR = "airflow-xcom-sidecar"
_PROVIDER = "airflow.providers.cncf.kubernetes"
_OTHER = "KubernetesResourceBaseOperator"
_SPARK = "SparkKubernetesOperator"
_DECORATED = {"_KubernetesDecoratedOperator", "_KubernetesCmdDecoratedOperator"}
_DAG_BAGS = ("airflow.dag_processing.dagbag", "airflow.models.dagbag")
"""Where DagBag lives: since 3.2, and before."""


class Airflow:
    """The parts of Airflow that are needed here. Importing them takes seconds; do it once."""

    def __init__(self) -> None:
        self._operator: Any = importlib.import_module(f"{_PROVIDER}.operators.pod").KubernetesPodOperator
        self._jinja: Any = importlib.import_module("jinja2.meta")
        self._client: Any = importlib.import_module("kubernetes.client").ApiClient()
        self._dag_bag: Any = _first(_DAG_BAGS).DagBag
        helpers: Any = importlib.import_module(f"{_PROVIDER}.kubernetes_helper_functions")
        # the suffix of a pod's name is drawn at random: here it is always the same
        if hasattr(helpers, "rand_str"):
            helpers.rand_str = lambda length: "x" * length

    def read(self, file: str, dags_folder: str) -> dict[str, Any]:
        """What a DAG file holds: `pods`, `problems` (line and message each), how many `dags`, `others` (tasks' names).

        Others are tasks that may create pods by other ways than the operator's: what they create is not known here.

        Importing it runs its code.
        """
        bag = self._dag_bag(dag_folder=dags_folder, collect_dags=False)
        bag.process_file(file, only_if_updated=False, safe_mode=False)
        problems = [problem(file, message) for message in bag.import_errors.values()]
        dags = [dag for _, dag in sorted(bag.dags.items())]
        pods: list[dict[str, Any]] = []
        others: list[str] = []
        for dag in dags:
            for task in dag.tasks:
                kind = task.operator_class if _is_mapped(task) else type(task)
                if issubclass(kind, self._operator):
                    pods.append(self._pod(dag, task, dags_folder))
                elif _OTHER in _names(kind):
                    others.append(f"{dag.dag_id}.{task.task_id}")
        return {"dags": len(dags), "pods": pods, "others": others, "problems": problems}

    def _pod(self, dag: Any, task: Any, dags_folder: str) -> dict[str, Any]:
        """A task's pod. One that cannot be built is all unknown, with the reason."""
        answer: dict[str, Any] = {"dag": dag.dag_id, "task": task.task_id, "startup_timeout_s": None}
        try:
            operator, unknown, reasons = _unmapped(task)
            waits = getattr(operator, "schedule_timeout_seconds", None) or operator.startup_timeout_seconds
            answer["startup_timeout_s"] = waits if isinstance(waits, int) else None
            foreign = operator.kubernetes_conn_id not in (None, _CONNECTION)
            built, arguments_unknown = self._built(dag, operator, dags_folder)
            pod, fields_unknown = PLACEHOLDERS.found(self._client.sanitize_for_serialization(built), "")
            unknown += arguments_unknown + fields_unknown
            if operator.do_xcom_push and foreign:
                unknown += _sidecar_fields(pod)
                reasons.append("its connection is not known here: the XCom sidecar is that of kubernetes_default")
        # whatever a subclass or a value raises is a reason not to know, never one to end
        except Exception as error:  # noqa: BLE001
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "unknown"}, "spec": {}}
            message = PLACEHOLDERS.restore(f"{type(error).__name__}: {error}")
            unknown, reasons = arguments.EVERYTHING, [f"its pod cannot be built here: {message}"]
        return answer | {"pod": pod, "unknown": sorted(set(unknown)), "reasons": reasons}

    def _built(self, dag: Any, task: Any, dags_folder: str) -> tuple[Any, list[str]]:
        """The pod as the operator builds it, and the fields that whole arguments leave unknown."""
        unknown: list[str] = []
        render = _Renderer(self._jinja, dag, task)
        for name in {*arguments.FIELDS, *arguments.TEMPLATES, *task.template_fields}:
            value = getattr(task, name, None)
            templated = name in task.template_fields
            if value is None or not (templated or holds_run_time_values(value)):
                continue
            known = PLACEHOLDERS.stand_in(value, render if templated else str)
            if isinstance(known, str) and name not in arguments.TEXTS and known != value:
                # the whole argument is a placeholder, where a list or an object belongs
                known = arguments.EMPTY.get(name, type(None))()
                unknown += _fields(name)
            setattr(task, name, known)
        kinds = _names(type(task))
        if _SPARK in kinds:
            raise TypeError(f"{_SPARK} creates an object from which another program makes pods")
        if kinds & _DECORATED:
            unknown += [f"spec.containers[0].{field}" for field in ("command", "env")]
        if isinstance(task.pod_template_file, str):
            if task.pod_template_file.startswith(_MWAA_DAGS):
                task.pod_template_file = str(Path(dags_folder, task.pod_template_file.removeprefix(_MWAA_DAGS)))
            if not Path(task.pod_template_file).is_file():
                # Airflow would go on without it
                raise FileNotFoundError(f"pod_template_file {task.pod_template_file} does not exist")
        if task.kubernetes_conn_id is not None:
            task.kubernetes_conn_id = _CONNECTION
        if hasattr(task, "_set_name"):
            task.name = task._set_name(task.name)  # noqa: SLF001 as execute() does before it builds the pod
        if "dry_run" in inspect.signature(task.build_pod_request_obj).parameters:
            return task.build_pod_request_obj(dry_run=True), unknown
        task.hook._is_in_cluster = False  # noqa: SLF001 older providers would look for a cluster to find out
        return task.build_pod_request_obj(), unknown


class _Renderer:
    """Renders the templates of a task that need nothing but the DAG and the task."""

    def __init__(self, jinja: Any, dag: Any, task: Any) -> None:
        self._jinja = jinja
        self._environment = task.get_template_env(dag)
        self._known = {"dag": dag, "task": task, **(dag.user_defined_macros or {})}

    def __call__(self, text: str) -> str:
        """The text rendered, or as it is, where it names something that only a running task has."""
        try:
            names = self._jinja.find_undeclared_variables(self._environment.parse(text))
            if names <= self._known.keys():
                return str(self._environment.from_string(text).render(self._known))
        # a template may do anything; what it does at run time is not known here
        except Exception:  # noqa: BLE001
            return text
        return text


def _unmapped(task: Any) -> tuple[Any, list[str], list[str]]:
    """The operator of a task; of a mapped one the operator with stand-ins for what is mapped.

    With it the fields that are unknown for that, and the reasons.
    """
    if not _is_mapped(task):
        return task, [], []
    names = sorted(_keys(task.expand_input.value))
    unknown = [field for name in names for field in _fields(name)]
    given: dict[str, Any] = {name: PLACEHOLDERS.token(f"mapped {name}") for name in names if name in arguments.TEXTS}
    if hasattr(task, "op_kwargs_expand_input"):
        given["op_kwargs"] = dict.fromkeys(_keys(task.op_kwargs_expand_input.value))
    reasons = [f"mapped over {', '.join(names)}: each of its pods has values of its own"] if unknown else []
    return task.unmap(given), unknown, reasons


def _names(kind: type) -> set[str]:
    """Names of a class and of those that it is derived from."""
    return {base.__name__ for base in kind.__mro__}


def _is_mapped(task: Any) -> bool:
    """Airflow 2 has no better sign of it."""
    return hasattr(task, "partial_kwargs")


def _keys(mapped: Any) -> set[str]:
    """Names of the arguments that `expand` or `expand_kwargs` gives."""
    if isinstance(mapped, dict):
        return set(mapped)
    if isinstance(mapped, list | tuple) and all(isinstance(row, dict) for row in mapped):
        return {name for row in mapped for name in row}
    return {"any argument"}


def _fields(argument: str) -> list[str]:
    """The fields of a pod that an argument may fill in. One that is not known may fill in anything."""
    if argument in arguments.NOT_OF_THE_POD:
        return []
    return [arguments.FIELDS[argument]] if argument in arguments.FIELDS else arguments.EVERYTHING


def _sidecar_fields(pod: dict[str, Any]) -> list[str]:
    """What a connection says of the XCom sidecar."""
    names = [container["name"] for container in pod["spec"]["containers"]]
    index = names.index(_SIDECAR)
    return [f"spec.containers[{index}].{field}" for field in ("image", "resources", "securityContext")]


def problem(file: str, traceback: str) -> dict[str, Any]:
    """The line of the file that an import error of Airflow goes back to, and what happened."""
    text = PLACEHOLDERS.restore(traceback.strip())
    lines = re.findall(rf'File "{re.escape(file)}", line (\d+)', text)
    # after the last call and the code it shows, indented, comes the error, which may go on for lines
    said = re.split(r"^ .*\n", text, flags=re.MULTILINE)[-1].splitlines()
    message = said[0] if said else "importing it failed"
    return {"line": int(lines[-1]) if lines else None, "message": message + _hint(text, message)}


def _hint(traceback: str, message: str) -> str:
    """What to know of an error that a DAG file meets here."""
    if message.startswith("ModuleNotFoundError"):
        return " (packages come from mwaa.requirements of the stack file, modules from the folder of the DAGs)"
    # in Python whatever reaches for a network goes through this module
    if f'File "{socket.__file__}"' in traceback and confinement.NO_NETWORK not in message:
        return f" ({confinement.NO_NETWORK})"
    return ""


def _first(names: tuple[str, ...]) -> Any:
    """The first of these modules that exists."""
    for name in names:
        with contextlib.suppress(ModuleNotFoundError):
            return importlib.import_module(name)
    raise ModuleNotFoundError(f"none of {', '.join(names)}")
