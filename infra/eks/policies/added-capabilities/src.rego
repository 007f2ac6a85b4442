package addedcapabilities

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

refused := [message |
	some entry in containers.judged
	adding := [name |
		some name in entry.container.securityContext.capabilities.add
		not name in input.parameters.allowed
	]
	count(adding) > 0
	message := sprintf(
		"%s: securityContext.capabilities.add must not hold %s; %s",
		[entry.title, shown(concat(", ", adding)), advice],
	)
]

# Kubernetes takes any text for a capability.
readable(names) if {
	regex.match("^[A-Za-z0-9_, ]+$", names)
	count(names) <= 200
}

shown(names) := names if readable(names)

shown(names) := "what is no capability" if not readable(names)

advice := "leave add out" if count(input.parameters.allowed) == 0

advice := sprintf("write none but %s, or leave add out", [concat(", ", input.parameters.allowed)]) if {
	count(input.parameters.allowed) > 0
}
