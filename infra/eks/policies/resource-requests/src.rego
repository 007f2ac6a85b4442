package resourcerequests

import data.lib.containers
import data.lib.refusals

violation contains {"msg": refusals.message(refused)} if count(refused) > 0

# Ephemeral containers can have no resources, and those of the others can't be taken away once the pod exists: an update has
# nothing to judge.
refused := [message |
	not containers.is_update
	some entry in containers.judged
	not startswith(entry.title, "ephemeral container ")
	lacking := [sprintf("resources.%s.%s", path) |
		some path in [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]]
		says_nothing(object.get(entry.container, array.concat(["resources"], path), "0"))
	]
	count(lacking) > 0
	message := sprintf(
		"%s: %s must be set and above 0; write requests of cpu and memory and a limit of memory",
		[entry.title, concat(", ", lacking)],
	)
]

# A limit of zero is none.
says_nothing(quantity) if regex.match("^[+-]?[0.]+([a-zA-Z]*|[eE][+-]?[0-9]+)$", sprintf("%v", [quantity]))
