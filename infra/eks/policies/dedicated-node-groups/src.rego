package dedicatednodegroups

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := array.concat(
	[message |
		input.review.operation == "CREATE"
		name := object.get(spec, "nodeName", "")
		name != ""
		message := concat("", [
			"pod: spec.nodeName puts the pod on the node ",
			name,
			" past the scheduler, whatever the taints of the node; ",
			"write nodeSelector or affinity, with a label of a node group, instead",
		])
	],
	[message |
		placed
		some group in input.parameters.nodeGroups
		message := refusal(group)
	],
)

spec := input.review.object.spec

# Created, or changed in where it may run.
placed if not containers.is_update

placed if {
	some field in ["tolerations", "nodeSelector", "affinity"]
	object.get(spec, field, null) != object.get(input.review.oldObject.spec, field, null)
}

refusal(group) := message if {
	selects(group)
	not tolerates(group)
	tolerations := [toleration |
		some taint in group.taints
		toleration := sprintf(
			`{key: "%s", operator: Equal, value: "%s", effect: %s}`,
			[taint.key, taint.value, taint.effect],
		)
	]
	message := concat("", [
		"pod: spec.tolerations do not tolerate the taints of the node group ",
		group.name,
		", which the pod selects, so it would never be scheduled; write tolerations: [",
		concat(", ", tolerations),
		"]",
	])
}

# A pod that selects one group may tolerate others: it never lands there.
refusal(group) := message if {
	tolerates(group)
	not selects_one
	message := concat("", [
		"pod: spec.affinity does not select the node group ",
		group.name,
		", whose taints the pod tolerates, so it could land on other nodes; write ",
		"affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: ",
		`{nodeSelectorTerms: [{matchExpressions: [{key: "`,
		group.labels[0].key,
		`", operator: In, values: ["`,
		group.labels[0].value,
		`"]}]}]}}}, or remove the toleration`,
	])
}

selects_one if {
	some group in input.parameters.nodeGroups
	selects(group)
}

# Node selector and affinity both hold.
selects(group) if {
	some label in group.labels
	spec.nodeSelector[label.key] == label.value
}

# Terms are alternatives, so each of them has to select the group.
selects(group) if {
	terms := spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms
	count(terms) > 0
	every term in terms {
		some expression in term.matchExpressions
		expression.operator == "In"
		some label in group.labels
		expression.key == label.key
		expression.values == [label.value]
	}
}

tolerates(group) if {
	every taint in group.taints {
		some toleration in spec.tolerations
		object.get(toleration, "key", "") in {"", taint.key}
		object.get(toleration, "effect", "") in {"", taint.effect}
		matches(toleration, taint)
	}
}

matches(toleration, _) if toleration.operator == "Exists"

matches(toleration, taint) if {
	object.get(toleration, "operator", "") in {"", "Equal"}
	object.get(toleration, "value", "") == taint.value
}
