package lib.refusals

# The one message of a policy out of all that it found, as the validation of cel.yaml beside it makes it.

message(refused) := concat(" | ", refused) if count(refused) <= 5

message(refused) := sprintf("%s | and %d more", [shown, count(refused) - 5]) if {
	count(refused) > 5
	shown := concat(" | ", array.slice(refused, 0, 5))
}
