"""A real Kubernetes on one machine: control plane, Gatekeeper and fake nodes, as plain processes on loopback."""
