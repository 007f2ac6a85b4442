"""What happens to a pod between `kubectl create` and the API server's storage: who fills in what, who refuses it."""
